"""When did each capture surely run? What one point saw and another did not counts only where both
ran."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import product, starmap

from collectors.model.evidence import Evidence, Question, Status
from collectors.model.records import Packet
from workbench.analysis.captures.cut_captures import blind
from workbench.analysis.case.case import Case

DAY = 86400.0
CLOCKS = 60.0  # seconds that the clocks of two devices differ, at most, where nobody measured them
# seconds that a capture which was asked for needs at most until it runs; a packet seen says it
# sooner
STARTING = 0.5


@dataclass(frozen=True, slots=True)
class Span:
    """A time in which a capture surely ran, by the clock of its device.

    `end_known`: its end is known, not only seen.
    """

    since: float
    until: float
    end_known: bool = True

    def holds(self, moment: float) -> bool:
        """Did it run then?"""
        return self.since <= moment <= self.until

    @property
    def seconds(self) -> float:
        """How long did it surely run?"""
        return max(0.0, self.until - self.since)


def span(item: Evidence) -> Span | None:
    """When did this capture surely run? None = nothing shows it."""
    times = [packet.time for packet in item.of(Packet)]
    if item.truncated:
        return _seen(times, end_known=True)
    if not item.duration or item.pasted_by:
        return _seen(times, end_known=False)
    since, until = _started(item), _ended(item)
    if times:
        return Span(min(since, *times), max(until, *times))
    if since >= until:
        return None
    return Span(since, until)


def _seen(times: list[float], *, end_known: bool) -> Span | None:
    """From the first packet to the last."""
    if not times:
        return None
    return Span(min(times), max(times), end_known)


def _started(item: Evidence) -> float:
    """It was sent at `taken_at`; the time that it took beyond its own length may have passed before
    it began."""
    beyond = item.duration - (item.params.seconds or item.duration)
    return item.taken_at + item.clock_offset + max(item.clock_uncertainty, beyond) + STARTING


def _ended(item: Evidence) -> float:
    """It did not end before its time was over, unless the answer came sooner; and the answer had to
    travel."""
    back = item.duration - item.clock_uncertainty
    return item.taken_at + item.clock_offset + min(item.params.seconds or back, back)


def spans(case: Case, device: str) -> tuple[Span, ...]:
    """Every time in which a capture surely ran on the device, by its own clock."""
    key = ("spans", device)
    if key not in case.memo:
        case.memo[key] = tuple(_spans(case, device))
    found: tuple[Span, ...] = case.memo[key]
    return found


def _spans(case: Case, device: str) -> Iterator[Span]:
    for item in case.answers(device, Question.CAPTURE):
        one = span(item) if item.status is Status.ANSWERED else None
        if one is None:
            continue
        compared = _clipped(case, one, item.clock_offset)
        if compared.since <= compared.until:
            yield compared


def _clipped(case: Case, one: Span, ahead: float) -> Span:
    """Without the time in which another capture saw nothing more: it is not compared."""
    gaps = (gap for gap in blind(case) if one.since < gap.until + ahead)
    until = min((gap.since + ahead for gap in gaps), default=one.until)
    return replace(one, until=min(one.until, until))


def another_time(case: Case, device: str, others: Iterable[str]) -> bool:
    """Did the pasted captures of this device surely not run while those of the
    others did?"""
    mine = spans(case, device)
    theirs = [one for name in others for one in spans(case, name)]
    if not mine or not theirs:
        return False
    if not all(map(_is_of_a_text, (*mine, *theirs))):
        return False
    return all(starmap(_far_apart, product(mine, theirs)))


def _far_apart(one: Span, other: Span) -> bool:
    return _apart(one, other) > CLOCKS


def _is_of_a_text(one: Span) -> bool:
    """Is it known by the times of its packets alone, and do these show the time of day?"""
    return not one.end_known and one.since != 0.0


def _apart(one: Span, other: Span) -> float:
    """Seconds between them; where only one of them has a date, by the time of day."""
    if (one.until > DAY) is not (other.until > DAY):
        one, other = _within_a_day(one), _within_a_day(other)
    return max(one.since - other.until, other.since - one.until)


def _within_a_day(one: Span) -> Span:
    return replace(one, since=one.since % DAY, until=one.since % DAY + one.until - one.since)


def at(running: Iterable[Span], moment: float) -> Span | None:
    """The capture that ran at that moment."""
    return next((one for one in running if one.holds(moment)), None)


def offset(case: Case, device: str) -> float:
    """How far is the clock of the device's captures ahead of ours?"""
    newest = case.answer(device, Question.CAPTURE)
    if newest is None:
        return 0.0
    return newest.clock_offset


def unsure(case: Case, device: str) -> float:
    """How far may that be wrong, in seconds?"""
    newest = case.answer(device, Question.CAPTURE)
    if newest is None:
        return 0.0
    return newest.clock_uncertainty
