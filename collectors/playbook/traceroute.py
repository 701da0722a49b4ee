"""Do traceroutes from both ends see the same devices?"""

from __future__ import annotations

from collections.abc import Iterator

from collectors.model.evidence import Evidence, Query, QueryParams, Question
from collectors.model.flow import Flow
from collectors.model.inventory import Device
from collectors.model.records import Traceroute
from collectors.model.step import Options, Phase, RunPhase, Step, View
from collectors.playbook.audience import (
    PROBE_DELAY,
    PROBE_PORTS,
    as_the_server_sees_it,
    can_be_asked,
    own_port,
    probes_allowed,
    unusable,
)


def queries(view: View, options: Options, run_phase: RunPhase) -> Iterator[Query]:
    """From the client with the flow's protocol and port, from the server back to the client."""
    if not probes_allowed(options):
        return
    seconds = max(2.0, options.window - PROBE_DELAY - 0.4)
    if can_be_asked(view.client):
        yield _trace(view.client, view.flow, seconds)
    if can_be_asked(view.server):
        yield _trace(view.server, as_the_server_sees_it(view), seconds)


def _trace(device: Device, flow: Flow, seconds: float) -> Query:
    """From source ports of our own: the flow's real socket must not be disturbed."""
    params = QueryParams(flow=own_port(flow, PROBE_PORTS[0]), seconds=round(seconds, 1))
    return Query(device.name, Question.TRACE, params, STEP.id, PROBE_DELAY)


def meaning(evidence: Evidence) -> str:
    """Who answered, in order, and where silence begins."""
    for trace in evidence.of(Traceroute):
        seen = [str(reply.address or "*") for reply in trace.replies]
        arrived = any(reply.reached for reply in trace.replies)
        end = "and arrived" if arrived else "and did not arrive"
        return f"By {trace.protocol}: {' > '.join(seen[:20]) or 'nobody answered'}, {end}."
    return unusable(evidence) or "No device answered."


STEP = Step(
    id="traceroute",
    title="Traceroute from both ends",
    question="Which devices answer on the way out and on the way back, and do the two ways differ?",
    phase=Phase.CONFIRM,
    run_phases=(RunPhase.WINDOW,),
    queries=queries,
    answers=(Question.TRACE,),
    task=12,
    meaning=meaning,
    decision=(
        "If the ways differ where state is kept, the flow needs both on one member. Probes may pass"
        " where the flow dies: a stateful device treats them differently."
    ),
    probe=True,
    sends="one from each end, 20 hops at most, one packet per hop, from ports of its own",
)
