"""A firewall that sees one direction only."""

from __future__ import annotations

from collectors.model.evidence import Question
from collectors.model.inventory import Role
from collectors.platforms.linux.knobs import setting_of
from tests.analysis.diagnosis.built_findings import LENIENT, STATEFUL, Scene, session
from workbench.analysis.case.findings import ConnState
from workbench.analysis.case.verdict import Cause, Outcome

COUNT = "net.netfilter.nf_conntrack_count"


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


def around_a_sensor() -> Scene:
    """Replies pass fw-a; requests pass ids-b, which may not be asked for its rules."""
    scene = Scene(
        "client r1 ids-b r2 server", "server r2 fw-a r1 client", roles={"ids-b": Role.ROUTER}
    )
    scene.filters("fw-a", *STATEFUL, policy="drop").say("fw-a", Question.SESSIONS)
    scene.refuse("ids-b", Question.FILTER, Question.SESSIONS).say("ids-b", Question.ROUTES)
    return scene.dropped("fw-a", "SYN-ACK", reverse=True)


def tracks(scene: Scene, count: str) -> Scene:
    """Its settings say how many sessions it tracks."""
    return scene.say("ids-b", Question.SETTINGS, setting_of(COUNT, count))


def test_a_device_that_tracks_behind_rules_that_it_hides_may_keep_the_state() -> None:
    best = tracks(around_a_sensor(), "3").verdict().best
    assert (best.hypothesis.cause, best.hypothesis.guilty_node) == (Cause.ASYM_STATEFUL_FW, "fw-a")
    assert best.confidence < 0.8
    assert any("tracks 3 sessions" in reason.text for reason in best.hypothesis.reasons)


def test_whether_a_device_that_hides_its_rules_keeps_state_is_not_known() -> None:
    best = around_a_sensor().verdict().best
    assert best.hypothesis.guilty_node == "fw-a"
    assert best.confidence < 0.8


def test_a_device_that_tracks_nothing_keeps_no_state_whatever_its_rules() -> None:
    best = tracks(around_a_sensor(), "0").verdict().best
    assert best.hypothesis.cause is Cause.ASYM_STATEFUL_HALF_PATH
    assert best.confidence >= 0.8


def test_a_device_that_sees_both_directions_is_not_who_misses_one() -> None:
    scene = Scene(
        "client ids-b r1 fw-a r2 server", "server r2 r1 ids-b client", roles={"ids-b": Role.ROUTER}
    )
    scene.filters("fw-a", *STATEFUL, policy="drop").dropped("fw-a", "ACK")
    scene.refuse("ids-b", Question.FILTER, Question.SESSIONS).say("ids-b", Question.ROUTES)
    scene.attempt(ConnState.HALF_OPEN).say("fw-a", Question.SESSIONS, session(answered=False))
    best = tracks(scene, "3").verdict().best
    assert best.hypothesis.cause is Cause.ASYM_STATEFUL_HALF_PATH
    assert best.confidence >= 0.8
