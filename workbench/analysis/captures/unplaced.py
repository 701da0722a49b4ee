"""Captures at unknown places: which side of a box does each show, and what does not come from one
to the next?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from collectors.model.records import Packet
from workbench.analysis.captures.capture_filters import shows_later_fragments
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
        told = before.outgoing is False and after.outgoing is True and before.time <= after.time
        return (
            told
            and None not in (before.interface, after.interface)
            and before.interface != after.interface
        )
    return (before.ttl or 0) == (after.ttl or 0) + 1


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
    for before, after in zip(watching, watching[1:], strict=False):
        sent, got = (
            points[before.device or "", path.reverse],
            points[after.device or "", path.reverse],
        )
        lost = _lost(
            _shown(case, after.device or "", expected(case, points, sent, got)), got.came_in
        )
        if lost:
            kind = kind_of(lost[0])
            words = (
                f"{some(len(lost), f'{kind} packet')} passed {before.name} and never came to"
                f" {after.name}"
            )
            proof = (*sent.evidence, *got.evidence)
            at = lost[0].interface
            yield Drop(
                before.name,
                at,
                kind,
                words,
                path.reverse,
                proof,
                after.name,
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
    upto = max((p.seq + p.payload for p in got if p.payload and p.seq is not None), default=0)
    by_kind: dict[str, list[Packet]] = {}
    for packet in sent:
        by_kind.setdefault(kind_of(packet), []).append(packet)
    for kind, mine in by_kind.items():
        missing = [packet for packet in mine if loosely(packet) not in come]
        if kind not in kinds or (kind in ("SYN", "SYN-ACK") and _repeated(missing)):
            return missing or mine
        if (
            kind == "data"
            and (beyond := [p for p in missing if (p.seq or 0) >= upto])
            and _repeated(beyond)
        ):
            return beyond
    return []


def _repeated(packets: list[Packet]) -> bool:
    """Was the same one sent more than once?"""
    return len({packet.seq for packet in packets}) < len(packets)
