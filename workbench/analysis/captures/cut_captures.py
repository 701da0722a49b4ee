"""From when on did a capture that was cut see nothing more? Then nobody's captures are compared any
longer.

A capture that ends early makes every packet after it look lost there. What the others saw since is
left out: the window is as long as the shortest capture, and what is concluded is less sure, not
wrong.
"""

from __future__ import annotations

from collections.abc import Iterator
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
        case.memo["blind"] = tuple(_blind(case))
    found: tuple[CutCapture, ...] = case.memo["blind"]
    return found


def _blind(case: Case) -> Iterator[CutCapture]:
    for device in case.inventory.devices:
        for item in case.answers(device.name, Question.CAPTURE):
            if item.truncated:
                yield _rest(case, item)


def _times(item: Evidence) -> list[float]:
    """When its packets were seen, by our clock."""
    return [packet.time - item.clock_offset for packet in item.of(Packet)]


def _rest(case: Case, item: Evidence) -> CutCapture:
    last = max(_times(item), default=item.taken_at)
    planned = item.params.seconds or item.duration
    if planned and not item.pasted_by:
        return CutCapture(last, item.taken_at + max(planned, item.duration))
    return CutCapture(last, _next_capture(case, item, last))


def _next_capture(case: Case, item: Evidence, last: float) -> float:
    """When does the next capture of the same place begin? Lines that somebody left out lie between
    the two."""
    starts = []
    for other in case.usable(item.device, Question.CAPTURE):
        if other.params.interface != item.params.interface:
            continue
        starts.append(min(_times(other), default=-inf))
    return min((start for start in starts if start > last), default=inf)


def overlooked(case: Case, item: Evidence, packet: Packet) -> bool:
    """Was the packet captured while another capture, or this one, was blind already?"""
    moment = packet.time - item.clock_offset
    return any(one.holds(moment) for one in blind(case))


def too_short(case: Case, item: Evidence) -> bool:
    """Did this capture end so soon, or is so little of it compared, that what it lacks says
    nothing?"""
    began = item.taken_at
    return any(one.since <= began + LEAST and began < one.until for one in blind(case))
