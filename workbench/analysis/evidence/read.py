"""What does the case show, before any judgement? Both paths, who saw the packet, where it was last
seen."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from collectors.model.flow import Flow, Protocol
from collectors.pcap.garbage_collection import uncollected
from workbench.analysis.captures.flow_counts import CountedFlows, counted_flows
from workbench.analysis.captures.observations import flows_of, narrowed, observations
from workbench.analysis.captures.order_of_points import only_captures
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
from workbench.analysis.device.translation import session_of
from workbench.analysis.evidence.attempts import attempts, works
from workbench.analysis.evidence.below_tunnels import with_those_below
from workbench.analysis.evidence.drops import drops
from workbench.analysis.evidence.own_attempts import with_hasty_probes_open
from workbench.analysis.evidence.packet_loss import not_by_chance, thinnings
from workbench.analysis.evidence.visits import shapes, visits
from workbench.analysis.trace.both_paths import alternates, both_paths, walk_back
from workbench.analysis.trace.bridges import mirrored, with_bridges
from workbench.analysis.trace.targets import other_targets
from workbench.analysis.trace.underlay import below

# how an attempt failed: after an answer, refused, without any answer, or hung up later
_FAILURES = (
    frozenset({ConnState.STALLED, ConnState.RESET, ConnState.HALF_OPEN}),
    frozenset({ConnState.REFUSED}),
    frozenset({ConnState.NO_ANSWER}),
    frozenset({ConnState.HUNG_UP, ConnState.CUT_OFF}),
)
_Paths = tuple[Trace, Trace]  # forward, reverse


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
    found = _findings_of(case, typical(case))
    if case.flow.sport is not None:
        return found
    failed = _worst(found.attempts)
    ports = {one.flow.sport for one in failed}
    if not failed or found.forward.flow.sport in ports:
        return found
    return _findings_of(case, failed[-1].flow)


def _worst(tried: tuple[Attempt, ...]) -> tuple[Attempt, ...]:
    """The attempts that failed after an answer, else refused, else without any, else hung up
    later."""
    for ends in _FAILURES:
        found = tuple(one for one in tried if one.end in ends)
        if found:
            return found
    return ()


def _findings_of(case: Case, flow: Flow) -> Findings:
    """What the case shows of a flow whose source port is known, or chosen."""
    paths = both_paths(case, flow)
    every = _seen(case, paths)
    sights = _of_this_flow(case, paths, every)
    forward, reverse = paths = _finished(case, paths, sights)
    to_other_targets = tuple(other_targets(case, forward))
    others = (*to_other_targets, *(walk_back(case, one) for one in to_other_targets))
    outer = below(case, paths)
    vanished = with_those_below(case, drops(case, paths, sights), paths, outer)
    tried = attempts(case, forward, reverse, every, vanished)
    split = _splits(paths)
    tried = tried if split else with_hasty_probes_open(tried)
    thinned = thinnings(case, paths, sights)
    lost = not_by_chance(case, vanished, thinned, paths)
    return Findings(
        case=case,
        forward=forward,
        reverse=reverse,
        observations=sights,
        drop=lost[0] if lost else None,
        drops=lost,
        thinned=thinned,
        flow_works=works(case, tried, split),
        attempts_seen=any(_saw_packets(one) for one in every if not one.reverse),
        visits=visits((*paths, *outer), others),
        attempts=tried,
        flows=(*shapes(case, forward, reverse), *_outer_flows(outer)),
        below=outer,
        targets=others,
        server=_server(case, forward),
    )


def _seen(case: Case, paths: _Paths) -> tuple[Observation, ...]:
    """What captures show of the flow from any source port."""
    found = observations(case, *paths, any_port=True)
    return as_taps(found) if only_captures(case) else found


def _of_this_flow(
    case: Case, paths: _Paths, every: tuple[Observation, ...]
) -> tuple[Observation, ...]:
    """Where only other source ports were tried, they stand for this one, unless ports take
    different ways."""
    exact = narrowed(case, every, *paths)
    if _splits(paths) or any(map(_saw_packets, exact)):
        return exact
    return every


def _saw_packets(one: Observation) -> bool:
    return bool(one.came_in or one.went_out)


def _splits(paths: _Paths) -> bool:
    """Does a device on them spread flows over several next hops?"""
    return any(hop.branches for path in paths for hop in path.hops)


def _outer_flows(outer: Iterable[Trace]) -> list[Flow]:
    return [flow for path in outer for flow in flows_of(path)]


def typical(case: Case) -> Flow:
    """The flow; where its source port is not known, with the port of its latest attempt, a failed
    one first."""
    if case.flow.sport is not None or case.flow.protocol is Protocol.ICMP:
        return case.flow
    found = counted_flows(case)
    client = case.client.name if case.client else None
    tried = []
    for counts_by_flow in found.flow_counts.values():
        for flow, flow_count in counts_by_flow.items():
            if case.flow.matches(flow):
                tried.append((_answered(found, client, flow), -flow_count.first, flow))
    return min(tried, default=(False, 0.0, case.flow), key=lambda one: one[:2])[2]


def _answered(found: CountedFlows, client: str | None, flow: Flow) -> bool:
    return client is not None and found.came_in(client, flow.reversed())


def _server(case: Case, forward: Trace) -> str | None:
    """Which device is the flow really for?"""
    if not forward.hops:
        return None
    last = forward.hops[-1]
    if forward.disposition is Disposition.DELIVERED:
        return last.device
    owner = case.owner(last.flow_out.dst)
    return owner.name if owner else None


# --- finishing the paths ---


def _finished(case: Case, paths: _Paths, sights: tuple[Observation, ...]) -> _Paths:
    """The paths with bridges, with what was observed, and with the branches not taken."""
    forward, reverse = (with_bridges(case, path, sights) for path in paths)
    there = mirrored(case, forward, reverse, sights)
    back = mirrored(case, reverse, forward, sights)
    return _finished_path(case, there, there, sights), _finished_path(case, back, there, sights)


def _finished_path(case: Case, path: Trace, forward: Trace, sights: Iterable[Observation]) -> Trace:
    of_this_direction = (one for one in sights if one.reverse == path.reverse)
    seen_at = {one.device: one for one in of_this_direction if _saw_packets(one)}
    hops = tuple(_observed(case, hop, seen_at) for hop in path.hops)
    return replace(path, hops=hops, alternates=alternates(case, path, forward))


def _observed(case: Case, hop: Hop, seen_at: dict[str, Observation]) -> Hop:
    """A hop that a capture or a session of this very flow shows is observed."""
    proof = _proof(case, hop, seen_at)
    if not proof:
        return hop
    evidence = tuple(dict.fromkeys((*hop.evidence, *proof)))
    return replace(hop, basis=Basis.OBSERVED, evidence=evidence)


def _proof(case: Case, hop: Hop, seen_at: dict[str, Observation]) -> tuple[str, ...]:
    """The answers that show the flow at this hop."""
    if hop.device is None:
        return ()
    sight = seen_at.get(hop.device)
    if sight is not None:
        return sight.evidence
    held = session_of(case, hop.device, hop.flow_in)
    if held is None:
        return ()
    session, is_reply, item = held
    never_answered = is_reply and session.unreplied
    return () if never_answered else (item.id,)
