"""Two firewalls, one per direction."""

from __future__ import annotations

import pytest

from collectors.model.evidence import Question
from collectors.model.records import LogLine
from collectors.platforms.linux.counter_meanings import counted
from collectors.platforms.linux.knobs import setting_of
from tests.analysis.diagnosis.built_findings import FLOW, LENIENT, STATEFUL, Scene, session
from workbench.analysis.case.findings import ConnState
from workbench.analysis.case.verdict import Cause, FixClass, Outcome

WAY, BACK = "client r1 fw-a r2 server", "server r2 fw-b r1 client"


def pair() -> Scene:
    """[client] -- (r1) == fw-a / fw-b == (r2) -- [server]; requests by a, replies by b."""
    scene = Scene(WAY, BACK, works=False)
    scene.filters("fw-a", *STATEFUL, policy="drop").filters("fw-b", *STATEFUL, policy="drop")
    return scene.attempt(ConnState.HALF_OPEN)


def test_the_second_firewall_never_saw_the_syn() -> None:
    scene = (
        pair()
        .dropped("fw-b", "SYN-ACK", reverse=True)
        .say("fw-a", Question.SESSIONS, session(answered=False))
    )
    verdict = (
        scene.say("fw-b", Question.SESSIONS).moved("fw-b", 5, "invalid", "conntrack").verdict()
    )
    best = verdict.best.hypothesis
    assert (best.cause, best.guilty_node, best.direction, best.decided_by) == (
        Cause.ASYM_STATEFUL_FW,
        "fw-b",
        "reverse",
        "r2",
    )
    assert verdict.best.confidence >= 0.8
    assert best.summary.startswith(
        "fw-b drops the server's SYN-ACK: it never saw the SYN, which went through fw-a"
    )


def test_what_takes_the_place_of_a_syn_ack_is_called_an_answer_first() -> None:
    scene = pair().dropped("fw-b", "challenge ACK", reverse=True)
    verdict = scene.say("fw-a", Question.SESSIONS, session(answered=False)).verdict()
    assert verdict.best.hypothesis.summary.startswith(
        "fw-b drops the server's answer, a challenge ACK: it never saw the SYN"
    )


def test_without_captures_the_cause_is_named_but_not_surely() -> None:
    verdict = pair().verdict()
    assert verdict.best.hypothesis.cause is Cause.ASYM_STATEFUL_FW
    assert verdict.best.hypothesis.guilty_node == "fw-b"
    assert verdict.best.confidence < 0.8


def test_without_any_privilege_it_is_still_the_likeliest() -> None:
    verdict = (
        Scene(WAY, BACK, works=False).refuse("fw-b", Question.FILTER, Question.SESSIONS).verdict()
    )
    assert verdict.best.confidence < 0.8


def test_a_pair_that_shares_its_sessions_is_not_guilty() -> None:
    scene = (
        pair().say("fw-a", Question.SESSIONS, session()).say("fw-b", Question.SESSIONS, session())
    )
    scene.works, scene.attempts = True, []
    verdict = scene.verdict()
    assert verdict.best.hypothesis.cause is Cause.HEALTHY_ASYMMETRIC
    assert verdict.outcome is Outcome.HEALTHY


def test_boxes_that_track_but_do_not_drop_are_harmless_although_invalid_rises() -> None:
    scene = Scene(WAY, BACK, works=True)
    scene.filters("fw-a", *LENIENT).filters("fw-b", *LENIENT).moved(
        "fw-b", 9, "invalid", "conntrack"
    )
    verdict = scene.say("fw-a", Question.SESSIONS, session(answered=False)).verdict()
    assert verdict.best.hypothesis.cause is Cause.HEALTHY_ASYMMETRIC


def test_a_drop_elsewhere_speaks_against_the_pair() -> None:
    verdict = pair().dropped("r2", "SYN").verdict()
    assert verdict.best.hypothesis.cause is not Cause.ASYM_STATEFUL_FW


def test_a_firewall_that_may_not_be_asked_is_found_between_its_neighbours() -> None:
    """fw-a and fw-b grant no privilege; the routers' captures see the reply go in and never come
    out."""
    scene = Scene(WAY, BACK, works=False).attempt(ConnState.HALF_OPEN)
    for name in ("fw-a", "fw-b"):
        scene.refuse(name, Question.FILTER, Question.SESSIONS, Question.CAPTURE).say(
            name, Question.ROUTES
        )
    scene.saw("server", True, went_out=3).saw("r2", True, 3, 3).saw("r1", True).saw("client", True)
    verdict = scene.moved("fw-b", 3, "IpForwDatagrams").verdict()
    best = verdict.best.hypothesis
    assert (best.cause, best.guilty_node, best.direction) == (
        Cause.ASYM_STATEFUL_FW,
        "fw-b",
        "reverse",
    )
    assert verdict.drop is not None and verdict.drop.node == "fw-b"


def test_behind_two_devices_that_may_not_be_asked_nobody_is_named_for_sure() -> None:
    scene = Scene("client r1 fw-a r2 server", "server r2 fw-b r3 r1 client", works=False)
    for name in ("fw-b", "r3"):
        scene.refuse(name, Question.FILTER, Question.SESSIONS, Question.CAPTURE).say(
            name, Question.ROUTES
        )
    scene.saw("server", True, went_out=3).saw("r2", True, 3, 3).saw("r1", True).saw("client", True)
    assert scene.verdict().best.confidence < 0.8


def test_the_firewall_that_hides_its_rules_may_be_the_first_to_refuse() -> None:
    """Nothing was watched; fw-a tells its rules, fw-b does not. The reply meets fw-b before any ACK
    meets fw-a."""
    scene = Scene(WAY, BACK, works=False, attempted=False).filters("fw-a", *STATEFUL, policy="drop")
    scene.refuse("fw-b", Question.FILTER, Question.SESSIONS).say("fw-b", Question.ROUTES)
    scene.say("fw-a", Question.SESSIONS, session(answered=False)).moved(
        "fw-b", 3, "invalid", "conntrack"
    )
    best = scene.verdict().best
    assert (best.hypothesis.guilty_node, best.hypothesis.direction) == ("fw-b", "reverse")
    assert best.confidence < 0.8


def test_a_firewall_on_no_known_way_tells_in_its_log_that_it_refused_the_answer() -> None:
    """[client] -- (?) ... (?) -- [server]; nobody knows where fw-b stands, but its log names the
    SYN-ACK."""
    scene = Scene(
        "client 10.9.9.1 server",
        "server 10.9.9.2 client",
        works=False,
        outside=("10.9.9.1", "10.9.9.2"),
    )
    line = LogLine(
        None, "[UFW BLOCK]", "eth2", None, FLOW.reversed(), "S.", "ACK SYN STATE=INVALID"
    )
    scene.saw("server", True, 0, 2).saw("client", True).attempt(ConnState.NO_ANSWER)
    verdict = scene.say("fw-b", Question.LOGS, line).verdict()
    best = verdict.best
    assert (best.hypothesis.cause, best.hypothesis.guilty_node) == (Cause.ASYM_STATEFUL_FW, "fw-b")
    assert (best.hypothesis.direction, best.confidence < 0.8) == ("reverse", True)


@pytest.mark.parametrize(("received", "advised"), [(0, True), (812, False)])
def test_a_sync_daemon_that_exchanges_messages_is_not_to_be_enabled(
    received: int, advised: bool
) -> None:
    """It runs and hears its partner, and yet this session is not shared: its filter leaves it out,
    or it is late."""
    scene = (
        pair()
        .dropped("fw-b", "SYN-ACK", reverse=True)
        .say("fw-a", Question.SESSIONS, session(answered=False))
    )
    traffic = "UDP traffic (active device=eth2) / Pckts"
    numbers = (
        counted("conntrackd", f"{traffic} {way}", n)
        for way, n in (("sent", 900), ("recv", received))
    )
    scene.say("fw-b", Question.STATE_SYNC, setting_of("running.conntrackd", "yes"), *numbers)
    best = scene.say("fw-b", Question.SESSIONS).verdict().best.hypothesis
    assert (best.cause, best.guilty_node) == (Cause.ASYM_STATEFUL_FW, "fw-b")
    assert (FixClass.ENABLE_STATE_SYNC in [fix.fix_class for fix in best.fixes]) is advised
    assert ("the two do not share sessions" in best.summary) is advised
