"""The server takes the question and resets the connection itself: the network carried it, and
nobody had an answer.

[c1] -- (r1) -- [s1]: each connection from another port of the client's.
"""

from __future__ import annotations

from tests.analysis.long_ways import Wire
from workbench.analysis.case.findings import ConnState, Findings
from workbench.analysis.case.verdict import HEALTHY, Cause, Ranked
from workbench.analysis.diagnosis.ranking.rank import judge

RTTS = (0.001, 0.2)


def asked(rtt: float, begins: float = 0.5, seq: int = 1000) -> tuple[Wire, float]:
    """A handshake and a question, which the server acknowledges."""
    wire = Wire(rtt)
    now = wire.handshake(begins, seq)
    wire.send(now, "P.", seq + 1, 7001, payload=20)
    wire.reply(now + rtt / 2, ".", 7001, seq + 21)
    return wire, now + rtt / 2


def best(found: Findings) -> Ranked:
    return judge(found).best


def test_a_reset_in_place_of_the_answer_is_the_applications_own() -> None:
    for rtt in RTTS:
        wire, then = asked(rtt)
        wire.reply(then + 0.01, "R.", 7001, 1021)
        found = wire.read()
        assert [one.end for one in found.attempts] == [ConnState.CUT_OFF]
        ranked = best(found)
        assert (
            ranked.hypothesis.cause is Cause.UNKNOWN_BEYOND_VISIBILITY and ranked.confidence <= 0.75
        )
        assert (ranked.hypothesis.guilty_node, ranked.hypothesis.direction) == ("s1", "reverse")
        assert "resets the connection itself before any answer" in ranked.hypothesis.summary
        assert "log of the application on s1" in ranked.hypothesis.would_settle


def test_one_of_several_is_told_as_such() -> None:
    wire, then = asked(0.01)
    wire.reply(then + 0.01, "R.", 7001, 1021)
    now = wire.handshake(2.0, 5000)
    wire.send(now, "P.", 5001, 7001, payload=20)
    wire.reply(now + 0.005, "P.", 7001, 5021, payload=40)
    wire.send(now + 0.01, ".", 5021, 7041)
    found = wire.read()
    assert found.flow_works is False
    assert "in 1 of 2 attempts" in best(found).hypothesis.summary


def test_a_reset_after_the_answer_or_after_the_clients_farewell_is_an_end_as_any() -> None:
    """Some services save the time of closing properly; what nobody waits for is no failure."""
    wire, then = asked(0.01)
    wire.reply(then, "P.", 7001, 1021, payload=40)
    wire.send(then + 0.01, ".", 1021, 7041)
    wire.reply(then + 0.1, "R.", 7041, 1021)
    hypothesis = best(wire.read()).hypothesis
    assert hypothesis.cause in HEALTHY
    wire, then = asked(0.01)
    wire.send(then + 0.01, "F.", 1021, 7001)
    wire.reply(then + 0.1, "R.", 7001, 1022)
    assert ConnState.CUT_OFF not in {one.end for one in wire.read().attempts}


def test_one_whose_beginning_the_window_missed_does_not_hide_the_others() -> None:
    wire = Wire(0.01)
    for begins, seq in ((0.9, 1000), (2.0, 5000)):
        now = wire.handshake(begins, seq)
        wire.send(now, "P.", seq + 1, 7001, payload=20)
        wire.reply(now + 0.005, ".", 7001, seq + 21)
        wire.reply(now + 0.3, "R.", 7001, seq + 21)
    found = wire.read((1.0, 6.0))
    assert "resets the connection itself before any answer" in best(found).hypothesis.summary
