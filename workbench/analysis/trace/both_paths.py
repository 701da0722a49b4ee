"""Both paths of a flow: the walk there, and the walk back with the state that the first one
created."""

from __future__ import annotations

from collections.abc import Iterator

from collectors.model.flow import Flow
from collectors.model.records import NextHop
from workbench.analysis.captures.order_of_points import by_captures, only_captures
from workbench.analysis.case.case import Case
from workbench.analysis.case.findings import Disposition, Hop, Trace
from workbench.analysis.device.translation import NewSession
from workbench.analysis.trace.walk import PacketAt, begin, walk

MOST_ALTERNATES = 8


def both_paths(case: Case, flow: Flow) -> tuple[Trace, Trace]:
    """The two paths: walked, or where nothing but captures is known, as the packets passed the
    capture points."""
    if only_captures(case):
        forward = by_captures(case, flow)
        return forward, by_captures(case, flow.reversed(), True, forward)
    forward = walk(flow, case)
    return forward, walk_back(case, forward)


def walk_back(case: Case, forward: Trace, forced: dict[str, NextHop] | None = None) -> Trace:
    """The reverse walk: the flow as the destination really sees it, with the state that forward
    created."""
    if not forward.hops:
        return walk(forward.flow.reversed(), case, True)
    last = forward.hops[-1]
    back = last.flow_out.reversed()
    delivered = forward.disposition is Disposition.DELIVERED
    here = PacketAt(last.device, last.flow_out.dst, None, back)
    before = forward.hops[-2].device if len(forward.hops) > 1 else None
    return walk(
        back,
        case,
        True,
        start=here if delivered else begin(case, back),
        made=new_sessions(forward),
        expected=forward.hops[0].device,
        hint=before if delivered else None,
        forced=forced,
    )


def new_sessions(path: Trace) -> tuple[NewSession, ...]:
    """The state that the first packet of this direction leaves in the devices that translate it."""
    translating = (hop for hop in path.hops if hop.flow_in != hop.flow_out)
    return tuple(NewSession(hop.name, hop.flow_in, hop.flow_out) for hop in translating)


def alternates(case: Case, path: Trace, forward: Trace) -> tuple[Trace, ...]:
    """The same walk along the branches that this flow does not take."""
    found: list[Trace] = []
    for device, start, next_hop in _branches_not_taken(path):
        if len(found) < MOST_ALTERNATES:
            found.append(_alternate(case, path, forward, start, {device: next_hop}))
    return tuple(found)


def _branches_not_taken(path: Trace) -> Iterator[tuple[str, PacketAt, NextHop]]:
    """Which device has the branch, how the packet comes to it, and where the branch leads."""
    for hop in path.hops:
        if hop.device is None:
            continue
        start = PacketAt(hop.device, hop.address, hop.iif, hop.flow_in)
        for next_hop in _not_taken(hop):
            yield hop.device, start, next_hop


def _not_taken(hop: Hop) -> Iterator[NextHop]:
    for branch in hop.branches:
        if not branch.taken:
            yield NextHop(branch.interface, branch.address, branch.weight)


def _alternate(
    case: Case, path: Trace, forward: Trace, start: PacketAt, forced: dict[str, NextHop]
) -> Trace:
    if not path.reverse:
        return walk(path.flow, case, start=start, forced=forced)
    return walk(
        path.flow,
        case,
        True,
        start=start,
        made=new_sessions(forward),
        expected=forward.hops[0].device if forward.hops else None,
        forced=forced,
    )
