"""Where did packets of the flow come in and not go on? Every place that the captures show, in the
order of the flow."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter as Tally
from collections.abc import Container, Iterable, Iterator, Sequence
from itertools import pairwise

from collectors.model.evidence import Question
from collectors.model.records import Packet, Socket
from workbench.analysis.captures.conversations import end_of, has_flag
from workbench.analysis.captures.flow_counts import captured, covered
from workbench.analysis.captures.observations import fingerprint, label
from workbench.analysis.captures.order_of_points import only_captures
from workbench.analysis.captures.overlap import Points, expected, overdue
from workbench.analysis.captures.pace import MARGIN, passing
from workbench.analysis.captures.resets import made_resets
from workbench.analysis.captures.unplaced import lost_between
from workbench.analysis.case.case import Case
from workbench.analysis.case.findings import Disposition, Hop, Observation, Trace
from workbench.analysis.case.verdict import Drop, LastSeen
from workbench.analysis.case.wording import listed, some, times
from workbench.analysis.device.log_drops import refused_at
from workbench.analysis.device.logbook import UNKNOWN_SEGMENT
from workbench.analysis.evidence.proxies import passed_on, proxy_rule
from workbench.analysis.evidence.suspects import suspect


def drops(case: Case, paths: Iterable[Trace], seen: Iterable[Observation]) -> tuple[Drop, ...]:
    """Every place where packets of the flow came in and did not go on, in the order of the flow."""
    points = {(one.device, one.reverse): one for one in seen}
    found: list[Drop] = []
    paths = tuple(paths)
    proxied = {
        hop.name
        for path in paths
        for hop in path.hops[1:]
        if not path.reverse and proxy_rule(case, hop)
    }
    for path in paths:
        found.extend(_inside(case, path, points, proxied))
        found.extend(
            lost_between(case, path, points)
            if only_captures(case)
            else _between(case, path, points)
        )
        found.extend(_at_end(case, path, points))
        found.extend(_logged(case, path, points))
    for path in paths:
        places = {(drop.node, drop.reverse) for drop in found}
        found.extend(
            one for one in made_resets(case, path, points) if (one.node, one.reverse) not in places
        )
    return tuple(
        sorted(
            found, key=lambda drop: (drop.last_seen is LastSeen.ARRIVED, ORDER.get(drop.packet, 3))
        )
    )


# what answers a SYN where an older connection of these ports is still held (RFC 5961)
CHALLENGE = "challenge ACK"
# what tells most comes first
ORDER = {"SYN": 0, "UDP": 1, "ICMP": 1, "SYN-ACK": 2, CHALLENGE: 2, "FIN": 4, "RST": 5}


def _logged(case: Case, path: Trace, points: Points) -> Iterator[Drop]:
    """Where nobody could watch, the device's own log may tell what it refused, as written now or as
    pasted."""
    for hop in path.hops:
        if hop.device is None or (hop.device, path.reverse) in points:
            continue
        told = refused_at(case, hop, path.reverse)
        if told is not None:
            yield Drop(
                hop.name,
                told.interface,
                "TCP segment" if told.packet == UNKNOWN_SEGMENT else told.packet,
                told.words,
                path.reverse,
                told.evidence,
                undated=told.doubtful,
            )


def _inside(case: Case, path: Trace, points: Points, proxied: Container[str]) -> Iterator[Drop]:
    """Came in at a device, and did not go out of it."""
    for hop in path.hops:
        point = points.get((hop.device or "", path.reverse))
        if (
            point is None
            or not point.came_in
            or _is_end(path, hop)
            or not covered(case, point.device, hop.oif)
        ):
            continue
        every = (*point.came_in, *point.went_out)
        same_after = passed_on(point.came_in, hop.name in proxied, path.reverse)
        lost = missing(_asked(path, hop, same_after), point.went_out)
        lost = overdue(case, point.device, lost, every, passing(point)) if lost else ()
        lost = _gone(case, point.device, lost) if lost else ()
        if lost:
            where = f"came in on {_on(lost, hop)} and did not go out"
            yield _drop(path, hop, _telling(path, lost, points), point, where)


def _gone(case: Case, device: str, lost: tuple[Packet, ...]) -> tuple[Packet, ...]:
    """Without those that left the device under addresses that are not known: a sequence number
    gives them away."""
    sent = {
        fingerprint(p) for name, _, p, out in captured(case) if name == device and out and p.seq
    }
    return tuple(packet for packet in lost if fingerprint(packet) not in sent)


def _asked(path: Trace, hop: Hop, packets: tuple[Packet, ...]) -> tuple[Packet, ...]:
    """Without the client's resets to strangers: they answer what it never asked for, and nobody
    waits for them."""
    if path.reverse:
        return packets
    own = (hop.flow_in, hop.flow_out)
    return tuple(
        p
        for p in packets
        if "R" not in p.flags or (p.flow and any(one.matches(p.flow) for one in own))
    )


def _is_end(path: Trace, hop: Hop) -> bool:
    return hop is path.hops[-1] and path.disposition in (
        Disposition.DELIVERED,
        Disposition.WRONG_HOST,
    )


def missing(before: tuple[Packet, ...], after: tuple[Packet, ...]) -> tuple[Packet, ...]:
    """The packets of the kinds of which a whole fingerprint never appears on the other side.

    A packet at the very end of the window may still have been on its way: it counts only where an
    earlier one of its kind is missing too, or nothing of its kind was ever seen on the other side.
    """
    gone_on = {fingerprint(packet) for packet in after}
    kinds_after = {label(packet) for packet in after}
    lost = [packet for packet in before if fingerprint(packet) not in gone_on]
    if any(packet.payload for packet in lost):
        lost = _uncovered(lost, after)
    alone = Tally(label(packet) for packet in lost)
    return tuple(p for p in lost if label(p) not in kinds_after or alone[label(p)] > 1)


def _uncovered(lost: list[Packet], after: tuple[Packet, ...]) -> list[Packet]:
    """Data may be cut otherwise on the way, or be sent again: it went on if its first byte did."""
    starts = sorted((p.seq, p.seq + p.payload) for p in after if p.payload and p.seq is not None)
    kept = []
    for packet in lost:
        at = bisect_right(starts, (packet.seq or 0, 1 << 40)) - 1
        covered = (
            packet.payload and packet.seq is not None and at >= 0 and packet.seq < starts[at][1]
        )
        if not covered:
            kept.append(packet)
    return kept


def _on(lost: tuple[Packet, ...], hop: Hop) -> str:
    return lost[0].interface or hop.iif or "an interface that is not known"


Lost = tuple[str, tuple[Packet, ...], str]  # the kind, the packets, and how to call them


def _telling(path: Trace, lost: tuple[Packet, ...], points: Points) -> Lost:
    """Of what is lost, the kind that tells most: what opens a connection comes first."""
    opening = [packet for packet in lost if label(packet) in ("SYN", "SYN-ACK")]
    kind = label((opening or lost)[0])
    if kind == "ACK" and path.reverse and _nothing_but_syns(points):
        return (
            CHALLENGE,
            lost,
            some(len(lost), f"{CHALLENGE} packet")
            + " (the server still holds an older connection of these ports)",
        )
    same_kind = tuple(packet for packet in lost if label(packet) == kind)
    return kind, same_kind, some(len(same_kind), f"{kind} packet")


def _nothing_but_syns(points: Points) -> bool:
    """Did the client open connections, and nothing more?"""
    sent = [
        packet
        for (_, reverse), one in points.items()
        if not reverse
        for packet in (*one.came_in, *one.went_out)
    ]
    return bool(sent) and all(label(packet) in ("SYN", "RST") for packet in sent)


def _drop(path: Trace, hop: Hop, lost: Lost, point: Observation, where: str) -> Drop:
    kind, packets, called = lost
    words = f"{called} {where}"
    flows = tuple(dict.fromkeys(packet.flow for packet in packets if packet.flow is not None))
    interface = packets[0].interface or hop.iif
    lost_flags = _flags(packets)
    return Drop(
        hop.name,
        interface,
        kind,
        words,
        path.reverse,
        point.evidence,
        flows=flows,
        tcp_flags=lost_flags,
    )


def _flags(packets: Iterable[Packet]) -> str | None:
    """The TCP flags that all of them have: a filter may look at any of them."""
    found = {packet.flags for packet in packets}
    return found.pop() or None if len(found) == 1 else None


def _between(case: Case, path: Trace, points: Points) -> Iterator[Drop]:
    """Sent by one device, and never seen to arrive at the next one that watched; those between are
    not visible."""
    watching = [
        (at, hop) for at, hop in enumerate(path.hops) if (hop.device or "", path.reverse) in points
    ]
    for (at, before), (then, after) in pairwise(watching):
        sent, got = (
            points[before.device or "", path.reverse],
            points[after.device or "", path.reverse],
        )
        visible = _unlike(expected(case, points, sent, got), got.went_out)
        if not visible or got.came_in or not covered(case, got.device, after.iif):
            continue
        hidden = path.hops[at + 1 : then]
        if any(refused_at(case, hop, path.reverse) is not None for hop in hidden):
            continue  # its own log tells where between them
        kind, packets, called = _telling(path, visible, points)
        left = packets[0].interface
        words = (
            f"{called} left {before.name}{f' on {left}' if left else ''} and never reached"
            f" {after.name}"
        )
        proof = (*sent.evidence, *got.evidence)
        if hidden:
            words += f"; {listed([hop.name for hop in hidden])} between them cannot be watched"
            blamed = suspect(case, path, hidden, len(packets))
            yield Drop(blamed.name, None, kind, words, path.reverse, proof, after.name)
        else:
            yield Drop(
                before.name,
                left,
                kind,
                words,
                path.reverse,
                proof,
                after.name,
                last_seen=LastSeen.LEAVING,
            )


def _unlike(packets: tuple[Packet, ...], passed_on: tuple[Packet, ...]) -> tuple[Packet, ...]:
    """Without the kinds that the next device sent on: it got such, though its capture may show one
    way only."""
    kinds = set(map(label, passed_on))
    return tuple(packet for packet in packets if label(packet) not in kinds)


def _at_end(case: Case, path: Trace, points: Points) -> Iterator[Drop]:
    """Arrived at the device it was for, again and again, and was not answered."""
    if not path.hops or not _is_end(path, path.hops[-1]):
        return
    hop = path.hops[-1]
    got = points.get((hop.device or "", path.reverse))
    back = points.get((hop.device or "", not path.reverse))
    if got is None or back is None or not got.came_in:
        return
    silent = tuple(packet for packet in got.came_in if not _answered(packet, back.went_out))
    unanswered = overdue(case, got.device, silent, (*got.came_in, *back.went_out), MARGIN)
    half_open = (
        _half_open(case, hop) if unanswered and not path.reverse and not back.went_out else None
    )
    if half_open is not None:
        words = "its socket answers (SYN-RECV), but no SYN-ACK was seen to leave it"
        yield Drop(hop.name, None, "SYN-ACK", words, True, (*got.evidence, half_open))
    elif unanswered:
        words = f"arrived {times(len(unanswered))} at {hop.name} and was not answered"
        interface, kind = _on(unanswered, hop), label(unanswered[0])
        yield Drop(
            hop.name, interface, kind, words, path.reverse, got.evidence, last_seen=LastSeen.ARRIVED
        )


def _half_open(case: Case, hop: Hop) -> str | None:
    """The evidence that the end did take the SYN and answers it, though nothing is seen."""
    flow = hop.flow_in
    for socket, item in case.all_records(hop.device or "", Question.SOCKETS, Socket):
        same_ends = (socket.local, socket.local_port, socket.remote) == (
            flow.dst,
            flow.dport,
            flow.src,
        )
        if socket.state == "SYN-RECV" and same_ends and flow.sport in (None, socket.remote_port):
            return item.id
    return None


def _answered(packet: Packet, sent: Sequence[Packet]) -> bool:
    """Did the device react to the packet? Only what asks for an answer counts."""
    kind = label(packet)
    # a server that holds an older connection of these ports answers by a mere ACK
    if kind == "SYN":
        return any(other.time >= packet.time for other in sent)
    if kind in ("UDP", "ICMP"):
        return bool(sent)
    if packet.seq is None:
        return True
    if kind == "SYN-ACK":
        return has_flag("R", sent) or any(other.ack == packet.seq + 1 for other in sent)
    if kind == "data":
        return has_flag("R", sent) or any((other.ack or 0) >= end_of(packet) for other in sent)
    return True
