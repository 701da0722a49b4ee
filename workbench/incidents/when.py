"""Which moment does a person mean: `02:07`, `2026-11-30 02:07`, `2026-11-30T02:07:05+01:00`?"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

CLOCK = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2}))?")
AHEAD = timedelta(minutes=2)  # a clock time that is this much later than now is yesterday's


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
        return _last(clock, now) if clock else _in_full(text)
    except (ValueError, OverflowError):
        raise NotATime(f"{text[:40]!r} is no time; write 02:07 or 2026-11-30 02:07 (UTC)") from None


def _last(clock: re.Match[str], now: datetime) -> datetime:
    hour, minute, second = (int(part or 0) for part in clock.groups())
    today = now.astimezone(UTC).replace(hour=hour, minute=minute, second=second, microsecond=0)
    return today if today <= now + AHEAD else today - timedelta(days=1)


def _in_full(text: str) -> datetime:
    found = datetime.fromisoformat(text.removesuffix(" UTC"))
    return found if found.tzinfo else found.replace(tzinfo=UTC)
