"""Filters of odd kinds, and in odd places: random and hashed drops, the client's own rules."""

from __future__ import annotations

import pytest

from collectors.model.records import Match
from tests.analysis.diagnosis.built_findings import STATEFUL, Scene, port, rule
from workbench.analysis.case.findings import ConnState
from workbench.analysis.case.verdict import Cause, Hypothesis

WAY, BACK = "client r1 r2 server", "server r2 r1 client"
SOMETIMES = Match("numgen", ("random mod 10 < 6",))  # nobody can tell beforehand whether it matches


def test_a_rule_that_drops_at_random_whatever_the_state_is_a_plain_filter() -> None:
    scene = Scene(WAY, BACK, works=False).filters("r2", rule("drop", SOMETIMES), counted=4)
    best = scene.dropped("r2", "SYN").verdict().best
    assert (best.hypothesis.cause, best.hypothesis.guilty_node) == (Cause.ACL_PATH, "r2")


def test_behind_a_rule_that_lets_known_sessions_pass_it_is_policy() -> None:
    scene = Scene(WAY, BACK, works=False).filters(
        "r2", STATEFUL[0], rule("drop", SOMETIMES), counted=4
    )
    assert scene.dropped("r2", "SYN").verdict().best.hypothesis.cause is Cause.TRANSIT_POLICY_DENY


def test_a_device_that_is_seen_to_drop_is_named_though_nothing_that_it_tells_explains_it() -> None:
    """A filter of a kind that nobody asks for (in a driver, a program of its own) leaves the
    capture as its witness."""
    scene = Scene(WAY, BACK, works=False).filters("r2").dropped("r2", "SYN-ACK", reverse=True)
    best = scene.moved("r2", 3, "IpForwDatagrams").verdict().best
    assert (best.hypothesis.cause, best.hypothesis.guilty_node) == (Cause.ACL_PATH, "r2")
    assert best.hypothesis.direction == "reverse"
    assert 0.3 <= best.confidence < 0.8


def test_the_clients_own_filter_stops_the_request() -> None:
    scene = Scene(WAY, BACK, works=False, attempted=False).filters(
        "client", rule("drop"), hook="output", counted=4
    )
    best = scene.verdict().best
    assert (best.hypothesis.cause, best.hypothesis.guilty_node) == (Cause.ACL_PATH, "client")
    assert (best.hypothesis.direction, "own packet filter" in best.hypothesis.summary) == (
        "forward",
        True,
    )


def test_the_clients_own_filter_stops_the_answer() -> None:
    scene = Scene(WAY, BACK, works=False).filters("client", rule("drop"), hook="input", counted=4)
    best = scene.dropped("client", "SYN-ACK", reverse=True).verdict().best
    assert (best.hypothesis.cause, best.hypothesis.guilty_node) == (Cause.ACL_PATH, "client")
    assert best.hypothesis.direction == "reverse"


@pytest.mark.parametrize(
    ("words", "called"),
    [
        ("-m connbytes --connbytes 2000", "a rule that looks at the connection"),
        ("ct original bytes > 2000", "a rule that looks at the connection"),
        ("-m string --string GET", "a stateless filter"),
    ],
)
def test_a_router_that_stops_data_is_not_stateless_where_its_rule_knows_the_connection(
    words: str, called: str
) -> None:
    best = data_stopped("r2", Match("unread", (words,)))
    assert (best.cause, best.guilty_node) == (Cause.ACL_PATH, "r2")
    assert called in best.summary


@pytest.mark.parametrize(
    "match", [Match("unread", ("ct original bytes > 2000",)), Match("length", ("201-65535",))]
)
def test_data_that_a_firewall_counts_out_is_its_policy(match: Match) -> None:
    best = data_stopped("fw-a", match)
    assert (best.cause, best.guilty_node, best.direction) == (
        Cause.TRANSIT_POLICY_DENY,
        "fw-a",
        "forward",
    )


def data_stopped(device: str, match: Match) -> Hypothesis:
    """[client] - (device: tcp dport 443, and that match: drop) - [server]; the handshake passes,
    data does not."""
    scene = Scene(f"client {device} server", f"server {device} client", works=False)
    scene.filters(device, rule("drop", port(443), match), counted=5).dropped(device, "data")
    return scene.attempt(ConnState.STALLED).verdict().best.hypothesis
