"""What does the case show, before any judgement? Both paths, who saw the packet, where it was last
seen."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from collectors.model.flow import Flow, Protocol
from collectors.model.records import NextHop
from collectors.model.step import Visit
from collectors.pcap.garbage_collection import uncollected
from workbench.analysis.captures.flow_counts import CountedFlows, counted_flows
from workbench.analysis.captures.observations import flows_of, narrowed, observations
from workbench.analysis.captures.order_of_points import by_captures, only_captures
from workbench.analysis.captures.unplaced import as_taps
from workbench.analysis.case.case import Case
from workbench.analysis.case.findings import (
    Attempt,
    Basis,
    ConnState,
    Disposition,
    Findings,
    Hop,
    Observation,
    Trace,
)
from workbench.analysis.device.translation import NewSession, might_become, session_of
from workbench.analysis.evidence.attempts import attempts, works
from workbench.analysis.evidence.below_tunnels import with_those_below
from workbench.analysis.evidence.drops import drops
from workbench.analysis.evidence.own_attempts import with_hasty_probes_open
from workbench.analysis.evidence.packet_loss import stopped, thinnings
from workbench.analysis.trace.bridges import mirrored, with_bridges
from workbench.analysis.trace.targets import other_targets
from workbench.analysis.trace.underlay import below
from workbench.analysis.trace.walk import PacketAt, begin, walk

MOST_ALTERNATES = 8


@uncollected()
def read(case: Case) -> Findings:
    """Both paths, observations, drops and attempts of the case; made once per case."""
    if "findings" not in case.memo:
        case.memo["findings"] = _findings(case)
    found: Findings = case.memo["findings"]
    return found


def _findings(case: Case) -> Findings:
    """With the source port not known, a connection that failed is the one to follow, best one that
    was answered."""
    found = _of(case, typical(case))
    if case.flow.sport is not None:
        return found
    failed = _worst(found.attempts)
    if not failed or found.forward.flow.sport in {one.flow.sport for one in failed}:
        return found
    return _of(case, failed[-1].flow)


def _worst(tried: Iterable[Attempt]) -> tuple[Attempt, ...]:
    """The attempts that failed after an answer, else refused, else without any, else hung up
    later."""
    every = tuple(tried)
    ends = (
        _FAILED_LATER,
        {ConnState.REFUSED},
        {ConnState.NO_ANSWER},
        {ConnState.HUNG_UP, ConnState.CUT_OFF},
    )
    return next(
        (found for kind in ends if (found := tuple(one for one in every if one.end in kind))), ()
    )


_FAILED_LATER = frozenset({ConnState.STALLED, ConnState.RESET, ConnState.HALF_OPEN})


def _of(case: Case, flow: Flow) -> Findings:
    forward, reverse = both_ways(case, flow)
    every = observations(case, forward, reverse, any_port=True)
    every = as_taps(every) if only_captures(case) else every
    sights = _of_this_flow(case, forward, reverse, every)
    forward, reverse = (with_bridges(case, path, sights) for path in (forward, reverse))
    forward, reverse = (
        mirrored(case, forward, reverse, sights),
        mirrored(case, reverse, forward, sights),
    )
    forward, reverse = (_finished(case, path, forward, sights) for path in (forward, reverse))
    there = tuple(other_targets(case, forward))
    others = (*there, *(walk_back(case, one) for one in there))
    outer = below(case, (forward, reverse))
    vanished = with_those_below(
        case, drops(case, (forward, reverse), sights), (forward, reverse), outer
    )
    thinned = thinnings(case, (forward, reverse), sights)
    tried, split = attempts(case, forward, reverse, every, vanished), _splits(forward, reverse)
    tried = tried if split else with_hasty_probes_open(tried)
    lost = stopped(case, vanished, thinned, (forward, reverse))
    return Findings(
        case=case,
        forward=forward,
        reverse=reverse,
        observations=sights,
        drop=lost[0] if lost else None,
        drops=lost,
        thinned=thinned,
        flow_works=works(case, tried, split),
        attempts_seen=any(one.came_in or one.went_out for one in every if not one.reverse),
        visits=tuple(_visits((forward, reverse, *outer), others)),
        attempts=tried,
        flows=(
            *_flows(case, forward, reverse),
            *(flow for path in outer for flow in flows_of(path)),
        ),
        below=outer,
        targets=others,
        server=_server(case, forward),
    )


def both_ways(case: Case, flow: Flow) -> tuple[Trace, Trace]:
    """The two paths: walked, or where nothing but captures is known, as the packets passed the
    capture points."""
    if only_captures(case):
        forward = by_captures(case, flow)
        return forward, by_captures(case, flow.reversed(), True, forward)
    forward = walk(flow, case)
    return forward, walk_back(case, forward)


def _of_this_flow(
    case: Case, forward: Trace, reverse: Trace, every: tuple[Observation, ...]
) -> tuple[Observation, ...]:
    """Where only other source ports were tried, they stand for this one, unless ports take
    different ways."""
    exact = narrowed(case, every, forward, reverse)
    return (
        exact
        if _splits(forward, reverse) or any(one.came_in or one.went_out for one in exact)
        else every
    )


def _splits(*paths: Trace) -> bool:
    return any(hop.branches for path in paths for hop in path.hops)


def typical(case: Case) -> Flow:
    """The flow; where its source port is not known, with the port of its latest attempt, a failed
    one first."""
    if case.flow.sport is not None or case.flow.protocol is Protocol.ICMP:
        return case.flow
    found = counted_flows(case)
    client = case.owner(case.flow.src)
    tried = [
        (_answered(found, client.name if client else None, flow), -flow_count.first, flow)
        for there in found.flow_counts.values()
        for flow, flow_count in there.items()
        if case.flow.matches(flow)
    ]
    return min(tried, default=(False, 0.0, case.flow), key=lambda one: one[:2])[2]


def _answered(found: CountedFlows, client: str | None, flow: Flow) -> bool:
    return client is not None and found.came_in(client, flow.reversed())


def walk_back(case: Case, forward: Trace, forced: dict[str, NextHop] | None = None) -> Trace:
    """The reverse walk: the flow as the destination really sees it, with the state that forward
    created."""
    if not forward.hops:
        return walk(forward.flow.reversed(), case, True)
    made = [
        NewSession(h.name, h.flow_in, h.flow_out) for h in forward.hops if h.flow_in != h.flow_out
    ]
    last, first = forward.hops[-1], forward.hops[0]
    back = last.flow_out.reversed()
    start = begin(case, back)
    if forward.disposition is Disposition.DELIVERED:
        start = PacketAt(last.device, last.flow_out.dst, None, back)
    before = (
        forward.hops[-2].device
        if forward.disposition is Disposition.DELIVERED and len(forward.hops) > 1
        else None
    )
    return walk(
        back, case, True, start=start, made=made, expected=first.device, hint=before, forced=forced
    )


def _server(case: Case, forward: Trace) -> str | None:
    if forward.disposition is Disposition.DELIVERED:
        return forward.hops[-1].device
    owner = case.owner(forward.hops[-1].flow_out.dst) if forward.hops else None
    return owner.name if owner else None


# --- finishing a path ---


def _finished(case: Case, path: Trace, forward: Trace, sights: Iterable[Observation]) -> Trace:
    seen_at = {
        one.device: one
        for one in sights
        if one.reverse == path.reverse and (one.came_in or one.went_out)
    }
    hops = tuple(_observed(case, hop, seen_at) for hop in path.hops)
    return replace(path, hops=hops, alternates=tuple(_alternates(case, path, forward)))


def _observed(case: Case, hop: Hop, seen_at: dict[str, Observation]) -> Hop:
    """A hop that a capture or a session of this very flow shows is observed."""
    sight = seen_at.get(hop.device or "")
    if sight is not None:
        return replace(
            hop,
            basis=Basis.OBSERVED,
            evidence=tuple(dict.fromkeys((*hop.evidence, *sight.evidence))),
        )
    held = session_of(case, hop.device, hop.flow_in) if hop.device else None
    if held is not None and not (held[1] and held[0].unreplied):
        return replace(
            hop, basis=Basis.OBSERVED, evidence=tuple(dict.fromkeys((*hop.evidence, held[2].id)))
        )
    return hop


def _alternates(case: Case, path: Trace, forward: Trace) -> Iterator[Trace]:
    """The same walk along the branches that this flow does not take."""
    made = [
        NewSession(h.name, h.flow_in, h.flow_out) for h in forward.hops if h.flow_in != h.flow_out
    ]
    expected = forward.hops[0].device if path.reverse and forward.hops else None
    count = 0
    for hop in path.hops:
        for branch in hop.branches:
            if branch.taken or hop.device is None or count >= MOST_ALTERNATES:
                continue
            count += 1
            start = PacketAt(hop.device, hop.address, hop.iif, hop.flow_in)
            forced = {hop.device: NextHop(branch.interface, branch.address, branch.weight)}
            yield walk(
                path.flow,
                case,
                path.reverse,
                start=start,
                made=made if path.reverse else (),
                expected=expected,
                forced=forced,
            )


# --- where to ask ---


def _visits(paths: Iterable[Trace], others: Iterable[Trace]) -> Iterator[Visit]:
    known: set[Visit] = set()
    for path, alternate in (*_with_alternates(paths), *((other, True) for other in others)):
        for hop in path.hops:
            if hop.device is None:
                continue
            visit = Visit(
                hop.device,
                hop.flow_in,
                hop.iif,
                hop.mark,
                hop.oif,
                hop.next_hop,
                path.reverse,
                alternate,
            )
            if replace(visit, alternate=False) not in known and visit not in known:
                known.add(visit)
                yield visit


def _with_alternates(paths: Iterable[Trace]) -> Iterator[tuple[Trace, bool]]:
    both = list(paths)
    yield from ((path, False) for path in both)
    yield from ((other, True) for path in both for other in path.alternates)


def _flows(case: Case, forward: Trace, reverse: Trace) -> tuple[Flow, ...]:
    """Every shape of the flow; a source port that is not known stays so, also where the walk took a
    typical one."""
    found: dict[Flow, None] = {case.flow: None, case.flow.reversed(): None}
    port = forward.flow.sport if case.flow.sport is None else None
    for path, _ in _with_alternates((forward, reverse)):
        possible = {
            flow for hop in path.hops if not path.reverse for flow in might_become(case, hop)
        }
        for flow in sorted(flows_of(path) | possible, key=str):
            found[_without_port(flow, port)] = None
            found[_without_port(flow.reversed(), port)] = None
    return tuple(found)


def _without_port(flow: Flow, port: int | None) -> Flow:
    if port is None:
        return flow
    return replace(
        flow,
        sport=None if flow.sport == port else flow.sport,
        dport=None if flow.dport == port else flow.dport,
    )
