"""Which source ports take which branch?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

from collectors.model.evidence import Evidence, Query, QueryParams, Question, Status
from collectors.model.flow import Flow, Protocol
from collectors.model.records import Route, RouteChoice
from collectors.model.step import Options, Phase, RunPhase, Step, View, Visit
from collectors.playbook.audience import at, probes_allowed, unusable, visits

EPHEMERAL = range(32768, 61000)
SAMPLE = 28  # every so many ports are asked about, unless everything is wanted


def queries(view: View, options: Options, run_phase: RunPhase) -> Iterator[Query]:
    """Every device that has several equal next hops for the flow; nothing is sent into the network
    for it."""
    if view.flow.protocol is Protocol.ICMP:
        return
    ports = tuple(EPHEMERAL if probes_allowed(options, "full") else EPHEMERAL[::SAMPLE])
    for reverse in (False, True):
        for visit in visits(view, reverse):
            if _spreads(view, visit):
                params = replace(at(visit), flow=_open(visit.flow, reverse), ports=ports)
                yield Query(visit.device, Question.ROUTE_SPREAD, params, STEP.id, delay=1.0)


def _open(flow: Flow, reverse: bool) -> Flow:
    """The client's port is left open."""
    return replace(flow, dport=None) if reverse else replace(flow, sport=None)


def _spreads(view: View, visit: Visit) -> bool:
    for evidence in view.evidence:
        same = evidence.device == visit.device and evidence.question is Question.NEXTHOP_SETS
        if same and evidence.status is Status.ANSWERED and _same_place(evidence.params, visit):
            return any(len(route.next_hops) > 1 for route in evidence.of(Route))
    return False


def _same_place(params: QueryParams, visit: Visit) -> bool:
    return params.flow == visit.flow and params.iif == visit.iif


def meaning(evidence: Evidence) -> str:
    """How the ports spread over the branches."""
    choices = [c for c in evidence.of(RouteChoice) if c.next_hop is not None]
    if not choices:
        return unusable(evidence) or "The device did not say which port goes where."
    ways = Counter(
        f"{c.next_hop.gateway or 'link'} dev {c.next_hop.interface}" for c in choices if c.next_hop
    )
    shares = ", ".join(f"{count / len(choices):.0%} by {way}" for way, count in ways.most_common(6))
    return (
        f"Of {len(choices)} source ports, {shares}. What fails on one of these ways fails for its"
        " share of the ports."
    )


STEP = Step(
    id="spread",
    title="Which ports go which way",
    question="Which source ports take which of the equal next hops?",
    phase=Phase.CHOKEPOINT,
    run_phases=(RunPhase.WINDOW,),
    queries=queries,
    answers=(Question.ROUTE_SPREAD,),
    meaning=meaning,
    decision=(
        "Ports that fail and ports that work on different branches: the branch is the cause, and a"
        " working port helps meanwhile."
    ),
)
