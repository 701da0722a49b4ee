"""Do the recordings that we ship still give the true verdict, and give nothing away?"""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from collectors.model.step import Options
from collectors.offline.replay import ReplayDriver, load_recording
from collectors.platforms import platform_named
from workbench.analysis.case.case import Case
from workbench.analysis.case.run_events import Judged
from workbench.analysis.run import investigate
from workbench.lab import topologies
from workbench.lab.declare.plan import make_plan
from workbench.lab.score.score import judge
from workbench.lab.topologies import (
    firewall_pair,
    frr_ecmp,
    half_path,
    lab_named,
    multi_homed,
    plain_routing,
)

RECORDINGS = Path(topologies.__file__).parents[1] / "recordings"
FIRST = (firewall_pair, plain_routing, half_path, multi_homed, frr_ecmp)
EVERY = pytest.mark.parametrize("name", [lab.name for family in FIRST for lab in family.LABS])


@EVERY
def test_recording_gives_the_true_verdict(name: str) -> None:
    recording = load_recording(RECORDINGS / name)
    case = Case(recording.flow, recording.inventory)
    run_events = list(
        investigate(case, ReplayDriver(recording), Options(), platforms=platform_named)
    )
    judged = [run_event for run_event in run_events if isinstance(run_event, Judged)][-1]
    score = judge(make_plan(lab_named(name)), judged.verdict.as_dict(), 0.0)
    assert score.all_right, (score.right, score.verdict)
    assert judged.verdict.best.confidence >= 0.8


@EVERY
def test_recording_holds_no_keys_and_no_paths_of_a_machine(name: str) -> None:
    text = gzip.decompress((RECORDINGS / name / "recording.json.gz").read_bytes())
    assert b"PRIVATE KEY" not in text
    assert b"bothways-lab" not in text
    assert b"known_hosts" not in text
