"""The playbook page says truly when each step is asked."""

from __future__ import annotations

from pathlib import Path

import pytest

from collectors.model.step import Step
from collectors.playbook import STEPS

ROWS = (Path(__file__).resolve().parents[2] / "docs" / "playbook.md").read_text().splitlines()


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.id)
def test_the_moments_of_a_step_stand_in_its_row(step: Step) -> None:
    [row] = [row for row in ROWS if row.startswith(f"| `{step.id}` |")]
    told = row.split("|")[3].partition("·")[0]
    assert {word.strip() for word in told.split(",")} == {
        run_phase.value for run_phase in step.run_phases
    }
