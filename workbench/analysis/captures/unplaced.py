"""Captures at unknown places: which side of a box does each show, and what does not come from one
to the next?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

from collectors.model.records import Packet
from workbench.analysis.captures.capture_filters import shows_later_fragments
from workbench.analysis.captures.conversations import data_of, end_of, start_of
from workbench.analysis.captures.observations import fingerprint, label, loosely
from workbench.analysis.captures.overlap import Points, expected
from workbench.analysis.case.case import Case
from workbench.analysis.case.drop import Drop, LastSeen
from workbench.analysis.case.findings import Observation, Trace
from workbench.analysis.case.packet_kinds import PacketKind
from workbench.analysis.case.wording import some

COMPARED = 1000  # packets that suffice to know a box from a tap


def as_taps(every: tuple[Observation, ...]) -> tuple[Observation, ...]:
    """A point that never saw one packet both come in and go on is a tap: what it saw passed there,
    whole."""
    boxes = {one.device for one in filter(_forwards, every)}
    return tuple(one if one.device in boxes else _whole(one) for one in every)


def _forwards(observation: Observation) -> bool:
    """Was a packet seen on both sides of a box? Routing takes one from its TTL; without it, the two
    interfaces tell."""
    came = {fingerprint(packet): packet for packet in observation.came_in[:COMPARED]}
    for packet in observation.went_out[:COMPARED]:
        before = came.get(fingerprint(packet))
        if before is not None and _passed_on(before, packet):
            return True
    return False


def _passed_on(before: Packet, after: Packet) -> bool:
    if before.ttl is None and after.ttl is None:
        return _changed_sides(before, after)
    return _ttl(before) == _ttl(after) + 1


def _ttl(packet: Packet) -> int:
    return packet.ttl or 0


def _changed_sides(before: Packet, after: Packet) -> bool:
    """Did it come in by one interface, and go out by another one later?"""
    sides = (before.outgoing, after.outgoing)
    if sides != (False, True) or before.time > after.time:
        return False
    if before.interface is None or after.interface is None:
        return False
    return before.interface != after.interface


def _whole(observation: Observation) -> Observation:
    came, went = observation.came_in, observation.went_out
    if not came or not went:
        passed = came or went
    elif _shows_the_same_twice(observation):
        return observation
    else:
        every = {id(packet): packet for packet in (*came, *went)}
        passed = tuple(sorted(every.values(), key=lambda packet: packet.time))
    return replace(observation, came_in=passed, went_out=passed)


def _shows_the_same_twice(observation: Observation) -> bool:
    """Does each packet stand on both sides already?"""
    came, went = observation.came_in, observation.went_out
    if len(came) != len(went):
        return False
    return came[0] is went[0] and came[-1] is went[-1]


def lost_between(case: Case, path: Trace, points: Points) -> Iterator[Drop]:
    """Kinds of packets that pass one point and never come to the next: the handshake's first, then
    data."""
    watching = [hop for hop in path.hops if (hop.device or "", path.reverse) in points]
    for before, after in pairwise(watching):
        sent = points[before.device or "", path.reverse]
        got = points[after.device or "", path.reverse]
        shown = _shown(case, got.device, expected(case, points, sent, got))
        lost = _lost(shown, got.came_in)
        if lost:
            proof = (*sent.evidence, *got.evidence)
            yield _drop(lost, before.name, after.name, path.reverse, proof)


def _drop(
    lost: list[Packet], before: str, after: str, reverse: bool, proof: tuple[str, ...]
) -> Drop:
    kind = kind_of(lost[0])
    packets = some(len(lost), f"{kind} packet")
    return Drop(
        before,
        lost[0].interface,
        kind,
        f"{packets} passed {before} and never came to {after}",
        reverse,
        proof,
        after,
        last_seen=LastSeen.LEAVING,
    )


def _shown(case: Case, device: str, packets: tuple[Packet, ...]) -> tuple[Packet, ...]:
    """Those that its capture could show at all: a filter for ports leaves later fragments out."""
    if shows_later_fragments(case, device):
        return packets
    return tuple(packet for packet in packets if kind_of(packet) is not PacketKind.LATER_FRAGMENT)


def kind_of(packet: Packet) -> PacketKind:
    """The packet in a word; the parts of a datagram after its first have no ports."""
    if not packet.fragment or packet.flow is None:
        return label(packet)
    return PacketKind.LATER_FRAGMENT if packet.flow.dport is None else label(packet)


def _lost(sent: tuple[Packet, ...], got: tuple[Packet, ...]) -> list[Packet]:
    """Of the first kind of which nothing came, all; a SYN that was sent again and never came counts
    by itself."""
    came, kinds = set(map(loosely, got)), set(map(kind_of, got))
    for kind, mine in _by_kind(sent).items():
        missing = [packet for packet in mine if loosely(packet) not in came]
        if kind not in kinds:
            return missing or mine
        if kind is PacketKind.DATA:
            missing = _beyond(missing, got)
        if kind in _SENT_AGAIN and _repeated(missing):
            return missing
    return []


_SENT_AGAIN = frozenset({PacketKind.SYN, PacketKind.SYN_ACK, PacketKind.DATA})


def _beyond(data: list[Packet], got: tuple[Packet, ...]) -> list[Packet]:
    """Of this data, what lies behind all that came."""
    upto = max(map(end_of, data_of(got)), default=0)
    return [packet for packet in data if start_of(packet) >= upto]


def _by_kind(packets: tuple[Packet, ...]) -> dict[PacketKind, list[Packet]]:
    found: dict[PacketKind, list[Packet]] = {}
    for packet in packets:
        found.setdefault(kind_of(packet), []).append(packet)
    return found


def _repeated(packets: list[Packet]) -> bool:
    """Was the same one sent more than once?"""
    return len({packet.seq for packet in packets}) < len(packets)
