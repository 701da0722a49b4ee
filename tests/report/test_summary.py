"""What does the command line say of a verdict?"""

from __future__ import annotations

import pytest

from collectors.model.records import FilterRule
from tests.analysis.diagnosis.built_findings import Scene, rule
from tests.web import story
from workbench.terminal.summary import summary


def test_who_chose_the_path_is_told_where_it_is_not_who_drops() -> None:
    assert "\n  path chosen by: r3\n" in summary(story.verdict())


@pytest.mark.parametrize("refusal", [rule("drop"), rule("reject")])
def test_a_filter_that_drops_chose_no_path(refusal: FilterRule) -> None:
    scene = Scene("client r1 r2 server", "server r2 r1 client", works=False)
    scene.filters("r1", refusal, counted=3).dropped("r1", "SYN")
    text = summary(scene.verdict())
    assert "\n  guilty: r1 (forward)\n" in text
    assert "path chosen by" not in text
