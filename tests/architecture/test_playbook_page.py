"""The playbook page says of each step what the step says itself, below its phase."""

from __future__ import annotations

from pathlib import Path

import pytest

from collectors.model.step import Phase, Step
from collectors.playbook import STEPS

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "playbook.md").read_text()


def rows(text: str, step: Step) -> list[str]:
    """The lines of this text that are about this step."""
    return [line for line in text.splitlines() if line.startswith(f"| `{step.id}` |")]


def below(phase: Phase) -> str:
    """The part of the page below the heading of this phase."""
    return PAGE.partition(f"\n## {phase.value.capitalize()}\n")[2].partition("\n## ")[0]


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.id)
def test_a_step_has_one_row_below_its_phase(step: Step) -> None:
    assert len(rows(PAGE, step)) == len(rows(below(step.phase), step)) == 1


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.id)
def test_its_row_says_what_the_step_says(step: Step) -> None:
    [row] = rows(PAGE, step)
    _, task, when, question, decision = row.strip("| ").split(" | ")
    run_phases, _, probe = when.partition(" · ")
    assert {word.strip() for word in run_phases.split(",")} == set(step.run_phases)
    assert probe == ("probe" if step.probe else "")
    assert (task.strip(), question, decision) == (
        str(step.task or ""),
        step.question,
        step.decision,
    )
