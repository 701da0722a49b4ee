"""How long is the flow watched? Longer where packets may be lost by chance and were too few to
tell.

[c1] -- (r1) -- [s1]: r1 is in the middle of a way of 40 ms.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.analysis.evidence.test_packet_loss import exchange
from tests.analysis.long_ways import Wire
from tests.analysis.test_investigate import GENTLE, last, run, windows
from tests.analysis.test_investigate import RECORDING as PLAIN
from workbench.analysis import run as module
from workbench.analysis.case.findings import Findings, Thinning
from workbench.analysis.case.verdict import Cause
from workbench.analysis.diagnosis.ranking.rank import judge
from workbench.analysis.window import enough, undecided

SOME = Thinning("r1", None, False, sent=12, lost=1, alike=1)


def watched(*losing: int) -> Findings:
    wire = Wire(0.04)
    exchange(wire, losing)
    return wire.read((0.0, 9.0))


def test_a_few_that_are_missing_decide_nothing() -> None:
    for losing in ((3, 9), (3, 9, 16), (3, 9, 16, 24)):
        few = watched(*losing)
        assert undecided(few, judge(few)), f"{len(losing)} of 40 may be bad luck or a bad link"


def test_one_lost_packet_of_a_flow_that_works_is_no_reason_to_wait() -> None:
    one = watched(9)
    assert not undecided(one, judge(one))


def test_many_that_are_missing_decide() -> None:
    many = watched(3, 5, 7, 9, 12, 16, 18, 21, 24, 27, 30, 33)
    verdict = judge(many)
    assert verdict.best.hypothesis.cause is Cause.PACKET_LOSS and not undecided(many, verdict)


def test_a_flow_that_loses_nothing_is_not_watched_any_longer() -> None:
    none = watched()
    assert not undecided(none, judge(none))


def test_packets_that_a_filter_stops_are_no_loss_by_chance() -> None:
    none = watched()
    stopped = replace(none, thinned=(replace(SOME, lost=6, alike=0),))
    assert not undecided(stopped, judge(stopped))


def test_a_first_look_is_not_enough_where_some_are_lost_and_some_pass() -> None:
    final = last(run())
    assert enough(final.findings, final.verdict)
    assert not enough(replace(final.findings, thinned=(SOME,)), final.verdict)


def test_what_is_undecided_is_watched_for_another_window(monkeypatch: pytest.MonkeyPatch) -> None:
    once = sum(h.seconds for h in windows(PLAIN)[:2])
    monkeypatch.setattr(module, "enough", lambda *_: False)
    monkeypatch.setattr(module, "undecided", lambda *_: True)
    assert sum(h.seconds for h in windows(PLAIN)) >= once + 2 * GENTLE.window
