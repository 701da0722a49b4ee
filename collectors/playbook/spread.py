"""Which source ports take which branch?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

from collectors.model.evidence import Evidence, Query, Question, Status
from collectors.model.flow import Flow, Protocol
from collectors.model.records import Route, RouteChoice
from collectors.model.step import Options, Phase, ProbeLevel, RunPhase, Step, View, Visit
from collectors.playbook.audience import at, both_ways, probes_allowed, unusable

EPHEMERAL = range(32768, 61000)
SAMPLE = 28  # every so many ports are asked about, unless everything is wanted


def queries(view: View, options: Options, run_phase: RunPhase) -> Iterator[Query]:
    """Every device that has several equal next hops for the flow; nothing is sent into the network
    for it."""
    if view.flow.protocol is Protocol.ICMP:
        return
    everything = probes_allowed(options, ProbeLevel.FULL)
    ports = tuple(EPHEMERAL if everything else EPHEMERAL[::SAMPLE])
    for visit in both_ways(view):
        if _spreads(view, visit):
            params = replace(at(visit), flow=_open(visit.flow, visit.reverse), ports=ports)
            yield Query(visit.device, Question.ROUTE_SPREAD, params, STEP.id, delay=1.0)


def _open(flow: Flow, reverse: bool) -> Flow:
    """The client's port is left open."""
    return replace(flow, dport=None) if reverse else replace(flow, sport=None)


def _spreads(view: View, visit: Visit) -> bool:
    for evidence in view.evidence:
        if _about(evidence, visit) and evidence.status is Status.ANSWERED:
            return any(len(route.next_hops) > 1 for route in evidence.of(Route))
    return False


def _about(evidence: Evidence, visit: Visit) -> bool:
    """Does it name the next hops of exactly this packet at this place?"""
    params = evidence.params
    asked = (evidence.device, evidence.question, params.flow, params.iif)
    return asked == (visit.device, Question.NEXTHOP_SETS, visit.flow, visit.iif)


def meaning(evidence: Evidence) -> str:
    """How the ports spread over the branches."""
    hops = [c.next_hop for c in evidence.of(RouteChoice) if c.next_hop is not None]
    if not hops:
        return unusable(evidence) or "The device did not say which port goes where."
    ways = Counter(f"{hop.gateway or 'link'} dev {hop.interface}" for hop in hops)
    shares = ", ".join(f"{count / len(hops):.0%} by {way}" for way, count in ways.most_common(6))
    return (
        f"Of {len(hops)} source ports, {shares}. What fails on one of these ways fails for its"
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
