"""How many routers share the way at each distance, also where no device can be asked?"""

from __future__ import annotations

from collections.abc import Iterator

from collectors.model.evidence import Evidence, Query, QueryParams, Question
from collectors.model.records import HopProbe
from collectors.model.step import Options, Phase, ProbeLevel, RunPhase, Step, View
from collectors.playbook.audience import can_be_asked, probes_allowed, unusable

# probes after which one more branch is ruled out at 95 % (MDA)
ENOUGH = {1: 6, 2: 11, 3: 16, 4: 21, 5: 27, 6: 33}


def queries(view: View, options: Options, run_phase: RunPhase) -> Iterator[Query]:
    """From the client, at the end; full probes only: some seventy packets, more where ways part."""
    client = view.client
    if can_be_asked(client) and probes_allowed(options, ProbeLevel.FULL):
        yield Query(client.name, Question.TRACE_SPREAD, QueryParams(flow=view.flow), STEP.id)


def meaning(evidence: Evidence) -> str:
    """The distances at which several routers answer, and how sure it is that there are no more."""
    probes = evidence.of(HopProbe)
    if not any(probe.address for probe in probes):
        return (
            unusable(evidence)
            or "No device answered at any distance: this says nothing about the paths."
        )
    distances = (_distance(probes, ttl) for ttl in sorted({probe.ttl for probe in probes}))
    several = " ".join(filter(None, distances))
    return (
        several or "At each distance one router answers, whatever the source port (sure to 95 %)."
    )


def _distance(probes: tuple[HopProbe, ...], ttl: int) -> str:
    there = [probe for probe in probes if probe.ttl == ttl]
    answers = [str(probe.address) for probe in there if probe.address is not None]
    routers = dict.fromkeys(answers)
    if len(routers) < 2:
        return ""
    return (
        f"At distance {ttl}, {len(routers)} routers answer ({', '.join(routers)}), {len(answers)}"
        f" probes; {_how_sure(len(routers), len(answers))}."
    )


def _how_sure(routers: int, answers: int) -> str:
    needed = ENOUGH.get(routers)
    if needed is None or answers < needed:
        return "there may be more"
    return f"that there are no more is sure to 95 % (it takes {needed})"


STEP = Step(
    id="trace-spread",
    title="Traceroute over many source ports",
    question="How many routers share the way at each distance, also where no device can be asked?",
    phase=Phase.CHOKEPOINT,
    run_phases=(RunPhase.SETTLE,),
    queries=queries,
    answers=(Question.TRACE_SPREAD,),
    meaning=meaning,
    decision=(
        "Several routers at one distance are equal next hops of the router before: ask it, or"
        " whoever owns it, which branch fails. UDP tells how many there are, not which one a TCP"
        " port takes."
    ),
    probe=True,
    sends="UDP traceroutes from the client over many source ports, about 70 packets, more at forks",
    level=ProbeLevel.FULL,
)
