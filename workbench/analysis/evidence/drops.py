"""Where do packets of the flow end? Every place that captures and logs show, the one that tells most
first."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator
from itertools import pairwise

from collectors.model.records import Packet
from workbench.analysis.captures.flow_counts import captured, covered, silent_captures
from workbench.analysis.captures.observations import fingerprint, label
from workbench.analysis.captures.order_of_points import only_captures
from workbench.analysis.captures.overlap import Points, expected, overdue
from workbench.analysis.captures.pace import passing
from workbench.analysis.captures.resets import made_resets
from workbench.analysis.captures.unplaced import lost_between
from workbench.analysis.case.case import Case
from workbench.analysis.case.drop import Drop, LastSeen
from workbench.analysis.case.findings import Hop, Observation, Trace
from workbench.analysis.case.packet_kinds import PacketKind
from workbench.analysis.case.wording import listed
from workbench.analysis.device.log_drops import refused_at
from workbench.analysis.device.logbook import UNKNOWN_SEGMENT
from workbench.analysis.evidence.likeliest_keeper import likeliest_keeper
from workbench.analysis.evidence.lost_packets import Lost, missing, most_telling
from workbench.analysis.evidence.proxies import passed_on, proxy_rule
from workbench.analysis.evidence.unanswered import (
    came_to_its_end,
    interface_words,
    unanswered_at_end,
)

# what tells most comes first
ORDER = {
    PacketKind.SYN: 0,
    PacketKind.UDP: 1,
    PacketKind.ICMP: 1,
    PacketKind.SYN_ACK: 2,
    PacketKind.CHALLENGE_ACK: 2,
    PacketKind.FIN: 4,
    PacketKind.RST: 5,
}
_OTHERS = 3


def drops(case: Case, paths: Iterable[Trace], seen: Iterable[Observation]) -> tuple[Drop, ...]:
    """Every place where packets of the flow end: they came in and did not go out, left and never
    reached the next device that watched, or arrived and were not answered.

    What was lost on its way comes before what arrived; then what tells most: what opens a
    connection before what ends it.
    """
    points = {(one.device, one.reverse): one for one in seen}
    both = tuple(paths)
    proxies = frozenset(_proxies(case, both))
    found: list[Drop] = []
    for path in both:
        found.extend(_on_path(case, path, points, proxies))
    for path in both:
        found.extend(_by_resets(case, path, points, found))
    return tuple(sorted(found, key=_order))


def _proxies(case: Case, paths: Iterable[Trace]) -> Iterator[str]:
    """The devices on the way there that answer handshakes in the server's name."""
    for path in paths:
        beyond_the_client = () if path.reverse else path.hops[1:]
        yield from (hop.name for hop in beyond_the_client if proxy_rule(case, hop))


def _on_path(case: Case, path: Trace, points: Points, proxies: Container[str]) -> Iterator[Drop]:
    yield from _inside(case, path, points, proxies)
    if only_captures(case):
        yield from lost_between(case, path, points)
    else:
        yield from _lost_between_devices(case, path, points)
    yield from unanswered_at_end(case, path, points)
    yield from _logged(case, path, points)


def _by_resets(case: Case, path: Trace, points: Points, found: Iterable[Drop]) -> list[Drop]:
    """Where a device refuses packets by resets of its own, unless they are seen to stop there."""
    places = {(drop.node, drop.reverse) for drop in found}
    refused = made_resets(case, path, points)
    return [drop for drop in refused if (drop.node, drop.reverse) not in places]


def _order(drop: Drop) -> tuple[bool, int]:
    return drop.last_seen is LastSeen.ARRIVED, ORDER.get(drop.packet, _OTHERS)


# --- by a log ---


def _logged(case: Case, path: Trace, points: Points) -> Iterator[Drop]:
    """Where nobody could watch, the device's own log may tell what it refused, as written now or as
    pasted."""
    for hop in path.hops:
        watched = (hop.device, path.reverse) in points
        if hop.device is not None and not watched:
            yield from _by_log(case, hop, path.reverse)


def _by_log(case: Case, hop: Hop, reverse: bool) -> Iterator[Drop]:
    refusal = refused_at(case, hop, reverse)
    if refusal is None:
        return
    flags_known = refusal.packet != UNKNOWN_SEGMENT
    yield Drop(
        hop.name,
        refusal.interface,
        PacketKind(refusal.packet) if flags_known else PacketKind.SEGMENT,
        refusal.words,
        reverse,
        refusal.evidence,
        undated=refusal.doubtful,
        names_packet=flags_known,
    )


# --- inside one device ---


def _inside(case: Case, path: Trace, points: Points, proxies: Container[str]) -> Iterator[Drop]:
    """Came in at a device, and did not go out of it."""
    for hop in path.hops:
        point = points.get((hop.device or "", path.reverse))
        if point is None or not _should_go_on(case, path, hop, point):
            continue
        lost = _lost_inside(case, path, hop, point, hop.name in proxies)
        if lost:
            silent = silent_captures(case, point.device, hop.oif, point.evidence)
            proof = (*point.evidence, *silent)
            yield _dropped_inside(path, hop, proof, most_telling(path, lost, points), lost)


def _should_go_on(case: Case, path: Trace, hop: Hop, point: Observation) -> bool:
    """Did packets come in that have to leave again, by an interface that was watched?"""
    passes_through = bool(point.came_in) and not came_to_its_end(path, hop)
    return passes_through and covered(case, point.device, hop.oif)


def _lost_inside(
    case: Case, path: Trace, hop: Hop, point: Observation, proxied: bool
) -> tuple[Packet, ...]:
    as_they_came = passed_on(point.came_in, proxied, path.reverse)
    lost = missing(_asked_for(path, hop, as_they_came), point.went_out)
    if lost:
        every = (*point.came_in, *point.went_out)
        lost = overdue(case, point.device, lost, every, passing(point))
    return _not_sent_otherwise(case, point.device, lost) if lost else ()


def _not_sent_otherwise(case: Case, device: str, lost: tuple[Packet, ...]) -> tuple[Packet, ...]:
    """Without those that left the device under addresses that are not known: a sequence number
    gives them away."""
    sent = set()
    for name, _, packet, outgoing in captured(case):
        if name == device and outgoing and packet.seq:
            sent.add(fingerprint(packet))
    return tuple(packet for packet in lost if fingerprint(packet) not in sent)


def _asked_for(path: Trace, hop: Hop, packets: tuple[Packet, ...]) -> tuple[Packet, ...]:
    """Without the client's resets to strangers: they answer what it never asked for, and nobody
    waits for them."""
    if path.reverse:
        return packets
    return tuple(packet for packet in packets if not _resets_a_stranger(packet, hop))


def _resets_a_stranger(packet: Packet, hop: Hop) -> bool:
    if "R" not in packet.flags:
        return False
    flow = packet.flow
    return flow is None or not (hop.flow_in.matches(flow) or hop.flow_out.matches(flow))


def _dropped_inside(
    path: Trace, hop: Hop, proof: tuple[str, ...], lost: Lost, every: tuple[Packet, ...]
) -> Drop:
    place = interface_words(every, hop)
    flows = (packet.flow for packet in lost.packets if packet.flow is not None)
    return Drop(
        hop.name,
        lost.packets[0].interface or hop.iif,
        lost.kind,
        f"{lost.words} came in on {place} and did not go out",
        path.reverse,
        proof,
        flows=tuple(dict.fromkeys(flows)),
        tcp_flags=_common_flags(lost.packets),
        brief=f"{lost.brief} came in on {place} and did not go out",
    )


def _common_flags(packets: Iterable[Packet]) -> str | None:
    """The TCP flags that all of them have: a filter may look at any of them."""
    found = {packet.flags for packet in packets}
    if len(found) > 1:
        return None
    return found.pop() or None


# --- between two devices ---


def _lost_between_devices(case: Case, path: Trace, points: Points) -> Iterator[Drop]:
    """Sent by one device, and never seen to arrive at the next one that watched; those between are
    not visible."""
    watching = [
        (at, hop) for at, hop in enumerate(path.hops) if (hop.device or "", path.reverse) in points
    ]
    for (at, before), (then, after) in pairwise(watching):
        sent = points[before.device or "", path.reverse]
        got = points[after.device or "", path.reverse]
        vanished = _never_arrived(case, points, sent, got, after)
        hidden = path.hops[at + 1 : then]
        if vanished and not _log_says_where(case, hidden, path.reverse):
            lost = most_telling(path, vanished, points)
            silent = silent_captures(case, got.device, after.iif, got.evidence)
            proof = (*sent.evidence, *got.evidence, *silent)
            yield _dropped_between(case, path, (before, *hidden, after), lost, proof)


def _never_arrived(
    case: Case, points: Points, sent: Observation, got: Observation, after: Hop
) -> tuple[Packet, ...]:
    """What one device sent and the next one would have seen come in, had it come."""
    if got.came_in or not covered(case, got.device, after.iif):
        return ()
    return _without_kinds(expected(case, points, sent, got), got.went_out)


def _without_kinds(packets: tuple[Packet, ...], passed: tuple[Packet, ...]) -> tuple[Packet, ...]:
    """Without the kinds that the next device sent on: it got such packets, though its capture may
    show one direction only."""
    kinds = set(map(label, passed))
    return tuple(packet for packet in packets if label(packet) not in kinds)


def _log_says_where(case: Case, hidden: Iterable[Hop], reverse: bool) -> bool:
    """Does the log of a device between them name these packets?"""
    return any(refused_at(case, hop, reverse) is not None for hop in hidden)


def _dropped_between(
    case: Case, path: Trace, stretch: tuple[Hop, ...], lost: Lost, proof: tuple[str, ...]
) -> Drop:
    before, *hidden, after = stretch
    interface = lost.packets[0].interface
    by = f" on {interface}" if interface else ""
    left = f"left {before.name}{by} and never reached {after.name}"
    words, brief = f"{lost.words} {left}", f"{lost.brief} {left}"
    way = path.reverse
    if not hidden:
        seen = LastSeen.LEAVING
        place = (before.name, interface, lost.kind)
        return Drop(*place, words, way, proof, after.name, last_seen=seen, brief=brief)
    names = listed([hop.name for hop in hidden])
    words = f"{words}; {names} between them cannot be watched"
    blamed = likeliest_keeper(case, path, hidden, len(lost.packets))
    return Drop(blamed.name, None, lost.kind, words, way, proof, after.name, brief=brief)
