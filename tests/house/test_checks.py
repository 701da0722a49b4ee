"""The test command: what it counts, and that a failure of any check is a failure of the whole."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from workbench.serve.checks import Check, CheckOutcome, run, static, total


def test_the_total_counts_over_all_runs() -> None:
    outcomes = [
        CheckOutcome("a", 0, 1, "12 passed, 3 skipped, 1 warning in 3.20s"),
        CheckOutcome("b", 1, 1, "2 failed, 5 passed, 1 error in 1.00s (0:00:01)"),
        CheckOutcome("style", 0, 1),
    ]
    assert total(outcomes) == "17 passed, 3 failed, 3 skipped"


def test_the_output_is_shown_and_the_closing_line_kept(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    code = "print('....'); print('=== 4 passed in 0.01s ==='); raise SystemExit(3)"
    outcome = run(Check("x", (sys.executable, "-c", code)), tmp_path, tmp_path)
    assert (outcome.status, outcome.closing) == (3, "4 passed in 0.01s")
    assert "FAILED x" in str(outcome)
    assert "....\n" in capfd.readouterr().out


def test_every_static_check_is_there() -> None:
    assert [check.title for check in static(Path("manage.py"))] == [
        "style",
        "types",
        "import direction",
        "migrations",
    ]
