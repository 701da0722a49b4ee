"""Fixes are copied into shells: names that a hostile device chose must stay words of the
command."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

import workbench.lab
from collectors.model.records import FilterChain, Interface
from collectors.model.step import Options
from collectors.offline.recording import Recording, load_recording, recording_dict, recording_from
from collectors.offline.replay import ReplayDriver
from collectors.platforms import platform_named
from collectors.platforms.linux.remedies.quoting import word
from workbench.analysis.case.case import Case
from workbench.analysis.case.run_events import Judged
from workbench.analysis.case.verdict import Fix, FixClass
from workbench.analysis.run import investigate

RECORDINGS = sorted(
    path.parent
    for path in Path(workbench.lab.__file__).parent.glob("recordings/*/recording.json.gz")
)
HOSTILE = ";$(id)|x"


def renamed(recording: Recording) -> Recording:
    """The same network, where every interface and chain has a name that a shell would run."""
    records = [record for item in recording.evidence for record in item.records]
    names = {record.name for record in records if isinstance(record, Interface | FilterChain)} - {
        "lo"
    }
    text = json.dumps(recording_dict(recording))
    pattern = rf"\b({'|'.join(sorted(map(re.escape, names), key=len, reverse=True))})\b"
    return recording_from(json.loads(re.sub(pattern, lambda found: found[0] + HOSTILE, text)))


def fixes(recording: Recording) -> list[Fix]:
    """Everything that is proposed, also for the causes that are less likely."""
    case = Case(recording.flow, recording.inventory)
    *_, last = investigate(case, ReplayDriver(recording), Options(), platforms=platform_named)
    assert isinstance(last, Judged)
    ranked = (last.verdict.best, *last.verdict.alternatives, *last.verdict.also)
    return [fix for one in ranked for fix in one.hypothesis.fixes]


def bare(command: str) -> str:
    """What a shell reads outside of single quotes."""
    return re.sub(r"'[^']*'", "", command)


@pytest.mark.parametrize("directory", RECORDINGS, ids=lambda path: path.name)
def test_a_fix_runs_nothing_that_a_device_named(directory: Path) -> None:
    found = fixes(renamed(load_recording(directory)))
    for line in (line for fix in found for line in (*fix.commands, *fix.rollback)):
        assert not re.search(r"[;$`|&<>']", bare(line)), line


def test_hostile_names_reach_the_fixes_at_all() -> None:
    found = [fix for path in RECORDINGS for fix in fixes(renamed(load_recording(path)))]
    assert any(HOSTILE in line for fix in found for line in fix.commands)


@pytest.mark.parametrize(
    "name", ["eth0.100", "net.ipv4.conf.all.rp_filter=1", "10.0.0.1/32", "fe80::1"]
)
def test_plain_words_stay_as_they_are(name: str) -> None:
    assert word(name) == name


def test_a_pasted_fix_is_one_line() -> None:
    fix = Fix(FixClass.NONE, "r1", ("# read this\nreboot",), ("a\x1b[2Jb",))
    assert fix.commands == ("# read this\ufffdreboot",)
    assert fix.rollback == ("a\ufffd[2Jb",)
