"""Filters of odd kinds, and in odd places: random and hashed drops, the client's own rules."""

from __future__ import annotations

from collectors.model.records import Match
from tests.analysis.hypotheses.scenes import STATEFUL, Scene, rule
from workbench.analysis.verdict import Cause

WAY, BACK = "client r1 r2 server", "server r2 r1 client"
SOMETIMES = Match("numgen", ("random mod 10 < 6",))  # nobody can tell beforehand whether it matches


def test_a_rule_that_drops_at_random_whatever_the_state_is_a_plain_filter() -> None:
    scene = Scene(WAY, BACK, works=False).filters("r2", rule("drop", SOMETIMES), counted=4)
    best = scene.dropped("r2", "SYN").verdict().best
    assert (best.hypothesis.cause, best.hypothesis.guilty_node) == (Cause.ACL_PATH, "r2")


def test_behind_a_rule_that_lets_known_sessions_pass_it_is_policy() -> None:
    scene = Scene(WAY, BACK, works=False).filters("r2", STATEFUL[0], rule("drop", SOMETIMES), counted=4)
    assert scene.dropped("r2", "SYN").verdict().best.hypothesis.cause is Cause.TRANSIT_POLICY_DENY


def test_a_device_that_is_seen_to_drop_is_named_though_nothing_that_it_tells_explains_it() -> None:
    """A filter of a kind that nobody asks for (in a driver, a program of its own) leaves the capture as its witness."""
    scene = Scene(WAY, BACK, works=False).filters("r2").dropped("r2", "SYN-ACK", reverse=True)
    best = scene.moved("r2", 3, "IpForwDatagrams").verdict().best
    assert (best.hypothesis.cause, best.hypothesis.guilty_node) == (Cause.ACL_PATH, "r2")
    assert best.hypothesis.direction == "reverse"
    assert 0.3 <= best.confidence < 0.8


def test_the_clients_own_filter_stops_the_request() -> None:
    scene = Scene(WAY, BACK, works=False, attempted=False).filters("client", rule("drop"), hook="output", counted=4)
    best = scene.verdict().best
    assert (best.hypothesis.cause, best.hypothesis.guilty_node) == (Cause.ACL_PATH, "client")
    assert (best.hypothesis.direction, "own packet filter" in best.hypothesis.summary) == ("forward", True)


def test_the_clients_own_filter_stops_the_answer() -> None:
    scene = Scene(WAY, BACK, works=False).filters("client", rule("drop"), hook="input", counted=4)
    best = scene.dropped("client", "SYN-ACK", reverse=True).verdict().best
    assert (best.hypothesis.cause, best.hypothesis.guilty_node) == (Cause.ACL_PATH, "client")
    assert best.hypothesis.direction == "reverse"
