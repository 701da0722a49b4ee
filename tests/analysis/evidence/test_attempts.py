"""How each question of a client that asks by UDP went: some of them may be lost while others are
answered."""

from __future__ import annotations

from dataclasses import replace

from collectors.model.records import Packet
from tests.analysis.handshake import came, through, went
from tests.analysis.topology import packet
from tests.analysis.trace.test_walk import line
from workbench.analysis.case.findings import ConnState, Findings
from workbench.analysis.evidence.read import read

ASK, ANSWER = "udp 10.0.1.10:4000 > 10.0.9.10:53", "udp 10.0.9.10:53 > 10.0.1.10:4000"


def asked(at: float) -> Packet:
    return replace(packet(ASK, "", at=at), ip_id=int(10 * at))


def answered(at: float) -> Packet:
    return replace(packet(ANSWER, "", at=at + 0.01), ip_id=500 + int(10 * at))


def watched(times: list[float], passed: list[float], replied: list[float]) -> Findings:
    """[c1] -- (r1) -- [s1]: r1 takes in what is asked at these times, and passes on only some of
    it"""
    net = line("r1")
    net.capture("c1", *(went(asked(t)) for t in times), *(came(answered(t)) for t in replied))
    kept = [came(asked(t), "eth0") for t in times if t not in passed]
    flow_count = [one for t in passed for one in through(asked(t), "eth0", "eth1")]
    back = [one for t in replied for one in through(answered(t), "eth1", "eth0")]
    net.capture("r1", *kept, *flow_count, *back)
    net.capture("s1", *(came(asked(t)) for t in passed), *(went(answered(t)) for t in replied))
    return read(net.case(ASK))


def test_questions_that_a_router_swallows_now_and_then_are_attempts_that_failed() -> None:
    found = watched([1.0, 2.0, 3.0, 4.0, 5.0], [1.0, 4.0, 5.0], [1.0, 4.0, 5.0])
    assert found.drop is not None and found.drop.node == "r1"
    assert found.flow_works is False
    assert [one.end for one in found.attempts].count(ConnState.NO_ANSWER) == 2


def test_questions_that_arrive_and_need_no_answer_are_none() -> None:
    times = [1.0, 2.0, 3.0, 4.0, 5.0]
    assert watched(times, times, [1.0, 5.0]).flow_works is True


def test_a_client_that_does_not_wait_for_answers_asks_once() -> None:
    """A stream of datagrams, of which two are lost, and one answer."""
    times = [1.0, 1.1, 1.2, 1.3, 1.4]
    assert watched(times, [1.0, 1.3, 1.4], [1.4]).flow_works is True
