"""Do traceroutes from both ends see the same devices?"""

from __future__ import annotations

from collections.abc import Iterator

from collectors.model.evidence import About, Evidence, Inquiry, Question
from collectors.model.flow import Flow
from collectors.model.inventory import Device
from collectors.model.records import Trace
from collectors.model.step import Moment, Options, Phase, Step, View
from collectors.playbook.whom import PROBE_DELAY, PROBE_PORTS, own_port, probes_allowed, unusable


def inquiries(view: View, options: Options, moment: Moment) -> Iterator[Inquiry]:
    """From the client with the flow's protocol and port, from the server back to the client."""
    if not probes_allowed(options):
        return
    seconds = max(2.0, options.window - PROBE_DELAY - 0.4)
    for device, flow in ((view.client, view.flow), (view.server, _back(view))):
        if device is not None and device.login is not None:
            yield _trace(device, flow, seconds)


def _back(view: View) -> Flow:
    """The way that a reply takes, as the server sees the client (after translation)."""
    translated = [
        v.flow for v in view.visits if v.reverse and view.server and v.device == view.server.name
    ]
    return translated[0] if translated else view.flow.reversed()


def _trace(device: Device, flow: Flow, seconds: float) -> Inquiry:
    """From source ports of our own: the flow's real socket must not be disturbed."""
    about = About(flow=own_port(flow, PROBE_PORTS[0]), seconds=round(seconds, 1))
    return Inquiry(device.name, Question.TRACE, about, STEP.id, PROBE_DELAY)


def meaning(evidence: Evidence) -> str:
    """Who answered, in order, and where silence begins."""
    for trace in evidence.of(Trace):
        seen = [str(reply.address) if reply.address else "*" for reply in trace.replies]
        end = (
            "and arrived" if any(reply.reached for reply in trace.replies) else "and did not arrive"
        )
        return f"By {trace.protocol}: {' > '.join(seen[:20]) or 'nobody answered'}, {end}."
    return unusable(evidence) or "Nobody answered."


STEP = Step(
    id="traceroute",
    title="Traceroute from both ends",
    question="Which devices answer on the way out and on the way back, and do the two ways differ?",
    phase=Phase.CONFIRM,
    moments=(Moment.WINDOW,),
    inquiries=inquiries,
    task=12,
    meaning=meaning,
    decision=(
        "If the ways differ where state is kept, the flow needs both on one member. Probes may pass"
        " where the flow dies: a stateful device treats them differently."
    ),
    probe=True,
)
