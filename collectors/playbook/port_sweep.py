"""What share of source ports really fails?"""

from __future__ import annotations

from collections.abc import Iterator

from collectors.model.evidence import About, Evidence, Inquiry, Question
from collectors.model.flow import Protocol
from collectors.model.records import Reach
from collectors.model.step import Moment, Options, Phase, Step, View
from collectors.playbook.whom import probes_allowed, unusable

PORTS = tuple(range(49152, 60000, 340))  # 32, spread over what no service uses


def inquiries(view: View, options: Options, moment: Moment) -> Iterator[Inquiry]:
    """A bounded number of connects from the client, once the counters were read; full probes
    only."""
    client = view.client
    if client is None or client.login is None or view.flow.protocol is not Protocol.TCP:
        return
    if probes_allowed(options, "full"):
        about = About(flow=view.flow, ports=PORTS, seconds=5.0)
        yield Inquiry(client.name, Question.PORT_SWEEP, about, STEP.id)


def meaning(evidence: Evidence) -> str:
    """How many worked."""
    tries = evidence.of(Reach)
    if not tries:
        return unusable(evidence) or "No attempt was made."
    failed = [reach for reach in tries if not reach.ok]
    if not failed:
        return f"All {len(tries)} source ports worked."
    return (
        f"{len(failed)} of {len(tries)} source ports failed:"
        f" {', '.join(str(r.sport) for r in failed[:8])}."
    )


STEP = Step(
    id="port-sweep",
    title="Attempts from many source ports",
    question="Which share of source ports really fails?",
    phase=Phase.CHOKEPOINT,
    moments=(Moment.SETTLE,),
    inquiries=inquiries,
    meaning=meaning,
    decision=(
        "If some ports fail always and others never, a hash decides: look at the equal next hops,"
        " both ways."
    ),
    probe=True,
)
