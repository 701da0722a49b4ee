"""Who made this attempt: the client, or this run?"""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_address

import pytest

from collectors.model.evidence import Evidence, Query, QueryParams, Question, Status
from collectors.model.flow import Flow
from collectors.model.records import Failure, Packet, ProbeResult
from tests.analysis.handshake import SYN, SYN_ACK
from tests.analysis.trace.test_walk import FLOW, line
from tests.analysis.watched import CLOSED, Watched
from workbench.analysis.case.case import Case
from workbench.analysis.case.findings import ConnState, Findings
from workbench.analysis.diagnosis.ranking.rank import judge
from workbench.analysis.evidence.own_attempts import client_tried, probed
from workbench.analysis.evidence.read import read


def case(*packets: Packet, places: str = "c1 r1 s1", flow: str = FLOW) -> Case:
    """What was captured there."""
    return Watched(packets, places=places).found(flow).case


def attempted(seen: Case, at: float) -> Case:
    """An attempt of our own, too."""
    reach = ProbeResult("connect", seen.flow.dst, ok=True, sport=seen.flow.sport)
    query = Query("c1", Question.CONNECT, QueryParams(flow=seen.flow))
    probe = Evidence("e99", query, Status.ANSWERED, records=(reach,), taken_at=at, duration=0.1)
    return seen.with_evidence([probe])


def test_a_client_that_was_seen_to_send_tries_by_itself() -> None:
    assert client_tried(case(*CLOSED))
    assert client_tried(case(SYN))


def test_nobody_tried_where_the_client_was_not_watched_or_used_another_port() -> None:
    assert not client_tried(case())
    assert not client_tried(case(*CLOSED, places="r1 s1"))
    assert not client_tried(case(*CLOSED, flow=FLOW.replace(":4000", ":4001")))


def pasted(*reaches: ProbeResult) -> Findings:
    """What people tried from c1, and pasted."""
    known = case(places="")
    query = Query("c1", Question.CONNECT, QueryParams(flow=known.flow))
    probe = Evidence("e98", query, Status.ANSWERED, records=reaches, taken_at=1.0, pasted_by="rita")
    return read(known.with_evidence([probe]))


def test_what_people_tried_is_no_attempt_of_our_own() -> None:
    found = pasted(ProbeResult("connect", case().flow.dst, ok=True))
    assert [(one.end, one.ours) for one in found.attempts] == [(ConnState.WORKED, False)]
    assert judge(found).best.confidence <= 0.75


def test_a_ping_that_the_same_tool_sent_is_no_attempt_of_a_connection() -> None:
    target = case().flow.dst
    found = pasted(
        ProbeResult("connect", target, ok=True),
        ProbeResult("ping", target, ok=False, failure=Failure.TIMED_OUT),
    )
    assert [one.end for one in found.attempts] == [ConnState.WORKED]


def test_a_tool_that_connected_and_got_no_further_did_not_work() -> None:
    found = pasted(ProbeResult("connect", case().flow.dst, ok=False, failure=Failure.STALLED))
    assert [one.end for one in found.attempts] == [ConnState.STALLED]
    assert found.flow_works is False


@pytest.mark.parametrize(("seconds", "end"), [(0.1, ConnState.NO_ANSWER), (1.8, ConnState.OPEN)])
def test_an_attempt_that_gave_up_before_an_answer_could_come_tells_nothing(
    seconds: float, end: ConnState
) -> None:
    net = line("r1")
    timed_out = ProbeResult(
        "connect", ip_address("10.0.9.10"), ok=False, failure=Failure.NO_REPLY, sport=4001
    )
    net.tell("c1", Question.CONNECT, timed_out)
    net.tell(
        "c1",
        Question.PING,
        ProbeResult("ping", ip_address("10.0.9.10"), ok=True, rtt_ms=1000 * seconds),
    )
    seen = net.case(FLOW.replace("tcp", "udp"))
    assert [one.end for one in probed(seen)] == [end]
    pasted = replace(seen, evidence=tuple(replace(item, pasted_by="ann") for item in seen.evidence))
    assert [one.end for one in probed(pasted)] == [ConnState.NO_ANSWER], (
        "a tool of somebody's waits as it likes"
    )


def test_an_attempt_of_our_own_is_none_of_the_clients() -> None:
    assert not client_tried(attempted(case(SYN, SYN_ACK), SYN.time))
    before = replace(SYN, time=SYN.time - 5)
    assert client_tried(attempted(case(before, SYN, SYN_ACK), SYN.time))


def test_an_answer_to_the_client_that_was_seen_shows_that_it_tries_by_itself() -> None:
    assert client_tried(case(SYN_ACK, places="c1"))
    assert not client_tried(case(SYN_ACK, places="r1"))


@pytest.mark.parametrize(("after", "end"), [(1.6, ConnState.OPEN), (2.6, ConnState.NO_ANSWER)])
def test_an_answer_that_another_socket_of_the_port_took_is_no_missing_one(
    after: float, end: ConnState
) -> None:
    """The client binds the port meanwhile: the capture shows the answer, our own socket got none in
    its two seconds."""
    flow = Flow.parse(FLOW.replace("tcp", "udp"))
    net = line("r1")
    answer = Packet(10.0 + after, "eth0", False, flow.reversed(), 52)
    net.capture("c1", answer)
    silent = ProbeResult("connect", flow.dst, ok=False, failure=Failure.NO_REPLY, sport=flow.sport)
    query = Query("c1", Question.CONNECT, QueryParams(flow=flow))
    probe = Evidence("e96", query, Status.ANSWERED, records=(silent,), taken_at=10.0, duration=2.2)
    assert [one.end for one in probed(net.case(str(flow)).with_evidence([probe]))] == [end]


def pinged(lost: int, answered: int, device: str = "c1") -> list[ConnState]:
    """How a ping ended that somebody pasted of a flow of pings."""
    flow = Flow.parse("icmp 10.0.1.10 > 10.0.9.10")
    known = line("r1").case(str(flow))
    tries = [ProbeResult("ping", flow.dst, ok=True)] * answered + [
        ProbeResult("ping", flow.dst, ok=False, failure=Failure.TIMED_OUT)
    ] * lost
    query = Query(device, Question.PING, QueryParams(flow=flow))
    probe = Evidence(
        "e97", query, Status.ANSWERED, records=tuple(tries), taken_at=1.0, pasted_by="rita"
    )
    return [one.end for one in probed(known.with_evidence([probe]))]


def test_a_pasted_ping_of_the_client_is_an_attempt_of_a_flow_of_pings() -> None:
    assert pinged(lost=3, answered=0) == pinged(lost=40, answered=60) == [ConnState.NO_ANSWER]
    assert pinged(lost=1, answered=2) == pinged(lost=5, answered=95) == [ConnState.WORKED]


def test_the_ping_of_another_machine_is_none() -> None:
    assert pinged(lost=3, answered=0, device="r1") == []
