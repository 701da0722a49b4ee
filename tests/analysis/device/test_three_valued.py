"""Several answers of which some are not known."""

from __future__ import annotations

import pytest

from workbench.analysis.device.three_valued import Answer, all_of, any_of, turned


@pytest.mark.parametrize(
    ("answers", "every", "one"),
    [
        ([], True, False),
        ([True, True], True, True),
        ([True, False], False, True),
        ([False, False], False, False),
        ([True, None], None, True),
        ([False, None], False, None),
        ([True, False, None], False, True),
        ([None], None, None),
    ],
)
def test_what_is_unknown_decides_only_where_nothing_else_does(
    answers: list[Answer], every: Answer, one: Answer
) -> None:
    assert (all_of(answers), any_of(answers)) == (every, one)


@pytest.mark.parametrize(
    ("answer", "negated", "expected"),
    [
        (True, False, True),
        (True, True, False),
        (False, True, True),
        (None, False, None),
        (None, True, None),
    ],
)
def test_the_opposite_of_what_is_unknown_is_unknown(
    answer: Answer, negated: bool, expected: Answer
) -> None:
    assert turned(answer, negated=negated) is expected
