"""How many devices were asked, in words."""

from __future__ import annotations

import pytest

from workbench.analysis.case.run_events import Widening
from workbench.report.whom_asked import whom_asked

STUCK, UNSURE = Widening.WALK_STUCK, Widening.NOT_SURE


@pytest.mark.parametrize(
    ("asked", "in_full", "known", "widening", "words"),
    [
        (6, 6, 22, None, "6 of 22 devices asked; the others are not on the way."),
        (6, 6, 6, None, "All 6 devices are asked."),
        (22, 6, 22, None, "6 of 22 devices asked, 16 more only for their addresses."),
        (
            9,
            6,
            22,
            None,
            "6 of 22 devices asked, 3 more only for their addresses; the others are not on the way.",
        ),
        (
            22,
            7,
            22,
            STUCK,
            "7 of 22 devices asked, 15 more only for their addresses, because it is not known which"
            " device comes next on the way, or who the ends are.",
        ),
        (
            22,
            22,
            22,
            UNSURE,
            "All 22 devices are asked, because those on the way do not explain for sure what was"
            " seen.",
        ),
    ],
)
def test_words(asked: int, in_full: int, known: int, widening: Widening | None, words: str) -> None:
    assert whom_asked(asked, in_full, known, widening) == words


def test_nothing_is_said_where_nobody_can_be_logged_in_to() -> None:
    assert whom_asked(0, 0, 0, None) == ""


@pytest.mark.parametrize("widening", list(Widening))
def test_every_reason_has_words(widening: Widening) -> None:
    assert ", because " in whom_asked(22, 22, 22, widening)
