"""From when on did a capture that was cut see nothing more? Then nobody's captures are compared any
longer.

A capture that ends early makes every packet after it look lost there. What the others saw since is
left out: the window is as long as the shortest capture, and what is concluded is less sure, not
wrong.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf

from collectors.model.evidence import Evidence, Question
from collectors.model.records import Packet
from workbench.analysis.case.case import Case

# seconds: in less, TCP's own first timeout (RFC 6298), a packet need not have come so far
LEAST = 1.5


@dataclass(frozen=True, slots=True)
class CutCapture:
    """A time in which a capture should have run and did not; epoch seconds by our clock."""

    since: float
    until: float

    def holds(self, moment: float) -> bool:
        """Was it blind then?"""
        return self.since < moment <= self.until


def blind(case: Case) -> tuple[CutCapture, ...]:
    """The times after a capture was cut until it should have ended."""
    if "blind" not in case.memo:
        captures = (
            e for d in case.inventory.devices for e in case.answers(d.name, Question.CAPTURE)
        )
        case.memo["blind"] = tuple(_rest(case, item) for item in captures if item.truncated)
    found: tuple[CutCapture, ...] = case.memo["blind"]
    return found


def _rest(case: Case, item: Evidence) -> CutCapture:
    last = max(
        (packet.time - item.clock_offset for packet in item.of(Packet)), default=item.taken_at
    )
    planned = item.params.seconds or item.duration
    if planned and not item.pasted_by:
        return CutCapture(last, item.taken_at + max(planned, item.duration))
    return CutCapture(last, _next_capture(case, item, last))


def _next_capture(case: Case, item: Evidence, last: float) -> float:
    """When does the next capture of the same place begin? Lines that somebody left out lie between
    the two."""
    others = (
        e
        for e in case.usable(item.device, Question.CAPTURE)
        if e.params.interface == item.params.interface
    )
    starts = (min(p.time for p in e.of(Packet)) - e.clock_offset for e in others if e.of(Packet))
    return min((start for start in starts if start > last), default=inf)


def overlooked(case: Case, item: Evidence, packet: Packet) -> bool:
    """Was the packet captured while another capture, or this one, was blind already?"""
    times = blind(case)
    return bool(times) and any(one.holds(packet.time - item.clock_offset) for one in times)


def too_short(case: Case, item: Evidence) -> bool:
    """Did this capture end so soon, or is so little of it compared, that what it lacks says
    nothing?"""
    began = item.taken_at
    return any(one.since <= began + LEAST and began < one.until for one in blind(case))
