"""Times as tired people type them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from workbench.incidents.when import NotATime, led, moment

NOW = datetime(2026, 11, 30, 2, 13, 40, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("02:07", datetime(2026, 11, 30, 2, 7, tzinfo=UTC)),
        ("2:07:05", datetime(2026, 11, 30, 2, 7, 5, tzinfo=UTC)),
        ("02:14", datetime(2026, 11, 30, 2, 14, tzinfo=UTC)),  # the browser's clock is ahead
        ("23:50", datetime(2026, 11, 29, 23, 50, tzinfo=UTC)),  # last night
        ("23:50 UTC", datetime(2026, 11, 29, 23, 50, tzinfo=UTC)),
        ("2026-11-28 09:00", datetime(2026, 11, 28, 9, 0, tzinfo=UTC)),
        ("2026-11-28T09:00Z", datetime(2026, 11, 28, 9, 0, tzinfo=UTC)),
        ("2026-11-28T09:00+01:00", datetime(2026, 11, 28, 8, 0, tzinfo=UTC)),
    ],
)
def test_a_time_is_read_as_it_is_meant(text: str, meant: datetime) -> None:
    assert moment(text, NOW) == meant


def test_no_text_is_no_time() -> None:
    assert moment("  ", NOW) is None


@pytest.mark.parametrize("text", ["25:00", "02:99", "soon", "9999999-01-01", "<script>", "1:2"])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(NotATime, match="is no time"):
        moment(text, NOW)


@pytest.mark.parametrize(
    ("text", "begin", "end", "rest"),
    [
        ("02:07 rolled back", datetime(2026, 11, 30, 2, 7, tzinfo=UTC), None, "rolled back"),
        ("2:07: rolled back", datetime(2026, 11, 30, 2, 7, tzinfo=UTC), None, "rolled back"),
        ("23:50 UTC paged", datetime(2026, 11, 29, 23, 50, tzinfo=UTC), None, "paged"),
        (
            "01:50-02:05 link down",
            datetime(2026, 11, 30, 1, 50, tzinfo=UTC),
            datetime(2026, 11, 30, 2, 5, tzinfo=UTC),
            "link down",
        ),
        (
            "23:58 – 00:10 link down",
            datetime(2026, 11, 29, 23, 58, tzinfo=UTC),
            datetime(2026, 11, 30, 0, 10, tzinfo=UTC),
            "link down",
        ),
    ],
)
def test_a_note_may_begin_with_its_time(
    text: str, begin: datetime, end: datetime | None, rest: str
) -> None:
    assert led(text, NOW) == (begin, end, rest)


@pytest.mark.parametrize(
    "text", ["rolled back", "02:07", "25:00 odd", "10.0.0.1 is down", "2:7 x", "02:07rolled", ""]
)
def test_what_begins_with_something_else_stays_whole(text: str) -> None:
    assert led(text, NOW) == (None, None, text)


def test_a_time_in_front_of_a_note_is_of_the_zone_in_which_the_page_shows_times() -> None:
    begin, _, _ = led("03:07 rolled back", NOW, east=60)
    assert begin == datetime(2026, 11, 30, 2, 7, tzinfo=UTC)
    begin, _, _ = led("21:07 rolled back", NOW, east=-300)
    assert begin == datetime(2026, 11, 30, 2, 7, tzinfo=UTC)
