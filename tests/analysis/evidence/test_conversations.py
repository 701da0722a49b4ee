"""How did a connection go, as captures at its ends, probes and sockets show?"""

from __future__ import annotations

from dataclasses import replace

import pytest

from collectors.model.evidence import Question
from collectors.model.flow import Flow, Protocol
from collectors.model.records import Failure, ProbeResult, Socket
from tests.analysis.handshake import (
    ACK,
    AGAIN,
    DATA,
    DATA_ACK,
    SYN,
    SYN_ACK,
    came,
    conversation,
    through,
    went,
)
from tests.analysis.topology import packet
from tests.analysis.trace.test_walk import BACK, FLOW, line, pair
from workbench.analysis.case.findings import ConnState
from workbench.analysis.evidence.read import read


def test_an_acknowledgement_by_a_server_that_holds_an_older_connection() -> None:
    """[c1] -- (r1) -> <f1> -> (r2) -- [s1], back by <f2>: the server answers the SYN by a mere
    ACK"""
    net = pair()
    stale = packet(BACK, ".", 7000, 555, at=1.1)
    net.capture("c1", went(SYN), went(AGAIN))
    net.capture("s1", came(SYN), went(stale), came(AGAIN))
    net.capture("f2", came(stale, "eth1"))
    found = read(net.case(FLOW))
    assert found.drop is not None and (found.drop.node, found.drop.packet) == (
        "f2",
        "challenge ACK",
    )
    assert "older connection" in found.drop.where


def test_a_conversation_that_works() -> None:
    found = conversation(line("r1"), SYN, ACK, DATA, back=(SYN_ACK, DATA_ACK))
    assert found.flow_works is True
    assert found.drop is None


def test_a_server_that_hears_no_more_than_the_reset_was_never_connected() -> None:
    """[c1] -- (r1) -- [s1]: r1 drops whatever carries an ACK, and the client gives up by a RST that
    carries none"""
    net = line("r1")
    reset, again = packet(FLOW, "R", 2, at=2.0), replace(SYN_ACK, time=1.9)
    net.capture("c1", went(SYN), came(SYN_ACK), went(ACK), came(again), went(reset))
    net.capture("r1", *through(SYN, "eth0", "eth1"), came(ACK), *through(reset, "eth0", "eth1"))
    net.capture("s1", came(SYN), went(SYN_ACK), went(again), came(reset))
    found = read(net.case(FLOW))
    assert [one.end for one in found.attempts] == [ConnState.HALF_OPEN]
    assert found.flow_works is False


def test_an_answer_that_the_client_never_asked_for() -> None:
    """[c1] -- (r1) -- [s1]: an answer from another address is met by a RST, and is no attempt"""
    net = line("r1")
    strange = packet("tcp 10.0.9.10:8443 > 10.0.1.10:4000", "S.", 7000, 1001, at=1.1)
    refusal = packet("tcp 10.0.1.10:4000 > 10.0.9.10:8443", "R", 1001, at=1.2)
    net.capture("c1", went(SYN), came(strange), went(refusal), went(AGAIN))
    assert [one.end for one in read(net.case(FLOW)).attempts] == [ConnState.NO_ANSWER]


def test_a_packet_at_the_end_of_the_window_is_not_yet_unanswered() -> None:
    net = line("r1")
    net.capture("s1", came(SYN), went(SYN_ACK), came(ACK), came(replace(SYN, seq=9000, time=3.0)))
    assert read(net.case(FLOW)).drop is None


def test_a_server_that_does_not_answer() -> None:
    net = line("r1")
    net.capture("c1", went(SYN), went(AGAIN))
    net.capture("r1", *through(SYN, "eth0", "eth1"), *through(AGAIN, "eth0", "eth1"))
    net.capture("s1", came(SYN), came(AGAIN))
    found = read(net.case(FLOW))
    assert found.drop is not None and found.drop.node == "s1"
    assert found.drop.where == "arrived twice at s1 and was not answered"


def test_a_refused_connection() -> None:
    refusal = packet(BACK, "R.", 0, 1001, at=1.1)
    found = conversation(line("r1"), SYN, back=(refusal,))
    assert [one.end for one in found.attempts] == [ConnState.REFUSED]
    assert found.flow_works is False


@pytest.mark.parametrize(
    ("reach", "works"),
    [
        (ProbeResult("connect", Flow.parse(FLOW).dst, ok=True, sport=4000), True),
        (
            ProbeResult("connect", Flow.parse(FLOW).dst, failure=Failure.TIMED_OUT, sport=4000),
            False,
        ),
    ],
)
def test_a_probe_from_the_client(reach: ProbeResult, works: bool) -> None:
    net = line("r1")
    net.tell("c1", Question.CONNECT, reach)
    assert read(net.case(FLOW)).flow_works is works


def test_a_client_that_was_not_watched() -> None:
    """[c1] -- (r1) -- [s1]: the first router, which both directions pass, tells as much"""
    net = line("r1")
    net.capture("r1", *through(SYN, "eth0", "eth1"), *through(AGAIN, "eth0", "eth1"))
    assert read(net.case(FLOW)).flow_works is False
    net = line("r1")
    both = [
        *through(SYN, "eth0", "eth1"),
        *through(SYN_ACK, "eth1", "eth0"),
        *through(ACK, "eth0", "eth1"),
    ]
    net.capture("r1", *both, *through(DATA, "eth0", "eth1"), *through(DATA_ACK, "eth1", "eth0"))
    assert read(net.case(FLOW)).flow_works is True


def test_a_socket_that_hangs_while_other_ports_work() -> None:
    """[c1] -- (r1) -- [s1]: new connections work, but the flow's own socket waits and was not seen
    to try again"""
    net = line("r1")
    flow = Flow.parse(FLOW)
    net.tell("c1", Question.CONNECT, ProbeResult("connect", flow.dst, ok=True, sport=5000))
    stuck = Socket(
        Protocol.TCP, "ESTAB", flow.src, 4000, flow.dst, 443, send_queue=20, retransmits=7
    )
    net.tell("c1", Question.SOCKETS, stuck)
    found = read(net.case(FLOW))
    assert found.flow_works is False
    assert [(one.end, one.fresh) for one in found.attempts if one.flow == flow] == [
        (ConnState.STALLED, False)
    ]


def test_nothing_seen_is_nothing_known() -> None:
    found = read(line("r1").case(FLOW))
    assert found.flow_works is None
    assert found.drop is None
    assert not found.attempts_seen


def test_udp_and_its_answer() -> None:
    ask = packet("udp 10.0.1.10:4000 > 10.0.9.10:53", "", at=1.0)
    answer = packet("udp 10.0.9.10:53 > 10.0.1.10:4000", "", at=1.1)
    net = line("r1")
    net.capture("c1", went(ask), came(answer))
    found = read(net.case("udp 10.0.1.10:4000 > 10.0.9.10:53"))
    assert found.flow_works is True


def test_a_service_that_resets_what_it_accepted_is_no_fault_of_the_network() -> None:
    reset = packet(BACK, "R.", 7001, 1001, at=1.3)
    found = conversation(line("r1"), SYN, ACK, back=(SYN_ACK, reset))
    assert [one.end for one in found.attempts] == [ConnState.WORKED]


def test_a_reset_that_the_server_never_sent_is_one() -> None:
    """[c1] -- (r1) -- [s1]; something on the way resets what both ends had agreed upon"""
    net, reset = line("r1"), packet(BACK, "R.", 7001, 1001, at=1.3)
    net.capture("c1", went(SYN), came(SYN_ACK), went(ACK), came(reset))
    net.capture("s1", came(SYN), went(SYN_ACK), came(ACK))
    assert [one.end for one in read(net.case(FLOW)).attempts] == [ConnState.RESET]
