"""The measured command runs as from a shell: its words, its output, its status, and not for
ever."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from workbench.lab.score.diagnosing import Overdue, run_diagnose


def test_what_it_says_and_how_it_ends(tmp_path: Path) -> None:
    said, complained = tmp_path / "said", tmp_path / "complained"
    assert run_diagnose(["nonsense", "--inventory", "none"], said, complained, 60) == 64
    assert said.read_text() == ""
    assert complained.read_text().startswith("bothways diagnose:")


def test_it_is_ended_when_its_time_is_over(tmp_path: Path) -> None:
    with pytest.raises(Overdue, match="no verdict within"):
        run_diagnose(["--help"], tmp_path / "said", tmp_path / "complained", 0.0)


def test_no_other_command_of_the_lab_reads_the_whole_program() -> None:
    read = (
        "import sys, workbench.lab.score.accuracy; print('workbench.analysis.run' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", read], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
