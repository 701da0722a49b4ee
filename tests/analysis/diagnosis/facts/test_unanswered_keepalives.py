"""An idle connection whose keep-alives no device answers: something lost it, whatever a new
connection
tells."""

from __future__ import annotations

from dataclasses import replace

import pytest

from collectors.model.evidence import Question
from collectors.model.flow import Flow, Protocol
from collectors.model.records import Packet, ProbeResult, Socket
from tests.analysis.trace.test_walk import FLOW
from tests.analysis.watched import Watched, back, there
from workbench.analysis.case.findings import ConnState, Findings
from workbench.analysis.case.verdict import Cause
from workbench.analysis.diagnosis.hypotheses.midflow_state_loss import midflow_state_loss
from workbench.analysis.diagnosis.ranking.rank import judge

CLIENT, SERVER = Flow.parse(FLOW).src, Flow.parse(FLOW).dst
GIVEN_UP = there(60.0, 1101, 7201, "R.", 0)


def probe(at: float) -> Packet:
    """An empty segment, whose number a text of tcpdump does not tell."""
    return replace(there(at, 1100, 7201, ".", 0), seq=None)


IN_VAIN = (probe(10.0), probe(25.0), probe(40.0), GIVEN_UP)


def test_a_connection_that_was_probed_in_vain_gets_no_answer() -> None:
    assert Watched(IN_VAIN, places="c1").ends() == [ConnState.NO_ANSWER]


def test_an_answer_in_between_starts_the_count_anew() -> None:
    answered = (*IN_VAIN[:2], back(25.1, 7201, 1101, ".", 0), *IN_VAIN[2:])
    assert ConnState.NO_ANSWER not in Watched(answered, places="c1").ends()


def test_acknowledgements_close_to_each_other_are_no_keep_alives() -> None:
    close = (probe(10.0), probe(10.1), probe(10.2), GIVEN_UP)
    assert ConnState.NO_ANSWER not in Watched(close, places="c1").ends()


def found(*, stands: bool) -> Findings:
    watched = Watched(IN_VAIN, places="c1")
    port = 4000 if stands else 4001
    own = Socket(Protocol.TCP, "ESTAB", SERVER, 443, CLIENT, port)
    watched.net.tell("s1", Question.SOCKETS, own)
    watched.net.tell("c1", Question.CONNECT, ProbeResult("connect", SERVER, ok=True, sport=50000))
    return watched.found()


def test_the_server_still_holds_it_and_a_new_one_works() -> None:
    [hypothesis] = midflow_state_loss(found(stands=True))
    assert (
        hypothesis.guilty_node is None
        and "what it is cannot be known from here" in hypothesis.summary
    )


def test_without_the_server_s_own_socket_nothing_is_forgotten() -> None:
    assert not list(midflow_state_loss(found(stands=False)))


@pytest.mark.parametrize("stands", (True, False))
def test_a_new_connection_does_not_make_the_old_one_healthy(stands: bool) -> None:
    best = judge(found(stands=stands)).best.hypothesis
    assert best.cause not in (Cause.HEALTHY_SYMMETRIC, Cause.HEALTHY_ASYMMETRIC)
