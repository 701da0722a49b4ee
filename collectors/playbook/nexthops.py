"""Are there several equal ways to the destination?"""

from __future__ import annotations

from collections.abc import Iterator

from collectors.model.evidence import Evidence, Query, Question
from collectors.model.records import NextHop, Route
from collectors.model.step import Options, Phase, RunPhase, Step, View
from collectors.playbook.audience import at, both_ways, unusable


def queries(view: View, options: Options, run_phase: RunPhase) -> Iterator[Query]:
    """Every place that either direction visits: the whole set of next hops, not only the chosen
    one."""
    for visit in both_ways(view):
        yield Query(visit.device, Question.NEXTHOP_SETS, at(visit), STEP.id)


def meaning(evidence: Evidence) -> str:
    """How many ways there are, and over which devices they spread flows."""
    routes = evidence.of(Route)
    if not routes:
        return unusable(evidence) or "The device names no route for this prefix."
    hops = max((route.next_hops for route in routes), key=len)
    if len(hops) < 2:
        return f"One way only to {routes[0].destination}."
    return (
        f"{len(hops)} equal ways to {routes[0].destination}: {', '.join(map(_words, hops))}. A hash"
        " picks one per flow."
    )


def _words(hop: NextHop) -> str:
    return f"{hop.gateway or 'link'} dev {hop.interface} (weight {hop.weight})"


STEP = Step(
    id="nexthops",
    title="Equal-cost next hops",
    question="Does a device spread flows to this prefix over several next hops?",
    phase=Phase.CHOKEPOINT,
    run_phases=(RunPhase.TRACK,),
    queries=queries,
    answers=(Question.NEXTHOP_SETS,),
    task=10,
    meaning=meaning,
    decision=(
        "If the next hops keep state and do not share it, pin the prefix to one of them or let them"
        " share state."
    ),
)
