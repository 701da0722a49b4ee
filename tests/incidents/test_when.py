"""Times as tired people type them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from workbench.incidents.when import NotATime, moment

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
