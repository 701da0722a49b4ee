"""Hashes that decide: which firewall, or which leg."""

from __future__ import annotations

from ipaddress import ip_address

from collectors.model.evidence import Question
from collectors.model.flow import Flow
from collectors.model.records import Neighbour
from collectors.platforms.linux.knobs import setting_of
from tests.analysis.diagnosis.built_findings import STATEFUL, Scene, branches, rule, session
from workbench.analysis.case.findings import ConnState, Disposition
from workbench.analysis.case.verdict import Cause, Outcome

WAY, BACK = "client r1 fw-a r2 server", "server r2 fw-b r1 client"


def hashed() -> Scene:
    """[client] - (r1) = fw-a / fw-b = (r2) - [server], both routers hash."""
    scene = Scene(WAY, BACK, works=False).filters("fw-a", *STATEFUL).filters("fw-b", *STATEFUL)
    scene.at("r1", branches=branches("fw-a", "fw-b", taken="fw-a"))
    scene.at("r2", reverse=True, branches=branches("fw-a", "fw-b", taken="fw-b"))
    scene.alternates = {False: ("client r1 fw-b r2 server",), True: ("server r2 fw-a r1 client",)}
    return scene


def test_the_hash_decides_which_firewall_gets_the_reply() -> None:
    scene = hashed().dropped("fw-b", "SYN-ACK", reverse=True)
    scene.say("fw-a", Question.SESSIONS, session(answered=False)).say("fw-b", Question.SESSIONS)
    best = scene.verdict().best
    assert (best.hypothesis.cause, best.hypothesis.guilty_node) == (
        Cause.ECMP_ASYM_STATEFUL,
        "fw-b",
    )
    assert best.hypothesis.decided_by == "r2"
    assert best.confidence >= 0.8


def test_a_hash_over_plain_routers_has_no_part_in_it() -> None:
    scene = Scene("client r0 r1 fw-a r2 server", "server r2 fw-b r1 r0 client", works=False)
    scene.filters("fw-a", *STATEFUL).filters("fw-b", *STATEFUL).dropped(
        "fw-b", "SYN-ACK", reverse=True
    )
    scene.at("client", branches=branches("r0", "r9", taken="r0"))
    scene.alternates = {False: ("client r9 r1 fw-a r2 server",)}
    assert scene.verdict().best.hypothesis.cause is Cause.ASYM_STATEFUL_FW


def leg() -> Scene:
    """[client] - (r1) = (r3) / (r4) = (r2) - [server]; r3 drops."""
    scene = Scene("client r1 r3 r2 server", "server r2 r4 r1 client", works=False)
    scene.at("r1", branches=branches("r3", "r4", taken="r3"))
    scene.alternates = {False: ("client r1 r4 r2 server",)}
    return scene


def test_one_leg_drops_whatever_the_state() -> None:
    best = (
        leg()
        .filters("r3", rule("drop"), counted=4)
        .filters("r4")
        .dropped("r3", "SYN")
        .verdict()
        .best
    )
    assert (best.hypothesis.cause, best.hypothesis.guilty_node) == (Cause.ECMP_LEG_FAILURE, "r3")
    assert (best.hypothesis.direction, best.hypothesis.decided_by) == ("forward", "r1")
    assert best.confidence >= 0.8


def test_both_legs_drop_so_it_is_not_the_leg() -> None:
    scene = (
        leg()
        .filters("r3", rule("drop"), counted=4)
        .filters("r4", rule("drop"))
        .dropped("r3", "SYN")
    )
    assert scene.verdict().best.hypothesis.cause is Cause.ACL_PATH


def test_a_leg_without_a_route_is_a_leg_failure() -> None:
    scene = leg()
    scene.way = "client r1 r3"
    scene.fates = {False: Disposition.BLACKHOLE}
    scene.say("server", Question.IDENTITY).say("r2", Question.IDENTITY)
    best = scene.dropped("r3", "SYN").verdict().best
    assert (best.hypothesis.cause, best.hypothesis.guilty_node) == (Cause.ECMP_LEG_FAILURE, "r3")


def test_a_leg_whose_router_does_not_answer_for_its_address() -> None:
    """[client] - (r1) = (r3) / (r4) = (r2) - [server]; r3's port is shut, so r1 gets no MAC for
    it."""
    scene = leg().at("r1", next_hop=ip_address("10.0.3.3")).dropped("r1", "SYN")
    scene.say(
        "r1", Question.NEIGHBOURS, Neighbour(ip_address("10.0.3.3"), "to-r3", None, ("FAILED",))
    )
    best = scene.verdict().best
    assert (best.hypothesis.cause, best.hypothesis.guilty_node) == (Cause.ECMP_LEG_FAILURE, "r3")
    assert best.hypothesis.decided_by == "r1"


def test_a_leg_whose_next_hop_nobody_answers_for_is_named_by_its_address() -> None:
    """[client] - (r1) = 10.8.2.2 / (r4) = (r2) - [server]; somebody else's router at 10.8.2.2 is
    off."""
    scene = Scene(
        "client r1 10.8.2.2", "server r2 r4 r1 client", works=False, outside=("10.8.2.2",)
    )
    scene.at(
        "r1", branches=branches("10.8.2.2", "r4", taken="10.8.2.2"), next_hop=ip_address("10.8.2.2")
    )
    scene.alternates = {False: ("client r1 r4 r2 server",)}
    scene.say(
        "r1",
        Question.NEIGHBOURS,
        Neighbour(ip_address("10.8.2.2"), "to-10.8.2.2", None, ("FAILED",)),
    )
    best = scene.dropped("r1", "SYN").verdict().best.hypothesis
    assert (best.cause, best.guilty_node, best.decided_by) == (
        Cause.ECMP_LEG_FAILURE,
        "10.8.2.2",
        "r1",
    )
    assert "no device answers r1 for the next hop 10.8.2.2" in best.summary


def test_a_leg_that_nobody_can_ask_is_beyond_what_can_be_seen() -> None:
    """[client] - (r1) = 10.8.2.2 / (r4) = (r2) - [server]; the packets vanish in the router of
    somebody else."""
    scene = Scene(
        "client r1 10.8.2.2 r2 server", "server r2 r4 r1 client", works=False, outside=("10.8.2.2",)
    )
    scene.at("r1", branches=branches("10.8.2.2", "r4", taken="10.8.2.2"))
    scene.alternates = {False: ("client r1 r4 r2 server",)}
    best = scene.dropped("10.8.2.2", "SYN").verdict().best
    assert (best.hypothesis.cause, best.hypothesis.guilty_node) == (
        Cause.UNKNOWN_BEYOND_VISIBILITY,
        "10.8.2.2",
    )


def labelled() -> Scene:
    """IPv6, policy 0: the flow label decides. [client] - (r1) = (r3) / (r4) = (r2) - [server]; r4
    drops."""
    flow = Flow.parse("tcp [2001:db8:1::2]:40000 > [2001:db8:2::2]:443")
    scene = Scene("client r1 r3 r2 server", "server r2 r3 r1 client", flow=flow, works=True)
    scene.at("r1", branches=branches("r3", "r4", taken="r3")).filters("r3").filters(
        "r4", rule("drop")
    )
    scene.alternates = {False: ("client r1 r4 r2 server",)}
    return scene.attempt(ConnState.WORKED)


def test_lucky_attempts_do_not_hide_a_branch_that_drops() -> None:
    verdict = (
        labelled()
        .say("r1", Question.SETTINGS, setting_of("net.ipv6.fib_multipath_hash_policy", "0"))
        .verdict()
    )
    best = verdict.best
    assert (best.hypothesis.cause, best.hypothesis.guilty_node) == (Cause.ECMP_LEG_FAILURE, "r4")
    assert best.confidence < 0.8


def test_known_ports_pin_the_branch_when_the_hash_takes_ports() -> None:
    verdict = (
        labelled()
        .say("r1", Question.SETTINGS, setting_of("net.ipv6.fib_multipath_hash_policy", "1"))
        .verdict()
    )
    assert verdict.outcome is Outcome.HEALTHY
