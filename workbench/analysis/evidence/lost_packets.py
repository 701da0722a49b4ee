"""Which packets did not come to the other side, and which kind of them tells most?"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter as Tally
from dataclasses import dataclass

from collectors.model.records import Packet
from workbench.analysis.captures.observations import fingerprint, label
from workbench.analysis.captures.overlap import Points
from workbench.analysis.case.findings import Trace
from workbench.analysis.case.packet_kinds import PacketKind
from workbench.analysis.case.wording import some

_OPENING = frozenset({PacketKind.SYN, PacketKind.SYN_ACK})
_NO_MORE_THAN_OPENING = frozenset({PacketKind.SYN, PacketKind.RST})
_BEYOND_ANY_END = 1 << 40  # more than any sequence number


def missing(before: tuple[Packet, ...], after: tuple[Packet, ...]) -> tuple[Packet, ...]:
    """The packets of the kinds of which a whole fingerprint never appears on the other side.

    A packet at the very end of the window may still have been on its way: it counts only where an
    earlier one of its kind is missing too, or nothing of its kind was ever seen on the other side.
    """
    gone_on = {fingerprint(packet) for packet in after}
    lost = [packet for packet in before if fingerprint(packet) not in gone_on]
    if any(packet.payload for packet in lost):
        lost = _without_data_that_went_on(lost, after)
    kinds_after = {label(packet) for packet in after}
    missing_of_kind = Tally(map(label, lost))
    telling = {
        kind for kind, count in missing_of_kind.items() if kind not in kinds_after or count > 1
    }
    return tuple(packet for packet in lost if label(packet) in telling)


def _without_data_that_went_on(lost: list[Packet], after: tuple[Packet, ...]) -> list[Packet]:
    """Data may be cut otherwise on the way, or be sent again: it went on if its first byte did."""
    data = (packet for packet in after if packet.payload and packet.seq is not None)
    parts = sorted(_bytes(packet) for packet in data)
    return [packet for packet in lost if not _first_byte_in(packet, parts)]


def _bytes(packet: Packet) -> tuple[int, int]:
    """From which number to which, the last one left out."""
    start = packet.seq or 0
    return start, start + packet.payload


def _first_byte_in(packet: Packet, parts: list[tuple[int, int]]) -> bool:
    if not packet.payload or packet.seq is None:
        return False
    at = bisect_right(parts, (packet.seq, _BEYOND_ANY_END)) - 1
    return at >= 0 and packet.seq < parts[at][1]


@dataclass(frozen=True, slots=True)
class Lost:
    """Lost packets of one kind, and how to call them."""

    kind: PacketKind
    packets: tuple[Packet, ...]
    aside: str = ""  # what this kind means here

    @property
    def brief(self) -> str:
        """`3 SYN-ACK packets`."""
        return some(len(self.packets), f"{self.kind} packet")

    @property
    def words(self) -> str:
        """The same, and what it means."""
        return f"{self.brief} ({self.aside})" if self.aside else self.brief


def most_telling(path: Trace, lost: tuple[Packet, ...], points: Points) -> Lost:
    """Of what is lost, the kind that tells most: what opens a connection comes first."""
    opening = [packet for packet in lost if label(packet) in _OPENING]
    kind = label((opening or lost)[0])
    if kind is PacketKind.ACK and path.reverse and _client_only_opened(points):
        held = "the server still holds an older connection of these ports"
        return Lost(PacketKind.CHALLENGE_ACK, lost, held)
    return Lost(kind, tuple(packet for packet in lost if label(packet) == kind))


def _client_only_opened(points: Points) -> bool:
    """Did the client open connections, and nothing more?"""
    kinds: set[PacketKind] = set()
    for (_, reverse), point in points.items():
        if not reverse:
            kinds.update(map(label, (*point.came_in, *point.went_out)))
    return bool(kinds) and kinds <= _NO_MORE_THAN_OPENING
