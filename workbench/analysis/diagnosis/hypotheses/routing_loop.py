"""Do routers hand the packet to each other in a circle?"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator

from collectors.model.counters import CounterMeaning
from workbench.analysis.case.findings import Disposition, Findings, Hop, Trace
from workbench.analysis.case.lookups import CounterLookup, LookupOn
from workbench.analysis.case.verdict import Cause, Direction, Hypothesis, Reason
from workbench.analysis.case.wording import some
from workbench.analysis.diagnosis import remedies
from workbench.analysis.diagnosis.context import Context
from workbench.analysis.diagnosis.facts.reasons import DIRECT, STRONG, both_ends, silence
from workbench.analysis.diagnosis.facts.routing.circling import Circle, circles
from workbench.analysis.diagnosis.facts.routing.dead_ends import earlier_point
from workbench.analysis.diagnosis.facts.stops.complaints import (
    Complaint,
    ComplaintKind,
    complaint,
    complaint_reasons,
    name_of,
)
from workbench.analysis.diagnosis.facts.stops.visibility_limit import context_of
from workbench.analysis.evidence.counter_deltas import counter_moved


def routing_loop(findings: Findings) -> Iterable[Hypothesis]:
    """Do routers hand the packet to each other in a circle?"""
    context = context_of(findings)
    reported = complaint(context, ComplaintKind.CIRCLE) or complaint(context, ComplaintKind.AGED)
    if reported is not None:
        yield _reported(context, reported)
    for path in (findings.forward, findings.reverse):
        if path.disposition is Disposition.LOOP and path.hops:
            guilty = turning_point(path)
            ring = ring_of(path)
            yield Hypothesis(
                Cause.ROUTING_LOOP,
                guilty_node=guilty.name,
                decided_by=guilty.name,
                direction=Direction.of(reverse=path.reverse),
                reasons=tuple(_reasons(context, path, ring)),
                fixes=tuple(remedies.mend_route(context, guilty, path.reverse)),
                refuted_by="the packets arriving at their destination",
                lookup=LookupOn(
                    guilty.name,
                    CounterLookup(
                        "a traceroute that shows the same routers again and again; ",
                        CounterMeaning.TIME_RAN_OUT,
                        " on them",
                        4,
                    ),
                ),
                summary=(
                    f"{' and '.join(ring)} pass the packets round in a circle; {guilty.name} sends"
                    " them back"
                ),
            )
    if Disposition.LOOP not in (findings.forward.disposition, findings.reverse.disposition):
        yield from map(_seen, circles(context))


def _seen(circle: Circle) -> Hypothesis:
    """A capture alone tells of a circle; who else is in it, it does not."""
    others = f"who is behind its {circle.link}" if circle.link else "others"
    turned = (
        f"{circle.device} sends out of {circle.link} what came in there: it turns the packet round"
    )
    return Hypothesis(
        Cause.ROUTING_LOOP,
        guilty_node=circle.device if circle.turned else None,
        decided_by=circle.device if circle.turned else None,
        direction=Direction.of(reverse=circle.reverse),
        reasons=(
            Reason(DIRECT, circle.text, circle.evidence),
            *([Reason(STRONG, turned, circle.evidence)] if circle.turned else []),
        ),
        refuted_by="the packets arriving at their destination",
        would_settle=f"the routes of {circle.device} and of {others} for this destination",
        summary=f"{circle.device} and {others} pass the packets round in a circle"
        + (f"; {circle.device} sends them back" if circle.turned else ""),
    )


def _reported(context: Context, found: Complaint) -> Hypothesis:
    """Who of routers that cannot be asked sends the packets back is not known: the one that was met
    last is named."""
    name = name_of(context, found.by)
    others = [name_of(context, one) for one in found.others]
    text = f"{' and '.join((*others, name))} pass packets round in a circle"
    if found.kind is ComplaintKind.AGED:
        text = f'packets to the destination expire at {name} ("{found.kind}"), as in a circle'
    return Hypothesis(
        Cause.ROUTING_LOOP,
        guilty_node=name,
        decided_by=name,
        direction=found.direction,
        reasons=tuple(complaint_reasons(context, found)),
        refuted_by="the packets arriving at their destination",
        would_settle=f"the routes of {' and '.join((*others, name))} for this destination",
        summary=text,
    )


def ring_of(path: Trace) -> tuple[str, ...]:
    """The devices of the circle, each once."""
    last = path.hops[-1].name
    names = path.names
    first = names.index(last) if names.count(last) > 1 else _closing(path)
    return tuple(dict.fromkeys(names[first:]))


def _closing(path: Trace) -> int:
    """Where the next hop of the last device was visited before."""
    target = path.hops[-1].next_hop
    for index, hop in enumerate(path.hops):
        if hop.address is not None and hop.address == target:
            return index
    return max(0, len(path.hops) - 2)


def turning_point(path: Trace) -> Hop:
    """Who of them sends the packet back to where it has been?"""
    seen: dict[str, Hop] = {}
    for hop in path.hops:
        seen.setdefault(hop.name, hop)
    return list(seen.values())[-1]


def _reasons(context: Context, path: Trace, ring: tuple[str, ...]) -> Iterator[Reason]:
    yield from both_ends(context)
    evidence = tuple(
        dict.fromkeys(i for hop in path.hops if hop.name in ring for i in hop.evidence)
    )
    yield Reason(DIRECT, f"the routes of {' and '.join(ring)} point at each other", evidence)
    yield from itertools.islice(_run_out(context, ring), 1)
    yield from itertools.islice(_again_and_again(context, path, ring), 1)
    yield from earlier_point(context, path, ring[0])
    yield from silence(context)


def _run_out(context: Context, ring: tuple[str, ...]) -> Iterator[Reason]:
    version = context.flow.version
    for name in ring:
        moved = counter_moved(context.case, name, CounterMeaning.TIME_RAN_OUT, version)
        if moved is not None and moved.amount > 0:
            what = f"{some(moved.amount)} whose time to live (TTL) had run out"
            yield Reason(STRONG, f"{name} dropped {what}", moved.evidence)


def _again_and_again(context: Context, path: Trace, ring: tuple[str, ...]) -> Iterator[Reason]:
    """Did a capture see one packet come in several times, older each time?"""
    seen = {circle.device: circle for circle in circles(context) if circle.reverse is path.reverse}
    for name in ring:
        if name in seen:
            yield Reason(STRONG, seen[name].text, seen[name].evidence)
