"""When did each capture surely run? What one point saw and another did not counts only where both
ran."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

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
    """A time in which a capture surely ran, by the clock of its device. `told`: its end is known,
    not only seen."""

    since: float
    until: float
    told: bool = True

    def holds(self, moment: float) -> bool:
        """Did it run then?"""
        return self.since <= moment <= self.until

    @property
    def seconds(self) -> float:
        """How long did it surely run?"""
        return max(0.0, self.until - self.since)


def span(item: Evidence) -> Span | None:
    """When did this capture surely run? None = nothing tells."""
    times = [packet.time for packet in item.of(Packet)]
    if item.truncated:
        return Span(min(times), max(times)) if times else None
    if not item.duration or item.pasted_by:
        return Span(min(times), max(times), told=False) if times else None
    since, until = _started(item), _ended(item)
    if not times:
        return Span(since, until) if since < until else None
    return Span(min(since, *times), max(until, *times))


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
        usable = (e for e in case.answers(device, Question.CAPTURE) if e.status is Status.ANSWERED)
        every = ((span(item), item.clock_offset) for item in usable)
        clipped = (_clipped(case, one, ahead) for one, ahead in every if one is not None)
        case.memo[key] = tuple(one for one in clipped if one.since <= one.until)
    found: tuple[Span, ...] = case.memo[key]
    return found


def _clipped(case: Case, one: Span, ahead: float) -> Span:
    """Without the time in which another capture saw nothing more: it is not compared."""
    until = min(
        (b.since + ahead for b in blind(case) if one.since < b.until + ahead), default=one.until
    )
    return replace(one, until=min(one.until, until))


def another_time(case: Case, device: str, others: Iterable[str]) -> bool:
    """Did the pasted captures of this device surely not run while those of the
    others did?"""
    mine, theirs = spans(case, device), [one for name in others for one in spans(case, name)]
    known = [*mine, *theirs]
    if not mine or not theirs or any(one.told or not one.since for one in known):
        return False
    return all(_apart(one, other) > CLOCKS for one in mine for other in theirs)


def _apart(one: Span, other: Span) -> float:
    """Seconds between them; where only one of them tells the day, by the time of day."""
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
    return newest.clock_offset if newest else 0.0


def unsure(case: Case, device: str) -> float:
    """How far may that be wrong, in seconds?"""
    newest = case.answer(device, Question.CAPTURE)
    return newest.clock_uncertainty if newest else 0.0
