"""How old was a log line when it was pasted? By the moments that stand in the same text: `date`,
captures, other lines.

A device writes its own local time. Where only one of two moments says its zone, they may be most of
a day apart.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from collectors.model.words import LATELY

_AHEAD = 300.0  # seconds by which a line may lie after the moment that tells of today
_ZONES = 14 * 3600.0  # seconds between two zones, at most
_DAY = 86400.0
_HALF = 183 * _DAY  # lines of a log go on from December to January
_ANY_YEAR = 2000  # a leap year stands for the year that nobody wrote
_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
_MONTH = rf"(?P<month>{'|'.join(_MONTHS)})"
_CLOCK = r"(?P<clock>\d{1,2}:\d\d:\d\d)(?: (?P<half>[AP]M)\b)?"
_ZONE = r"(?P<zone>UTC|GMT|Z|[+-]\d\d:?\d\d|[A-Z]{3,5})"
_WORDS = (
    # 2026-11-30T02:15:01.123+0000 / 2026-11-30 02:13:07.120011 IP ...
    (
        rf"\b(?P<year>\d{{4}})-(?P<number>\d\d)-(?P<day>\d\d)[T ]{_CLOCK}(?:[.,]\d{{1,9}})?(?:"
        rf" ?{_ZONE})?"
    ),
    # Mon Nov 30 02:15:01 UTC 2026 / Mon Nov 30 02:15:01 2026
    rf"\b{_MONTH} +(?P<day>\d{{1,2}}) {_CLOCK}(?: {_ZONE})? (?P<year>\d{{4}})\b",
    # Mon, 30 Nov 2026 02:15:01 +0000 / Mon 30 Nov 2026 02:15:01 AM UTC
    rf"\b(?P<day>\d{{1,2}}) {_MONTH} (?P<year>\d{{4}}),? {_CLOCK}(?: {_ZONE})?",
    # Monday, November 30, 2026 10:15:20 AM: Get-Date of Windows
    rf"\b{_MONTH}[a-z]{{0,6}} (?P<day>\d{{1,2}}), (?P<year>\d{{4}}) {_CLOCK}",
    # Sep 28 02:13:07 fw kernel: no year, no zone
    rf"\b{_MONTH} +(?P<day>\d{{1,2}}) {_CLOCK}",
)
_PATTERNS = tuple(re.compile(words) for words in _WORDS)
# [8812733.120931] since the start of the device; 02:13:07.120011 IP ... of a capture: of an unknown
# day
_SINCE_START = re.compile(r"(?:^|kernel: |\] |> )\[ {0,8}(\d{1,10}\.\d{6})\]")
_CAPTURED = re.compile(r"^(\d\d:\d\d:\d\d)\.\d{3,9} ")
_LINE = 300  # characters of a line that are looked at
_LOGGED = re.compile(
    r"\bIN=\S* OUT=|martian |_conntrack: table full| kernel: |\bdropped\b|\bipfw: |\b(?:DROP|ALLOW)"
    r" (?:TCP|UDP|ICMP)"
    r"|\b(?:DROPPED|DENIED)\b"
)


@dataclass(frozen=True, slots=True)
class LocalTime:
    """A local time in seconds; `zone` = how far that is ahead of UTC, None = not shown. No year =
    of
    the newest."""

    seconds: float
    zone: float | None = None
    yearless: bool = False


@dataclass(frozen=True, slots=True)
class StatedTimes:
    """What a text says of when it was taken."""

    now: tuple[LocalTime, ...] = ()  # given by clocks and captures
    logged: tuple[LocalTime, ...] = ()  # given by lines of logs: they are of that day or earlier
    started: float | None = None  # the newest line that counts since the start of the device
    clocks: tuple[float, ...] = ()  # times of days that nobody named, in seconds


def moment_of(line: str) -> LocalTime | None:
    """The first moment in a line; of "Logs begin at ..., end at ..." the end."""
    plain = line[:_LINE]
    if plain.startswith("-- Logs begin"):
        plain = plain.partition("end at ")[2]
    for pattern in _PATTERNS:
        if found := pattern.search(plain):
            return _possible(found.groupdict())
    return None


def _possible(parts: dict[str, str | None]) -> LocalTime | None:
    try:
        return _moment(parts)
    except ValueError:  # the 31st of February
        return None


def _moment(parts: dict[str, str | None]) -> LocalTime:
    year, month = parts.get("year"), parts.get("month")
    number = _MONTHS.index(month) + 1 if month else int(parts.get("number") or 0)
    hour, minute, second = map(int, (parts["clock"] or "").split(":"))
    if parts.get("half"):
        hour = hour % 12 + 12 * (parts["half"] == "PM")
    day = datetime(
        int(year or _ANY_YEAR),
        number,
        int(parts["day"] or 0),
        hour,
        minute,
        min(second, 59),
        tzinfo=UTC,
    )
    return LocalTime(day.timestamp(), _zone(parts.get("zone")), year is None)


def _zone(word: str | None) -> float | None:
    if word in ("UTC", "GMT", "Z"):
        return 0.0
    found = re.fullmatch(r"([+-])(\d\d):?(\d\d)", word or "")
    if found is None:
        return None
    seconds = int(found[2]) * 3600.0 + int(found[3]) * 60
    return -seconds if found[1] == "-" else seconds


def stated_times(texts: Iterable[str]) -> StatedTimes:
    """Everything that these outputs of one device say of when they were taken."""
    now, logged, clocks, started = (
        list[LocalTime](),
        list[LocalTime](),
        list[float](),
        list[float](),
    )
    for line in (line for text in texts for line in text.splitlines()):
        moment = moment_of(line)
        if moment is not None:
            (logged if _LOGGED.search(line) or moment.yearless else now).append(moment)
        if since := _SINCE_START.search(line[:_LINE]):
            started.append(float(since[1]))
        if captured := _CAPTURED.match(line):
            clocks.append(_seconds(captured[1]))
    return StatedTimes(tuple(now), tuple(logged), max(started, default=None), tuple(clocks))


def _seconds(clock: str) -> float:
    hour, minute, second = map(int, clock.split(":"))
    return hour * 3600.0 + minute * 60 + second


def age_of(line: str, known: StatedTimes, written: float | None = None) -> float | None:
    """Seconds from the line to the newest moment that its text tells of; `written` = by UTC. None =
    not known.

    Other lines of the log tell only that a line is old; that it is of this failure tells a clock,
    or a capture.
    """
    mine = LocalTime(written, 0.0) if written is not None else moment_of(line)
    if mine is None:
        return _since_start(line, known)
    by_clocks = [_between(mine, one) for one in known.now]
    by_others = [_between(mine, one, _HALF) for one in known.logged]
    newest = max(_known([*by_clocks, *by_others]), default=0.0)
    if newest > LATELY:
        return newest
    near = [age for age in _known(by_clocks) if -_AHEAD <= age <= LATELY]
    if near:
        return max(0.0, *near)
    at_that_time = any(_same_time(mine.seconds % _DAY, clock) for clock in known.clocks)
    return 0.0 if at_that_time else None


def _known(ages: Iterable[float | None]) -> list[float]:
    return [age for age in ages if age is not None]


def _since_start(line: str, known: StatedTimes) -> float | None:
    """A line that counts since the start is old beside a newer one; nothing says that the newest is
    of now."""
    found = _SINCE_START.search(line[:_LINE])
    if not found or known.started is None:
        return None
    age = known.started - float(found[1])
    return age if age > LATELY else None


def _between(mine: LocalTime, other: LocalTime, ahead: float = _DAY) -> float | None:
    """From mine to the other, which it is at most so far ahead of. None = their zones leave it
    open."""
    age = other.seconds - mine.seconds
    if mine.yearless or other.yearless:
        age = _within_a_year(mine, other, ahead)
    if mine.zone is None:
        return age  # it is as local as the other
    if other.zone is not None:
        return age + mine.zone - other.zone
    if age <= LATELY:
        return age
    # its own local time may lie anywhere around it
    at_least = age - _ZONES
    return at_least if at_least > LATELY else None


def _within_a_year(mine: LocalTime, other: LocalTime, ahead: float) -> float:
    """Of the years that nobody wrote, the one that makes the line the younger, and not of
    tomorrow."""
    first, second = (
        datetime.fromtimestamp(one.seconds, UTC).replace(year=_ANY_YEAR) for one in (mine, other)
    )
    age = (second - first) / timedelta(seconds=1)
    return age + 366 * _DAY if age < -ahead else age


def _same_time(one: float, other: float) -> bool:
    return abs(one - other) <= 120
