"""Which moment does a person mean: `02:07`, `2026-11-30 02:07`, `2026-11-30T02:07:05+01:00`?"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone

CLOCK = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2}))?")
AHEAD = timedelta(minutes=2)  # a clock time that is this much later than now is yesterday's


# a note that begins with a clock time: `02:07 …`, `02:07-02:20 …`
_LED = re.compile(
    r"(?P<begin>\d{1,2}:\d{2}(?::\d{2})?)"
    r"(?:\s?[-\u2013]\s?(?P<end>\d{1,2}:\d{2}(?::\d{2})?))?"
    r"(?P<utc>Z| UTC)?:?\s+(?=\S)"
)


class NotATime(ValueError):
    """The text names no moment; the message says how to write one."""


def moment(text: str, now: datetime) -> datetime | None:
    """The moment that a text names, in UTC unless it says otherwise; a clock time alone is the last
    such time before `now`. None for an empty text. Raises NotATime."""
    text = text.strip()
    if not text:
        return None
    clock = CLOCK.fullmatch(text.removesuffix("Z").removesuffix(" UTC"))
    try:
        return _last(clock, now.astimezone(UTC)) if clock else _in_full(text)
    except (ValueError, OverflowError):
        raise NotATime(f"{text[:40]!r} is no time; write 02:07 or 2026-11-30 02:07 (UTC)") from None


def led(text: str, now: datetime, east: int = 0) -> tuple[datetime | None, datetime | None, str]:
    """The time with which a text begins, the end of that stretch, and the rest of the text; none
    and the whole text where it begins with something else.

    Clock times are of the zone that is `east` minutes east of UTC, where they do not say UTC.
    """
    match = _LED.match(text)
    if match is None:
        return None, None, text
    zone = UTC if match["utc"] else timezone(timedelta(minutes=max(-720, min(840, east))))
    try:
        begin = _clock(match["begin"], now, zone)
        end = _clock(match["end"], now, zone) if match["end"] else None
    except ValueError:
        return None, None, text
    if end is not None and end < begin:  # begun before midnight
        begin -= timedelta(days=1)
    return begin, end, text[match.end() :]


def _clock(text: str, now: datetime, zone: timezone) -> datetime:
    found = CLOCK.fullmatch(text)
    assert found is not None
    return _last(found, now.astimezone(zone)).astimezone(UTC)


def _last(clock: re.Match[str], now: datetime) -> datetime:
    hour, minute, second = (int(part or 0) for part in clock.groups())
    today = now.replace(hour=hour, minute=minute, second=second, microsecond=0)
    return today if today <= now + AHEAD else today - timedelta(days=1)


def _in_full(text: str) -> datetime:
    found = datetime.fromisoformat(text.removesuffix(" UTC"))
    return found if found.tzinfo else found.replace(tzinfo=UTC)
