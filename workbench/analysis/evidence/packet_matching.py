"""Which packets of one point did no later point see?"""

from __future__ import annotations

from collections import Counter as Tally
from collections.abc import Callable, Iterable
from itertools import pairwise
from math import inf

from collectors.model.records import Packet
from workbench.analysis.captures.conversations import data_of
from workbench.analysis.captures.observations import Print, fingerprint, loosely


def named(packet: Packet) -> bool:
    """Is it distinguished from others like it?"""
    return packet.seq is not None or bool(packet.ip_id)


def unseen_later(sent: list[Packet], later: list[list[Packet]], most: float) -> list[bool]:
    """Which of these did no later point see? None of them where more than that share is not found
    again."""
    for mark in (fingerprint, loosely):
        gone = _gone(sent, later, mark)
        if sum(gone) < most * len(gone):
            return _without_data_that_came(sent, gone, later)
    return []


def _gone(
    sent: list[Packet], later: list[list[Packet]], mark: Callable[[Packet], Print]
) -> list[bool]:
    """Of those with one mark, as many are gone as were sent more often than they came; the first
    ones are taken."""
    marks = [mark(packet) for packet in sent]
    surplus = Tally(marks)
    came = Tally[Print]()
    for packets in later:
        came |= Tally(one for one in map(mark, packets) if one in surplus)
    surplus.subtract(came)
    found = []
    for one in marks:
        gone = surplus[one] > 0
        surplus[one] -= gone
        found.append(gone)
    return found


def in_time(sent: list[Packet], missing: list[bool], later: tuple[Packet, ...]) -> list[bool]:
    """Of datagrams that nothing tells apart, those are gone behind which none left before the next
    one came.

    Within one device, whose clock is one; as many stay missing as were.
    """
    alike = [at for at, packet in enumerate(sent) if not named(packet)] if missing else []
    gone = sum(missing[at] for at in alike)
    if gone in (0, len(alike)):
        return missing
    came = [sent[at].time for at in alike]
    left = [packet.time for packet in later if not named(packet)]
    passed = {
        at for at, span in zip(alike, pairwise([*came, inf]), strict=True) if _any_in(left, span)
    }
    if len(passed) != len(alike) - gone:
        return missing
    found = list(missing)
    for at in alike:
        found[at] = at not in passed
    return found


def _any_in(moments: list[float], span: tuple[float, float]) -> bool:
    since, until = span
    return any(since <= moment < until for moment in moments)


def _without_data_that_came(
    sent: list[Packet], gone: list[bool], later: list[list[Packet]]
) -> list[bool]:
    """Data may be cut otherwise further on: it is there as often as its first byte is."""
    held = [data_of(packets) for packets in later]
    both = zip(sent, gone, strict=True)
    return [missing and _came_too_seldom(packet, sent, held) for packet, missing in both]


def _came_too_seldom(packet: Packet, sent: list[Packet], held: list[list[Packet]]) -> bool:
    """Was the packet's first byte seen less often later than it was sent?"""
    if not packet.payload or packet.seq is None:
        return True
    came = max((_times_covered(packet, packets) for packets in held), default=0)
    return came < _times_covered(packet, sent)


def _times_covered(packet: Packet, packets: Iterable[Packet]) -> int:
    return sum(_covers(one, packet) for one in packets)


def _covers(one: Packet, packet: Packet) -> bool:
    return one.seq is not None and one.seq <= (packet.seq or 0) < one.seq + one.payload
