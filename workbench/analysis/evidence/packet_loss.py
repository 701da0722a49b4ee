"""Which packets of the flow went missing by chance, and where? Captures matched packet by packet,
hop by hop.

A filter stops all packets that are alike; chance, a policer and a full queue stop some of them, and
what is sent again passes. Only what was sent while the next point surely watched is compared, and
what any later point saw has passed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from collectors.model.records import Packet
from workbench.analysis.captures.observations import label
from workbench.analysis.captures.order_of_points import only_captures
from workbench.analysis.case.case import Case
from workbench.analysis.case.drop import Drop
from workbench.analysis.case.findings import Hop, Observation, Thinning, Trace
from workbench.analysis.case.packet_kinds import DATAGRAMS, PacketKind
from workbench.analysis.device.policers import counted_as_strays, stops_all, thinned
from workbench.analysis.evidence.loss_statistics import blocks_by_chance, rhythm
from workbench.analysis.evidence.packet_matching import in_time, unseen_later
from workbench.analysis.evidence.viewpoints import (
    Viewpoint,
    seen_meanwhile,
    surely_watched,
    viewpoints,
)

# of the packets between two points this share must be found again, else they cannot be compared
AGREED = 0.5
# within one device any packet that is found again will do: a limit may stop most of them
INSIDE = 1.0
IN_BLOCKS = 0.01  # below this chance what is lost came in blocks: something was switched off and on
# flags that not all packets of a kind carry, and that filters look at: URG, ECE, CWR
_RARE = frozenset("UEW")
_COUNTED_BY_SEQUENCE = frozenset("SF")


def not_by_chance(
    case: Case, drops: Iterable[Drop], lost: Iterable[Thinning], paths: Iterable[Trace]
) -> tuple[Drop, ...]:
    """The drops without those that are losses by chance: nothing stops those packets by what they
    are."""
    hops = {(hop.name, path.reverse): hop for path in paths for hop in path.hops}
    losses = {(one.node, one.after, one.reverse): one for one in lost}

    def stands(drop: Drop) -> bool:
        loss = losses.get((drop.node, drop.after, drop.reverse))
        hop = hops.get((drop.node, drop.reverse))
        return loss is None or _stands(case, drop, loss, hop)

    return tuple(filter(stands, drops))


def _stands(case: Case, drop: Drop, loss: Thinning, hop: Hop | None) -> bool:
    """Does the device stop these packets, though others like them were only lost now and then?"""
    if not loss.by_chance and not _by_rule(case, hop, loss):
        return True
    return _refused(case, hop, drop) or counted_as_strays(case, hop, loss)


def _by_rule(case: Case, hop: Hop | None, loss: Thinning) -> bool:
    return hop is not None and loss.after is None and thinned(case, hop, loss)


def _refused(case: Case, hop: Hop | None, drop: Drop) -> bool:
    """Does the device itself tell that it stops such packets, all of them?"""
    if hop is None or drop.after is not None:
        return False
    asking = drop.packet in DATAGRAMS and not drop.reverse
    opening = asking or drop.packet == PacketKind.SYN
    return stops_all(case, hop, drop.reverse, opening, drop.tcp_flags)


# --- stretch by stretch ---


@dataclass(frozen=True, slots=True)
class _Fate:
    """A packet that was sent, and whether no later point saw it."""

    packet: Packet
    missing: bool


def thinnings(
    case: Case, paths: Iterable[Trace], seen: Iterable[Observation]
) -> tuple[Thinning, ...]:
    """Every stretch on which packets went missing while others like them passed, in the order of
    the flow."""
    points = {(one.device, one.reverse): one for one in seen}
    found: list[Thinning] = []
    for path in paths:
        found.extend(_on_path(case, path, points))
    return tuple(found)


def _on_path(
    case: Case, path: Trace, points: dict[tuple[str, bool], Observation]
) -> Iterator[Thinning]:
    views = list(viewpoints(path, points, only_captures(case)))
    for number, view in enumerate(views[:-1]):
        found = _stretch(case, path, view, views[number + 1 :])
        if found is not None:
            yield found


def _stretch(case: Case, path: Trace, view: Viewpoint, later: list[Viewpoint]) -> Thinning | None:
    following = later[0]
    if view.hop is following.hop:
        fates = _inside(case, path, view, later)
    else:
        view = replace(view, packets=_towards(view.hop, view.packets))
        fates = _fates(case, view, later, AGREED)
    if not any(one.missing for one in fates):
        return None
    return _thinning(path, view, following, fates)


def _fates(case: Case, view: Viewpoint, later: list[Viewpoint], most: float) -> list[_Fate]:
    """What became of each packet that would have passed the next point while that watched; empty
    where more than that share is not found again."""
    sent = surely_watched(case, view, later[0])
    missing = unseen_later(sent, [seen_meanwhile(case, sent, view, one) for one in later], most)
    if len(missing) != len(sent):
        return []
    return [_Fate(*pair) for pair in zip(sent, missing, strict=True)]


def _inside(case: Case, path: Trace, view: Viewpoint, later: list[Viewpoint]) -> list[_Fate]:
    """The same within one device, whose clock is one, and whose rules may be known."""
    fates = _fates(case, view, later, INSIDE)
    sent = [one.packet for one in fates]
    missing = in_time(sent, [one.missing for one in fates], later[0].packets)
    fates = [_Fate(*pair) for pair in zip(sent, missing, strict=True)]
    return _without_those_of_a_rule(case, view.hop, path.reverse, fates)


def _thinning(path: Trace, view: Viewpoint, following: Viewpoint, fates: list[_Fate]) -> Thinning:
    inside = view.hop is following.hop
    lost = tuple(one.packet for one in fates if one.missing)
    proof = (*view.observation.evidence, *following.observation.evidence)
    interface = view.hop.iif if inside else view.hop.oif
    return Thinning(
        node=view.hop.name,
        after=None if inside else following.hop.name,
        reverse=path.reverse,
        sent=len(fates),
        lost=len(lost),
        interface=lost[0].interface or interface,
        hidden=tuple(hop.name for hop in path.hops[view.at + 1 : following.at]),
        packets=lost,
        alike=_followed_by_one_alike(fates),
        again=sum(_sent_again(packet, view.packets) for packet in lost),
        scattered=blocks_by_chance([one.missing for one in fates]) >= IN_BLOCKS,
        evidence=tuple(dict.fromkeys(proof)),
        rhythm=rhythm([one.packet.time for one in fates], [one.missing for one in fates]),
    )


def _towards(hop: Hop, packets: tuple[Packet, ...]) -> tuple[Packet, ...]:
    """Where packets leave a device by several links, those of the link that leads on: others went
    elsewhere."""
    links = {packet.interface for packet in packets}
    if hop.oif is None or hop.oif not in links:
        return packets
    return tuple(packet for packet in packets if packet.interface in (hop.oif, None))


def _without_those_of_a_rule(
    case: Case, hop: Hop, reverse: bool, fates: list[_Fate]
) -> list[_Fate]:
    """Without those that the device's own rules stop by their TCP flags, none of which passed:
    chance took no part."""
    passed = {one.packet.flags for one in fates if not one.missing}
    shapes: set[tuple[str, bool]] = set()
    for packet in (one.packet for one in fates):
        if packet.flags and packet.flags not in passed:
            shapes.add((packet.flags, label(packet) is PacketKind.SYN))
    refused = {flags for flags, opening in shapes if stops_all(case, hop, reverse, opening, flags)}
    return [one for one in fates if one.packet.flags not in refused]


# --- by chance? ---


def _followed_by_one_alike(fates: list[_Fate]) -> int:
    """How many of those that are missing were followed by one like it, of the same connection, that
    passed?"""
    passed: dict[object, list[Packet]] = {}
    count = 0
    in_connections = zip(fates, _connections([one.packet for one in fates]), strict=True)
    for fate, connection in reversed(list(in_connections)):
        later = passed.setdefault(connection, [])
        if fate.missing:
            count += any(_like(fate.packet, other) for other in later)
        else:
            later.append(fate.packet)
    return count


def _connections(packets: list[Packet]) -> Iterator[object]:
    """The connection of each packet: what opens one with another sequence number begins a new
    one."""
    opened: dict[object, int | None] = {}
    for packet in packets:
        if "S" in packet.flags:
            opened[packet.flow] = packet.seq
        yield packet.flow, opened.get(packet.flow)


def _like(lost: Packet, other: Packet) -> bool:
    """Would whatever stops the one stop the other as well? The same kind and flags, and data that
    is no smaller."""
    same_shape = _shape(lost) == _shape(other)
    return same_shape and other.payload >= lost.payload


def _shape(packet: Packet) -> tuple[str, ...]:
    return label(packet), *sorted(_RARE.intersection(packet.flags))


def _sent_again(packet: Packet, every: tuple[Packet, ...]) -> bool:
    counted = packet.payload > 0 or not _COUNTED_BY_SEQUENCE.isdisjoint(packet.flags)
    if packet.seq is None or not counted:
        return False
    return any(_repeats(one, packet) for one in every)


def _repeats(one: Packet, packet: Packet) -> bool:
    """Is it the same bytes of the same connection, later?"""
    same = (one.flow, one.seq) == (packet.flow, packet.seq)
    return same and one.time > packet.time and label(one) is label(packet)
