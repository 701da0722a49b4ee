"""A device that was watched on several interfaces: the same packet comes in where it is seen first,
and goes out after.

Its clock is the same for all of them, so the order holds without hardware addresses, TTL or
directions in the capture, and also where the device translates: sequence numbers stay.
"""

from __future__ import annotations

from collections.abc import Iterable

from collectors.model.evidence import Evidence
from collectors.model.records import Packet

RANDOM = 1 << 16  # sequence numbers below may be relative ones, as tcpdump prints them
Mark = tuple[object, ...]
Seen = tuple[float, str, Packet]


def outgoing_by_order(packets: Iterable[tuple[Evidence, Packet]]) -> dict[int, bool]:
    """Which packets (by identity) went out, and which came in; what was seen on one interface only
    is left out."""
    groups: dict[Mark, list[Seen]] = {}
    for item, packet in packets:
        place = packet.interface or item.params.interface
        if place is None or packet.outgoing is not None:
            continue
        mark = _mark(packet)
        if mark is not None:
            groups.setdefault(mark, []).append((packet.time, place, packet))
    found = {}
    for group in groups.values():
        for packet, outgoing in _ordered(group):
            found[id(packet)] = outgoing
    return found


def _ordered(group: list[Seen]) -> Iterable[tuple[Packet, bool]]:
    first: dict[str, float] = {}
    for time, place, _ in group:
        first[place] = min(first.get(place, time), time)
    if len(first) != 2 or len(set(first.values())) != 2:
        return ()
    entered = min(first, key=lambda place: first[place])
    return [(packet, place != entered) for _, place, packet in group]


def _mark(packet: Packet) -> Mark | None:
    """What no other packet has; datagrams without an IP ID are not distinguished."""
    if packet.seq is None:
        return (packet.length, packet.ip_id, packet.icmp) if packet.ip_id else None
    if packet.seq <= RANDOM:
        return None
    return (packet.flags, packet.seq, packet.ack, packet.payload)
