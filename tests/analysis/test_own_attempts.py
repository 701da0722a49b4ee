"""Who made this attempt: the client, or this run?"""

from __future__ import annotations

from dataclasses import replace

from collectors.model.evidence import About, Evidence, Inquiry, Question, Status
from collectors.model.records import Packet, Reach
from tests.analysis.test_crossing import SYN, SYN_ACK
from tests.analysis.test_healthy import CLOSED, Watched
from tests.analysis.test_path import FLOW
from workbench.analysis.case import Case
from workbench.analysis.own_attempts import client_tried


def case(*packets: Packet, places: str = "c1 r1 s1", flow: str = FLOW) -> Case:
    """What was captured there."""
    return Watched(packets, places=places).found(flow).case


def attempted(seen: Case, at: float) -> Case:
    """An attempt of our own, too."""
    reach = Reach("connect", seen.flow.dst, ok=True, sport=seen.flow.sport)
    inquiry = Inquiry("c1", Question.CONNECT, About(flow=seen.flow))
    told = Evidence("e99", inquiry, Status.ANSWERED, records=(reach,), taken_at=at, duration=0.1)
    return seen.with_evidence([told])


def test_a_client_that_was_seen_to_send_tries_by_itself() -> None:
    assert client_tried(case(*CLOSED))
    assert client_tried(case(SYN))


def test_nobody_tried_where_the_client_was_not_watched_or_used_another_port() -> None:
    assert not client_tried(case())
    assert not client_tried(case(*CLOSED, places="r1 s1"))
    assert not client_tried(case(*CLOSED, flow=FLOW.replace(":4000", ":4001")))


def test_an_attempt_of_our_own_is_none_of_the_clients() -> None:
    assert not client_tried(attempted(case(SYN, SYN_ACK), SYN.time))
    before = replace(SYN, time=SYN.time - 5)
    assert client_tried(attempted(case(before, SYN, SYN_ACK), SYN.time))
