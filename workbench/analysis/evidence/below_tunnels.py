"""What vanishes between a tunnel's two ends vanishes below it: where, as far as that can be
seen?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from workbench.analysis.captures.observations import observations
from workbench.analysis.case.case import Case
from workbench.analysis.case.findings import Trace
from workbench.analysis.case.verdict import Drop, LastSeen
from workbench.analysis.evidence.drops import drops
from workbench.analysis.trace.underlay import Inside, insides


def with_those_below(
    case: Case, lost: tuple[Drop, ...], paths: tuple[Trace, ...], outer: tuple[Trace, ...]
) -> tuple[Drop, ...]:
    """The places where the flow vanishes, with those below tunnels in place of "between the
    tunnel's ends"."""
    found = [drop for path in outer for drop in _along(case, path)]
    ways = {one.reverse for one in found}
    kept = (one for one in lost if one.after is None or one.reverse not in ways)
    inside = insides(case, paths, outer)
    return (*found, *(_placed(case, one, inside) for one in kept))


def _along(case: Case, path: Trace) -> Iterator[Drop]:
    """Where the tunnel's own packets come in and do not go on."""
    seen_there = tuple(one for one in observations(case, path, _nowhere(path)) if not one.reverse)
    for drop in drops(case, (replace(path, reverse=False),), seen_there):
        if drop.last_seen is not LastSeen.ARRIVED:
            yield replace(drop, reverse=path.reverse)


def _nowhere(path: Trace) -> Trace:
    return Trace(path.flow.reversed(), (), path.disposition, True)


def _placed(case: Case, drop: Drop, inside: Iterable[Inside]) -> Drop:
    """Lost between the two ends of a tunnel: at the far end where its packets arrive, else where
    sight ends."""
    ours = (
        one
        for one in inside
        if one.reverse is drop.reverse and one.hop.name == drop.node and one.to == drop.after
    )
    one = next(ours, None)
    if one is None:
        return drop
    if one.way is not None and _arrives(case, one.way):
        words = (
            f"the tunnel's packets arrive at {one.to}, and what they carry does not come out of"
            " them"
        )
        return replace(
            drop, node=one.to, interface=None, where=words, after=None, last_seen=LastSeen.COMING_IN
        )
    if one.walked:
        return drop
    told = f"is carried inside the tunnel {one.name}, and what lies below that cannot be seen"
    words = f"the {drop.packet} {told}; {one.to} never got it"
    return replace(drop, node=one.name, interface=None, where=words, last_seen=LastSeen.COMING_IN)


def _arrives(case: Case, way: Trace) -> bool:
    """Did the last device of the outer way get the tunnel's packets?"""
    last = way.hops[-1].device if way.hops else None
    seen_there = (one for one in observations(case, way, _nowhere(way)) if not one.reverse)
    return any(one.device == last and one.came_in for one in seen_there)
