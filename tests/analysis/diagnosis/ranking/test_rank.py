"""How sure is sure? What holds for every cause, whatever its reasons are."""

from __future__ import annotations

import pytest

from collectors.model.evidence import Question
from tests.analysis.diagnosis.built_findings import Scene
from workbench.analysis.case.findings import Findings
from workbench.analysis.case.verdict import HEALTHY, Cause, Hypothesis, Reason
from workbench.analysis.diagnosis.ranking import rank
from workbench.analysis.diagnosis.ranking.rank import note_broken

SEEN = Reason(9.0, "it was seen to happen")


def sure_of(monkeypatch: pytest.MonkeyPatch, cause: Cause, *against: float) -> float:
    """The confidence in a lone cause that has one strong reason, and these against it."""
    reasons = (SEEN, *(Reason(weight, "and yet") for weight in against))
    alone = Hypothesis(cause, guilty_node=None if cause in HEALTHY else "r1", reasons=reasons)
    monkeypatch.setattr(rank, "HYPOTHESES", (lambda findings: [alone],))
    scene = Scene("client r1 server", "server r1 client", works=True)
    return rank.judge(scene.findings()).best.confidence


def test_no_fault_is_sure_that_an_observation_speaks_against(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert sure_of(monkeypatch, Cause.ACL_PATH) > 0.9
    assert sure_of(monkeypatch, Cause.ACL_PATH, -2.0) > 0.9  # an inference is no observation
    assert sure_of(monkeypatch, Cause.ACL_PATH, -3.0) == rank.CONTRARY_CAP


def test_a_flow_that_works_may_have_lost_packets_on_the_way(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """How sure health is follows from how it was proved."""
    assert sure_of(monkeypatch, Cause.HEALTHY_SYMMETRIC, -3.0) > rank.CONTRARY_CAP


def test_nothing_beside_the_verdict_is_likelier_than_it() -> None:
    """[client] -- r1 -- server: what was predicted only is reported with a tenth less, and so is
    what lies behind it."""
    scene = Scene("client r1 server", "server r1 client", works=False).say(
        "server", Question.LISTENERS
    )
    verdict = scene.silent("r1").verdict()
    assert all(one.confidence <= verdict.best.confidence for one in verdict.alternatives)


def test_what_nothing_proves_is_as_likely_as_the_guess_that_is_not_named() -> None:
    verdict = (
        Scene("client r1 server", "server r1 client", works=None)
        .silent("r1")
        .silent("server")
        .verdict()
    )
    assert verdict.best.hypothesis.cause is Cause.UNKNOWN_BEYOND_VISIBILITY
    assert all(one.confidence <= verdict.best.confidence <= 0.75 for one in verdict.alternatives)


def breaks_off(findings: Findings) -> list[Hypothesis]:
    raise KeyError("nobody foresaw this answer")


def test_a_rule_that_breaks_off_ends_no_run_and_nobody_is_sure_without_it(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    seen = Hypothesis(Cause.ACL_PATH, guilty_node="r1", reasons=(SEEN,))
    monkeypatch.setattr(rank, "note_broken", note_broken)
    monkeypatch.setattr(rank, "HYPOTHESES", (lambda findings: [seen], breaks_off))
    scene = Scene("client r1 server", "server r1 client", works=False)
    best = rank.judge(scene.findings()).best
    assert (best.hypothesis.cause, best.hypothesis.guilty_node) == (Cause.ACL_PATH, "r1")
    assert best.confidence == rank.COUNTERFACTUAL_CAP
    assert "the hypothesis breaks_off broke off" in caplog.text
