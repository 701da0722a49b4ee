"""Does anything that devices say break a run off? More runs: BOTHWAYS_FUZZ_RUNS=10000."""

from __future__ import annotations

import logging
import os
import random

import pytest

from collectors.model.step import Options
from collectors.offline.replay import Recording, ReplayDriver
from collectors.platforms import platform_named
from tests.hostile.cutting import NAMES, kept_recording
from tests.hostile.mutating import mutated
from tests.hostile.pipeline import through
from workbench.analysis.case.case import Case
from workbench.analysis.case.run_events import Judged
from workbench.analysis.run import investigate

RUNS = int(os.environ.get("BOTHWAYS_FUZZ_RUNS", "120"))
PARTS = 10  # so that a failure names its seeds


@pytest.mark.parametrize("part", range(PARTS))
def test_no_answer_breaks_off_what_is_made_of_it(part: int) -> None:
    for seed in range(part, RUNS, PARTS):
        recording = kept_recording(NAMES[seed % len(NAMES)])
        try:
            through(
                recording, mutated(recording, random.Random(seed)), drawing=seed // PARTS % 4 == 0
            )
        except Exception as error:
            raise AssertionError(f"seed {seed} of {NAMES[seed % len(NAMES)]}") from error


@pytest.mark.parametrize("seed", range(4))
def test_a_whole_run_on_such_answers_ends_without_a_logged_exception(
    seed: int, caplog: pytest.LogCaptureFixture
) -> None:
    recording = kept_recording(NAMES[seed])
    hostile = Recording(
        recording.flow, recording.inventory, mutated(recording, random.Random(seed))
    )
    with caplog.at_level(logging.ERROR):
        *_, final = investigate(
            Case(recording.flow, recording.inventory),
            ReplayDriver(hostile),
            Options(),
            platforms=platform_named,
        )
    assert isinstance(final, Judged) and final.final
    assert caplog.records == []
