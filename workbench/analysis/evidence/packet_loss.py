"""Which packets of the flow went missing by chance, and where? Captures matched packet by packet,
hop by hop.

A filter stops all packets that are alike; chance, a policer and a full queue stop some of them, and
what is sent again passes. Only what was sent while the next point surely watched is compared, and
what any later point saw has passed.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import islice
from math import inf

from collectors.model.records import Packet
from workbench.analysis.captures.observations import Print, fingerprint, label
from workbench.analysis.captures.order_of_points import only_captures
from workbench.analysis.captures.pace import TimedLeg, leg, pace, passing
from workbench.analysis.captures.time_spans import Span, offset, spans, unsure
from workbench.analysis.case.case import Case
from workbench.analysis.case.findings import Hop, Observation, Thinning, Trace
from workbench.analysis.case.verdict import Drop
from workbench.analysis.device.policers import counted_as_strays, stops_all, thinned
from workbench.analysis.evidence.loss_statistics import blocks_by_chance
from workbench.analysis.evidence.packet_matching import in_time, named, unseen_later

MOST = 4000  # packets of one point that are followed
# seconds that a packet may come later than the slowest of those that were seen at both points
LATE = 0.1
# of the packets between two points this share must be found again, else they cannot be compared
AGREED = 0.5
# within one device any packet that is found again will do: a limit may stop most of them
INSIDE = 1.0
IN_BLOCKS = 0.01  # below this chance what is lost came in blocks: something was switched off and on
# flags that not all packets of a kind carry, and that filters look at: URG, ECE, CWR
_RARE = frozenset("UEW")


def stopped(
    case: Case, drops: Iterable[Drop], lost: Iterable[Thinning], paths: Iterable[Trace]
) -> tuple[Drop, ...]:
    """The drops without those that are losses by chance: nothing stops those packets by what they
    are."""
    hops = {(hop.name, path.reverse): hop for path in paths for hop in path.hops}
    losses = {(one.node, one.after, one.reverse): one for one in lost}

    def real(drop: Drop) -> bool:
        loss = losses.get((drop.node, drop.after, drop.reverse))
        return loss is None or _stands(case, drop, loss, hops.get((drop.node, drop.reverse)))

    return tuple(filter(real, drops))


def _stands(case: Case, drop: Drop, loss: Thinning, hop: Hop | None) -> bool:
    """Does the device stop these packets, though others like them were only lost now and then?"""
    by_chance = loss.by_chance or _by_rule(case, hop, loss)
    if not by_chance:
        return True
    return _refused(case, hop, drop) or counted_as_strays(case, hop, loss)


def _by_rule(case: Case, hop: Hop | None, loss: Thinning) -> bool:
    return hop is not None and loss.after is None and thinned(case, hop, loss)


def _refused(case: Case, hop: Hop | None, drop: Drop) -> bool:
    """Does the device itself tell that it stops such packets, all of them?"""
    opening = drop.packet == "SYN" or (not drop.reverse and drop.packet in ("UDP", "ICMP"))
    return (
        hop is not None
        and drop.after is None
        and stops_all(case, hop, drop.reverse, opening, drop.tcp_flags)
    )


# --- points on a path ---


@dataclass(frozen=True, slots=True)
class _Eye:
    """One place where packets of one direction are seen: as they come into a device, or as they
    leave it."""

    at: int  # which hop of the path
    hop: Hop
    leaving: bool
    packets: tuple[Packet, ...]
    observation: Observation


def thinnings(
    case: Case, paths: Iterable[Trace], seen: Iterable[Observation]
) -> tuple[Thinning, ...]:
    """Every stretch on which packets went missing while others like them passed, in the order of
    the flow."""
    points = {(one.device, one.reverse): one for one in seen}
    return tuple(loss for path in paths for loss in _on_path(case, path, points))


def _on_path(
    case: Case, path: Trace, points: dict[tuple[str, bool], Observation]
) -> Iterator[Thinning]:
    eyes = list(_eyes(path, points, only_captures(case)))
    for number, eye in enumerate(eyes[:-1]):
        found = _stretch(case, path, eye, eyes[number + 1 :])
        if found is not None:
            yield found


def _eyes(
    path: Trace, points: dict[tuple[str, bool], Observation], unknown: bool
) -> Iterator[_Eye]:
    """Ends do not pass packets on; where nothing but captures is known (`unknown`), the first and
    last may be none."""
    last = len(path.hops) - 1
    for at, hop in enumerate(path.hops):
        point = points.get((hop.device or "", path.reverse))
        if point is None:
            continue
        passes = unknown and bool(point.came_in) and bool(point.went_out)
        if at or passes:
            yield _Eye(at, hop, False, _once(point.came_in), point)
        if at < last or passes:
            yield _Eye(at, hop, True, _once(point.went_out), point)


def _once(packets: tuple[Packet, ...]) -> tuple[Packet, ...]:
    """One packet that several interfaces of a device show (a port and its bridge) is one packet."""
    in_order = sorted(packets, key=_moment)
    if len({packet.interface for packet in packets}) < 2:
        return tuple(in_order)
    by_print: dict[Print, str | None] = {}
    kept = []
    for packet in in_order:
        if by_print.setdefault(fingerprint(packet), packet.interface) == packet.interface:
            kept.append(packet)
    return tuple(kept)


def _moment(packet: Packet) -> float:
    return packet.time


# --- one stretch ---


def _stretch(case: Case, path: Trace, eye: _Eye, later: list[_Eye]) -> Thinning | None:
    following = later[0]
    inside = eye.hop is following.hop
    if not inside:
        eye = replace(eye, packets=_towards(eye.hop, eye.packets))
    sent = _surely_watched(case, eye, following)
    missing = unseen_later(
        sent, [_meanwhile(case, sent, eye, one) for one in later], INSIDE if inside else AGREED
    )
    if inside:
        missing = in_time(sent, missing, following.packets)
        sent, missing = _not_by_rule(case, eye.hop, path.reverse, sent, missing)
    if not any(missing):
        return None
    lost = tuple(packet for packet, gone in zip(sent, missing, strict=True) if gone)
    return Thinning(
        node=eye.hop.name,
        after=None if inside else following.hop.name,
        reverse=path.reverse,
        sent=len(sent),
        lost=len(lost),
        interface=lost[0].interface or (eye.hop.iif if inside else eye.hop.oif),
        hidden=tuple(hop.name for hop in path.hops[eye.at + 1 : following.at]),
        packets=lost,
        alike=_alike(sent, missing),
        again=sum(_sent_again(packet, eye.packets) for packet in lost),
        scattered=blocks_by_chance(missing) >= IN_BLOCKS,
        evidence=tuple(dict.fromkeys((*eye.observation.evidence, *following.observation.evidence))),
    )


def _towards(hop: Hop, packets: tuple[Packet, ...]) -> tuple[Packet, ...]:
    """Where packets leave a device by several links, those of the link that leads on: others went
    elsewhere."""
    if hop.oif is None or all(packet.interface != hop.oif for packet in packets):
        return packets
    return tuple(packet for packet in packets if packet.interface in (hop.oif, None))


def _not_by_rule(
    case: Case, hop: Hop, reverse: bool, sent: list[Packet], missing: list[bool]
) -> tuple[list[Packet], list[bool]]:
    """Without those that the device's own rules stop by their TCP flags, none of which passed:
    chance took no part."""
    if not missing:
        return sent, missing
    passed = {packet.flags for packet, gone in zip(sent, missing, strict=True) if not gone}
    shapes = {
        (packet.flags, label(packet) == "SYN")
        for packet in sent
        if packet.flags not in passed and packet.flags
    }
    refused = {flags for flags, opening in shapes if stops_all(case, hop, reverse, opening, flags)}
    kept = [
        (packet, gone)
        for packet, gone in zip(sent, missing, strict=True)
        if packet.flags not in refused
    ]
    return [packet for packet, _ in kept], [gone for _, gone in kept]


def _surely_watched(case: Case, eye: _Eye, following: _Eye) -> list[Packet]:
    """The packets that would have passed the next point while its capture surely ran."""
    way = _way(case, eye, following)
    if way is None:
        return []
    running = spans(case, following.observation.device)
    apart = _apart(case, eye, following)

    def watched(packet: Packet) -> bool:
        soonest = packet.time + apart + way.least - way.unsure
        latest = packet.time + apart + way.most + way.unsure + LATE
        return any(one.since <= soonest and latest <= one.until for one in running)

    return list(islice(filter(watched, eye.packets), MOST))


def _apart(case: Case, eye: _Eye, other: _Eye) -> float:
    """How far is the other's clock ahead?"""
    return offset(case, other.observation.device) - offset(case, eye.observation.device)


def _way(case: Case, eye: _Eye, following: _Eye) -> TimedLeg | None:
    if eye.hop is following.hop:
        return TimedLeg(0.0, passing(eye.observation), 0.0)
    return leg(case, eye.observation, following.observation)


def _meanwhile(case: Case, sent: list[Packet], eye: _Eye, later: _Eye) -> list[Packet]:
    """What the later point saw from the time on in which the first of these packets was sent.

    Where more were sent than are followed, it ends when the last of these must have come. Of
    datagrams that all look alike only what can be one of these: others, that were sent when the
    next point did not surely watch, would stand in for those that are lost.
    """
    if not sent:
        return []
    sides = (eye.observation.device, later.observation.device)
    since = sent[0].time + _apart(case, eye, later) - sum(unsure(case, device) for device in sides)
    expected = tuple(_expected(case, sent, eye, later))
    until = max((one.until for one in expected), default=inf) if len(sent) == MOST else inf
    first = bisect_left(later.packets, since, key=_moment)
    last = bisect_right(later.packets, until, key=_moment)
    return [
        p
        for p in later.packets[first:last]
        if named(p) or any(one.holds(p.time) for one in expected)
    ]


def _expected(case: Case, sent: list[Packet], eye: _Eye, later: _Eye) -> Iterator[Span]:
    """When must the packets of each capture have come to the later point?"""
    way, apart = _way(case, eye, later) or _part_of_a_trip(case), _apart(case, eye, later)
    for running in spans(case, eye.observation.device):
        times = [packet.time + apart for packet in sent if running.holds(packet.time)]
        if times:
            yield Span(
                min(times) + way.least - way.unsure, max(times) + way.most + way.unsure + LATE
            )


def _part_of_a_trip(case: Case) -> TimedLeg:
    """No packet was distinguished from the others: no way between two points takes longer than
    there and back."""
    return TimedLeg(0.0, pace(case).round_trip or inf, 0.0)


# --- by chance? ---


def _alike(sent: list[Packet], missing: list[bool]) -> int:
    """How many of those that are missing were followed by one like it, of the same connection, that
    passed?"""
    conversations = list(_connections(sent))
    found = 0
    for at, packet in enumerate(sent):
        rest = range(at + 1, len(sent))
        if missing[at]:
            found += any(
                not missing[n] and conversations[n] == conversations[at] and _like(packet, sent[n])
                for n in rest
            )
    return found


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
    shapes = {(label(one), *sorted(set(one.flags) & _RARE)) for one in (lost, other)}
    return len(shapes) == 1 and other.payload >= lost.payload


def _sent_again(packet: Packet, every: tuple[Packet, ...]) -> bool:
    if packet.seq is None or not (packet.payload or set(packet.flags) & set("SF")):
        return False
    same = (
        one
        for one in every
        if one.time > packet.time and (one.flow, one.seq) == (packet.flow, packet.seq)
    )
    return any(label(one) == label(packet) for one in same)
