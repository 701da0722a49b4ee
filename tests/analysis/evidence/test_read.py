"""Reading never fails, however little is known."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import pytest

from collectors.model.evidence import Evidence, Question, Status
from collectors.offline.replay import load_recording
from tests.analysis.handshake import AGAIN, SYN, SYN_ACK, came, through, went
from tests.analysis.trace.test_walk import FLOW, pair
from workbench.analysis.case.case import Case
from workbench.analysis.case.findings import Disposition
from workbench.analysis.evidence.read import read
from workbench.lab import recordings

RECORDINGS = sorted(path.parent for path in Path(recordings.__path__[0]).glob("*/recording.json*"))


def known() -> Case:
    """[c1] -- (r1) -> <f1> -> (r2) -- [s1], back by <f2>, which swallows the answer"""
    net = pair()
    net.session("f1", FLOW, state="SYN_SENT")
    net.capture("c1", went(SYN), went(AGAIN))
    net.capture("f1", *through(SYN, "eth0", "eth1"))
    net.capture("s1", came(SYN), went(SYN_ACK))
    net.capture("f2", came(SYN_ACK, "eth1"))
    return net.case(FLOW)


def lost(item: Evidence) -> Evidence:
    return replace(item, status=Status.NO_ANSWER, records=(), reason="it hung")


@pytest.mark.parametrize("seed", range(40))
def test_any_part_of_the_evidence_can_be_read(seed: int) -> None:
    chance = random.Random(seed)
    case = known()
    kept = [
        item if chance.random() < 0.6 else lost(item)
        for item in case.evidence
        if chance.random() < 0.8
    ]
    chance.shuffle(kept)
    found = read(replace(case, evidence=tuple(kept)))
    assert found.forward.hops and found.reverse.hops
    assert {case.flow, case.flow.reversed()} <= set(found.flows)


def test_nothing_at_all() -> None:
    found = read(replace(known(), evidence=()))
    assert found.forward.names[0] == "c1"
    assert found.flow_works is None and found.drop is None
    assert found.server == "s1"


def test_reading_twice_is_reading_once() -> None:
    case = known()
    assert read(case) is read(case)
    assert read(case.with_evidence(())) is not read(case)


def test_more_evidence_only_adds() -> None:
    """The survey alone gives the paths; captures say what happened on them."""
    case = known()
    survey = tuple(e for e in case.evidence if e.question is not Question.CAPTURE)
    before, after = read(replace(case, evidence=survey)), read(case)
    assert before.forward.names == after.forward.names
    assert before.forward.disposition is after.forward.disposition is Disposition.DELIVERED
    assert before.drop is None and after.drop is not None


@pytest.mark.parametrize("folder", RECORDINGS, ids=lambda folder: folder.name)
def test_every_recording_leads_both_ways(folder: Path) -> None:
    recording = load_recording(folder)
    evidence = tuple(item.renamed(f"e{number}") for number, item in enumerate(recording.evidence))
    found = read(Case(recording.flow, recording.inventory, evidence))
    assert found.forward.disposition is Disposition.DELIVERED
    assert found.forward.names[0] == found.reverse.names[-1]
    assert found.forward.names[-1] == found.reverse.names[0]
