"""What vanishes between a tunnel's two ends vanishes below it: where, as far as that can be
seen?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from workbench.analysis.captures.observations import observations
from workbench.analysis.case.case import Case
from workbench.analysis.case.drop import Drop, LastSeen
from workbench.analysis.case.findings import Observation, Trace
from workbench.analysis.evidence.drops import drops
from workbench.analysis.trace.underlay import Inside, insides


def with_those_below(
    case: Case, lost: tuple[Drop, ...], paths: tuple[Trace, ...], outer: tuple[Trace, ...]
) -> tuple[Drop, ...]:
    """The places where the flow vanishes, with those below tunnels in place of "between the
    tunnel's ends"."""
    below: list[Drop] = []
    for path in outer:
        below.extend(_below(case, path))
    located = {drop.reverse for drop in below}
    kept = (drop for drop in lost if drop.after is None or drop.reverse not in located)
    inside = insides(case, paths, outer)
    return (*below, *(_placed(case, drop, inside) for drop in kept))


def _below(case: Case, path: Trace) -> Iterator[Drop]:
    """Where the tunnel's own packets come in and do not go on."""
    seen_there = tuple(_seen_on(case, path))
    for drop in drops(case, (replace(path, reverse=False),), seen_there):
        if drop.last_seen is not LastSeen.ARRIVED:
            yield replace(drop, reverse=path.reverse)


def _seen_on(case: Case, path: Trace) -> Iterator[Observation]:
    """What captures show of a tunnel's own packets, in the direction of this path."""
    nowhere = Trace(path.flow.reversed(), (), path.disposition, True)
    return (one for one in observations(case, path, nowhere) if not one.reverse)


def _placed(case: Case, drop: Drop, inside: Iterable[Inside]) -> Drop:
    """Lost between the two ends of a tunnel: at the far end where its packets arrive, else where
    sight ends."""
    tunnel = _tunnel_of(drop, inside)
    if tunnel is None:
        return drop
    if tunnel.way is not None and _arrives(case, tunnel.way):
        return _lost_at_far_end(drop, tunnel)
    return drop if tunnel.walked else _lost_out_of_sight(drop, tunnel)


def _tunnel_of(drop: Drop, inside: Iterable[Inside]) -> Inside | None:
    """The tunnel between whose ends the packets were lost."""
    place = (drop.reverse, drop.node, drop.after)
    for one in inside:
        if (one.reverse, one.hop.name, one.to) == place:
            return one
    return None


def _lost_at_far_end(drop: Drop, tunnel: Inside) -> Drop:
    words = (
        f"the tunnel's packets arrive at {tunnel.to}, and what they carry does not come out of them"
    )
    return replace(
        drop,
        node=tunnel.to,
        interface=None,
        where=words,
        after=None,
        last_seen=LastSeen.COMING_IN,
        brief=words,
        names_packet=False,
    )


def _lost_out_of_sight(drop: Drop, tunnel: Inside) -> Drop:
    carried = (
        f"the {drop.packet} is carried inside the tunnel {tunnel.name},"
        " and what lies below that cannot be seen"
    )
    return replace(
        drop,
        node=tunnel.name,
        interface=None,
        where=f"{carried}; {tunnel.to} never got it",
        last_seen=LastSeen.COMING_IN,
        brief=carried,
        names_packet=True,
    )


def _arrives(case: Case, way: Trace) -> bool:
    """Did the last device of the outer path get the tunnel's packets?"""
    last = way.hops[-1].device if way.hops else None
    return any(one.device == last and one.came_in for one in _seen_on(case, way))
