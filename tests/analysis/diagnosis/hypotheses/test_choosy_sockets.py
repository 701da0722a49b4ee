"""Sockets that take nothing from this client: unsigned segments, segments from afar, another IP
version."""

from __future__ import annotations

from dataclasses import replace

from collectors.model.evidence import Question
from tests.analysis.diagnosis.built_findings import Scene, listener, port, rule
from workbench.analysis.case.drop import LastSeen
from workbench.analysis.case.findings import ConnState
from workbench.analysis.case.verdict import Cause, Outcome

STRAIGHT = ("client r1 fw-a server", "server fw-a r1 client")


def test_a_server_that_wants_segments_signed_throws_plain_ones_away() -> None:
    """BGP's listener: TCPMD5NotFound counts, and no filter does."""
    scene = (
        Scene(*STRAIGHT, works=False)
        .say("server", Question.LISTENERS, listener())
        .attempt(ConnState.NO_ANSWER)
    )
    scene.filters("server", hook="input").moved("server", 6, "TcpExtTCPMD5NotFound")
    found = (
        scene.dropped(
            "server",
            "SYN",
            last_seen=LastSeen.ARRIVED,
            where="arrived 6 times at server and was not answered",
        )
        .verdict()
        .best
    )
    hypothesis = found.hypothesis
    assert (hypothesis.cause, hypothesis.guilty_node, hypothesis.direction) == (
        Cause.SERVER_POLICY_DENY,
        "server",
        "forward",
    )
    assert "TCP-MD5" in hypothesis.summary and "same key" in hypothesis.fixes[0].commands[1]


def test_a_server_that_takes_segments_from_near_by_only_throws_those_from_afar_away() -> None:
    """BGP's TTL security: TCPMinTTLDrop counts."""
    scene = (
        Scene(*STRAIGHT, works=False)
        .say("server", Question.LISTENERS, listener())
        .attempt(ConnState.NO_ANSWER)
    )
    scene.filters("server", hook="input").moved("server", 6, "TcpExtTCPMinTTLDrop")
    best = (
        scene.dropped(
            "server",
            "SYN",
            last_seen=LastSeen.ARRIVED,
            where="arrived 6 times at server and was not answered",
        )
        .verdict()
        .best
    )
    assert (best.hypothesis.cause, best.hypothesis.guilty_node) == (
        Cause.SERVER_POLICY_DENY,
        "server",
    )
    assert "time to live" in best.hypothesis.summary and "signature" not in best.hypothesis.summary
    assert [fix.fix_class for fix in best.hypothesis.fixes] == ["raise_ttl"]


def test_what_is_too_old_for_another_service_is_no_reason_where_the_flow_is_answered() -> None:
    scene = (
        Scene(*STRAIGHT, works=True)
        .say("server", Question.LISTENERS, listener())
        .attempt(ConnState.WORKED)
    )
    verdict = (
        scene.filters("server", hook="input").moved("server", 6, "TcpExtTCPMinTTLDrop").verdict()
    )
    assert verdict.outcome is Outcome.HEALTHY


def test_signatures_of_others_are_no_reason_where_the_flow_never_reaches_the_server() -> None:
    scene = (
        Scene(*STRAIGHT, works=False)
        .say("server", Question.LISTENERS, listener())
        .attempt(ConnState.NO_ANSWER)
    )
    scene.filters("fw-a", rule("drop", port(443)), counted=3).moved(
        "server", 6, "TcpExtTCPMD5NotFound"
    )
    assert scene.dropped("fw-a", "SYN").verdict().best.hypothesis.cause is Cause.TRANSIT_POLICY_DENY


def test_a_port_that_is_bound_for_ipv6_only_is_told_so() -> None:
    only = replace(listener(), family=6)
    scene = (
        Scene(*STRAIGHT, works=False)
        .say("server", Question.LISTENERS, only)
        .attempt(ConnState.REFUSED)
    )
    hypothesis = scene.verdict().best.hypothesis
    assert hypothesis.cause is Cause.SERVICE_NOT_LISTENING
    assert "(the port is bound to any address of IPv6 only)" in hypothesis.summary


def test_a_port_that_is_bound_for_both_versions_is_no_reason() -> None:
    scene = (
        Scene(*STRAIGHT, works=True)
        .say("server", Question.LISTENERS, listener())
        .attempt(ConnState.WORKED)
    )
    assert scene.verdict().outcome is Outcome.HEALTHY
