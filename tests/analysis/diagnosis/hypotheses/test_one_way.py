"""Datagrams that no device answers: a fault only where somebody stops them."""

from __future__ import annotations

from ipaddress import ip_address

from collectors.model.evidence import Question
from collectors.model.flow import Protocol
from collectors.model.records import Packet, Socket
from tests.analysis.topology import Net, chain, packet, rule
from workbench.analysis.case.verdict import Cause, Outcome, Verdict
from workbench.analysis.diagnosis.ranking.rank import judge
from workbench.analysis.evidence.read import read

SYSLOG = "udp 10.0.1.10:5140 > 10.0.9.10:514"
FROM_ANOTHER = "udp 10.0.9.2:514 > 10.0.1.10:5140"
FROM_ANOTHER_PORT = "udp 10.0.9.10:40069 > 10.0.1.10:5140"


def syslog(*rules: object, answer: str | None = None) -> Verdict:
    """[c1] -- (r1) -- [s1], where a socket takes the datagrams"""
    net = Net()
    net.link("c1 10.0.1.10/24", "r1 10.0.1.1/24")
    net.link("r1 10.0.9.1/24", "s1 10.0.9.10/24 10.0.9.2/24")
    net.route("c1", "default", "10.0.1.1")
    net.route("s1", "default", "10.0.9.1")
    net.capture("c1", *_packets(True))
    net.capture(
        "s1",
        *_packets(False),
        *([packet(answer, "", outgoing=True, interface="eth0")] if answer else []),
    )
    net.tell("s1", Question.LISTENERS, Socket(Protocol.UDP, "UNCONN", ip_address("0.0.0.0"), 514))
    net.nft("s1", chain("input", "input"), *rules)  # type: ignore[arg-type]
    return judge(read(net.case(SYSLOG)))


def _packets(outgoing: bool) -> tuple[Packet, ...]:
    times = (1.0, 2.0, 3.0, 4.0)
    return tuple(
        packet(SYSLOG, "", at=at, outgoing=outgoing, interface="eth0", ip_id=int(at))
        for at in times
    )


def test_a_service_that_never_answers_is_served_all_the_same() -> None:
    verdict = syslog()
    assert (verdict.best.hypothesis.cause, verdict.outcome) == (
        Cause.HEALTHY_SYMMETRIC,
        Outcome.HEALTHY,
    )
    assert verdict.best.confidence < 0.8
    assert verdict.drop is None


def test_a_filter_of_the_server_is_still_one() -> None:
    assert syslog(rule("input", 0, "drop")).best.hypothesis.cause is Cause.SERVER_POLICY_DENY


def test_a_service_that_answers_from_another_address_does_not_work() -> None:
    for answer in (FROM_ANOTHER, FROM_ANOTHER_PORT):
        verdict = syslog(answer=answer)
        assert verdict.outcome is Outcome.INCONCLUSIVE
        assert "not from what was asked" in verdict.best.hypothesis.summary
