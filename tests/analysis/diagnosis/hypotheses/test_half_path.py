"""A firewall that sees one direction only."""

from __future__ import annotations

from collectors.model.evidence import Question
from tests.analysis.diagnosis.built_findings import LENIENT, STATEFUL, Scene, session
from workbench.analysis.case.findings import ConnState
from workbench.analysis.case.verdict import Cause, Outcome


def requests_only() -> Scene:
    """[client] - (r1) - fw-a - (r2) - [server]; replies go (r2) - (r1) straight."""
    scene = Scene("client r1 fw-a r2 server", "server r2 r1 client", works=False).filters(
        "fw-a", *STATEFUL, policy="drop"
    )
    return scene.attempt(ConnState.HALF_OPEN)


def test_the_ack_dies_where_the_syn_ack_was_never_seen() -> None:
    scene = (
        requests_only()
        .dropped("fw-a", "ACK")
        .say("fw-a", Question.SESSIONS, session(answered=False))
    )
    best = scene.verdict().best
    assert (best.hypothesis.cause, best.hypothesis.guilty_node) == (
        Cause.ASYM_STATEFUL_HALF_PATH,
        "fw-a",
    )
    assert (best.hypothesis.direction, best.hypothesis.decided_by) == ("forward", "r2")
    assert best.confidence >= 0.8


def test_an_ack_that_the_client_has_no_reason_to_send_is_not_what_fails() -> None:
    """Back by 10.0.5.2, which nobody can ask: the answer never comes out of it."""
    scene = Scene(
        "client r1 fw-a r2 server",
        "server r2 10.0.5.2 r1 client",
        works=False,
        outside=("10.0.5.2",),
    )
    scene.filters("fw-a", *STATEFUL, policy="drop").attempt(ConnState.HALF_OPEN)
    scene.saw("client", False, 0, 2).saw("client", True).say(
        "fw-a", Question.SESSIONS, session(answered=False)
    )
    assert scene.verdict().outcome is Outcome.INCONCLUSIVE


def test_a_firewall_on_the_way_back_only_drops_the_syn_ack() -> None:
    scene = Scene("client r1 r2 server", "server r2 fw-a r1 client", works=False).filters(
        "fw-a", *STATEFUL
    )
    best = (
        scene.dropped("fw-a", "SYN-ACK", reverse=True).say("fw-a", Question.SESSIONS).verdict().best
    )
    assert (best.hypothesis.cause, best.hypothesis.direction) == (
        Cause.ASYM_STATEFUL_HALF_PATH,
        "reverse",
    )
    assert best.confidence >= 0.8


def test_a_firewall_that_lets_unknown_packets_pass_is_not_blamed() -> None:
    scene = Scene("client r1 fw-a r2 server", "server r2 r1 client", works=False).filters(
        "fw-a", *LENIENT
    )
    assert scene.verdict().best.hypothesis.cause is not Cause.ASYM_STATEFUL_HALF_PATH


def test_a_working_flow_through_half_a_firewall_is_harmless() -> None:
    scene = Scene("client r1 fw-a r2 server", "server r2 r1 client", works=True).filters(
        "fw-a", *LENIENT
    )
    assert scene.verdict().best.hypothesis.cause is Cause.HEALTHY_ASYMMETRIC
