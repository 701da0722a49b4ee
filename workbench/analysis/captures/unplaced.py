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
from workbench.analysis.case.findings import Observation, Trace
from workbench.analysis.case.verdict import Drop, LastSeen
from workbench.analysis.case.wording import some

LATER = "later fragment"
TOLD = 1000  # packets that suffice to tell a box from a tap


def as_taps(sights: tuple[Observation, ...]) -> tuple[Observation, ...]:
    """A point that never saw one packet both come in and go on is a tap: what it saw passed there,
    whole."""
    boxes = {one.device for one in sights if _forwards(one)}
    return tuple(one if one.device in boxes else _whole(one) for one in sights)


def _forwards(sight: Observation) -> bool:
    """Was a packet seen on both sides of a box? Routing takes one from its TTL; without it, the two
    interfaces tell."""
    came = {fingerprint(packet): packet for packet in sight.came_in[:TOLD]}
    both = ((came.get(fingerprint(packet)), packet) for packet in sight.went_out[:TOLD])
    return any(_passed_on(before, packet) for before, packet in both if before is not None)


def _passed_on(before: Packet, after: Packet) -> bool:
    if before.ttl is None and after.ttl is None:
        return _changed_sides(before, after)
    return (before.ttl or 0) == (after.ttl or 0) + 1


def _changed_sides(before: Packet, after: Packet) -> bool:
    """Did it come in by one interface, and go out by another one later?"""
    in_and_out = before.outgoing is False and after.outgoing is True
    if not in_and_out or None in (before.interface, after.interface):
        return False
    return before.time <= after.time and before.interface != after.interface


def _whole(sight: Observation) -> Observation:
    came, went = sight.came_in, sight.went_out
    if not came or not went:
        return replace(sight, came_in=came or went, went_out=came or went)
    if len(came) == len(went) and came[0] is went[0] and came[-1] is went[-1]:
        return sight
    every = {id(packet): packet for packet in (*came, *went)}
    passed = tuple(sorted(every.values(), key=lambda packet: packet.time))
    return replace(sight, came_in=passed, went_out=passed)


def lost_between(case: Case, path: Trace, points: Points) -> Iterator[Drop]:
    """Kinds of packets that pass one point and never come to the next: the handshake's first, then
    data."""
    watching = [hop for hop in path.hops if (hop.device or "", path.reverse) in points]
    for before, after in pairwise(watching):
        sent = points[before.device or "", path.reverse]
        got = points[after.device or "", path.reverse]
        shown = _shown(case, after.device or "", expected(case, points, sent, got))
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
    return tuple(packet for packet in packets if kind_of(packet) != LATER)


def kind_of(packet: Packet) -> str:
    """The packet in a word; the parts of a datagram after its first have no ports."""
    later = packet.fragment and packet.flow is not None and packet.flow.dport is None
    return LATER if later else label(packet)


def _lost(sent: tuple[Packet, ...], got: tuple[Packet, ...]) -> list[Packet]:
    """Of the first kind of which nothing came, all; a SYN that was sent again and never came counts
    by itself."""
    come, kinds = {loosely(packet) for packet in got}, {kind_of(packet) for packet in got}
    upto = max((end_of(packet) for packet in data_of(got)), default=0)
    for kind, mine in _by_kind(sent).items():
        missing = [packet for packet in mine if loosely(packet) not in come]
        if kind not in kinds:
            return missing or mine
        if kind in ("SYN", "SYN-ACK") and _repeated(missing):
            return missing
        beyond = [packet for packet in missing if start_of(packet) >= upto]
        if kind == "data" and _repeated(beyond):
            return beyond
    return []


def _by_kind(packets: tuple[Packet, ...]) -> dict[str, list[Packet]]:
    found: dict[str, list[Packet]] = {}
    for packet in packets:
        found.setdefault(kind_of(packet), []).append(packet)
    return found


def _repeated(packets: list[Packet]) -> bool:
    """Was the same one sent more than once?"""
    return len({packet.seq for packet in packets}) < len(packets)
