"""What share of source ports really fails?"""

from __future__ import annotations

from collections.abc import Iterator

from collectors.model.evidence import Evidence, Query, QueryParams, Question
from collectors.model.flow import Protocol
from collectors.model.records import ProbeResult
from collectors.model.step import Options, Phase, ProbeLevel, RunPhase, Step, View
from collectors.playbook.audience import can_be_asked, probes_allowed, unusable

PORTS = tuple(range(49152, 60000, 340))  # 32, spread over what no service uses


def queries(view: View, options: Options, run_phase: RunPhase) -> Iterator[Query]:
    """A bounded number of connects from the client, once the counters were read; full probes
    only."""
    client = view.client
    if not can_be_asked(client) or not probes_allowed(options, ProbeLevel.FULL):
        return
    if view.flow.protocol is Protocol.TCP:
        params = QueryParams(flow=view.flow, ports=PORTS, seconds=5.0)
        yield Query(client.name, Question.PORT_SWEEP, params, STEP.id)


def meaning(evidence: Evidence) -> str:
    """How many worked."""
    tries = evidence.of(ProbeResult)
    if not tries:
        return unusable(evidence) or "No attempt was made."
    failed = [str(probe.sport) for probe in tries if not probe.ok]
    if not failed:
        return f"All {len(tries)} source ports worked."
    return f"{len(failed)} of {len(tries)} source ports failed: {', '.join(failed[:8])}."


STEP = Step(
    id="port-sweep",
    title="Attempts from many source ports",
    question="Which share of source ports really fails?",
    phase=Phase.CHOKEPOINT,
    run_phases=(RunPhase.SETTLE,),
    queries=queries,
    answers=(Question.PORT_SWEEP,),
    meaning=meaning,
    decision=(
        "If some ports fail always and others never, a hash decides: look at the equal next hops,"
        " both ways."
    ),
    probe=True,
    sends=f"{len(PORTS)} connects from the client, each from another source port, within 5 seconds",
    level=ProbeLevel.FULL,
)
