"""Packets vanish behind devices that cannot be asked, or for reasons that nobody explains."""

from __future__ import annotations

from ipaddress import ip_address

import pytest

from collectors.model.evidence import Question
from collectors.model.records import (
    TraceReply,
    Traceroute,
)
from tests.analysis.diagnosis.built_findings import (
    FLOW,
    STATEFUL,
    Scene,
)
from workbench.analysis.case.findings import ConnState, Disposition
from workbench.analysis.case.verdict import Cause, Outcome

STRAIGHT = ("client r1 fw-a server", "server fw-a r1 client")


def test_packets_vanish_behind_the_last_device_that_can_be_asked() -> None:
    scene = Scene(
        "client r1 10.9.9.9 server", "server 10.9.9.9 r1 client", works=False, outside=("10.9.9.9",)
    )
    scene.at("10.9.9.9", address=ip_address("10.9.9.9"))
    scene.saw("client", False, went_out=3).saw("r1", False, 3, 3).saw("server", False).filters("r1")
    verdict = scene.attempt(ConnState.NO_ANSWER).verdict()
    assert verdict.best.hypothesis.cause is Cause.UNKNOWN_BEYOND_VISIBILITY
    assert verdict.best.hypothesis.guilty_node == "10.9.9.9", "the one that the summary names"
    assert verdict.best.confidence <= 0.75
    assert (verdict.best.hypothesis.direction, verdict.outcome) == ("forward", Outcome.INCONCLUSIVE)


@pytest.mark.parametrize(
    ("heard", "suspect"), [(("10.9.9.1", "10.9.9.2"), "10.9.9.2"), (("10.9.9.1",), "10.9.9.1")]
)
def test_of_two_hidden_devices_the_last_that_answers_a_traceroute_is_the_suspect(
    heard: tuple[str, ...], suspect: str
) -> None:
    """[client] - (10.9.9.1) - (10.9.9.2) - [server]: what expires is answered before a filter
    sees it."""
    hidden = ("10.9.9.1", "10.9.9.2")
    scene = Scene(
        f"client {' '.join(hidden)} server",
        "server 10.9.9.2 10.9.9.1 client",
        works=False,
        outside=hidden,
    )
    for name in hidden:
        scene.at(name, address=ip_address(name))
    replies = tuple(TraceReply(ttl, ip_address(at)) for ttl, at in enumerate(heard, 1))
    scene.say(
        "client", Question.TRACE, Traceroute(FLOW.dst, "tcp", (*replies, TraceReply(3, None)))
    )
    scene.saw("client", False, went_out=3).saw("server", False)
    best = scene.attempt(ConnState.NO_ANSWER).verdict().best.hypothesis
    assert (best.cause, best.guilty_node) == (Cause.UNKNOWN_BEYOND_VISIBILITY, suspect)


@pytest.mark.parametrize("way", ["client r1 10.9.9.2 server", "client 10.9.9.2 r1 server"])
def test_of_two_hidden_devices_the_one_that_said_nothing_at_all_is_the_suspect(way: str) -> None:
    """r1 can be logged in to, shows its routes and may neither capture nor read its filters."""
    scene = Scene(way, " ".join(reversed(way.split())), works=False, outside=("10.9.9.2",))
    scene.at("10.9.9.2", address=ip_address("10.9.9.2"))
    scene.say("r1", Question.ROUTES).refuse("r1", Question.FILTER)
    best = (
        scene.saw("client", False, went_out=3)
        .saw("server", False)
        .attempt(ConnState.NO_ANSWER)
        .verdict()
        .best
    )
    assert best.hypothesis.cause is Cause.UNKNOWN_BEYOND_VISIBILITY
    assert best.hypothesis.guilty_node == "10.9.9.2"
    assert best.hypothesis.would_settle == "a capture at 10.9.9.2, or its own answers"
    assert best.confidence <= 0.75


def test_a_working_flow_accuses_nobody_who_cannot_be_asked() -> None:
    scene = Scene("client 10.9.9.9 server", "server 10.9.9.9 client", outside=("10.9.9.9",))
    every = [scene.verdict().best, *scene.verdict().alternatives]
    assert [
        one.hypothesis.guilty_node
        for one in every
        if one.hypothesis.cause is Cause.UNKNOWN_BEYOND_VISIBILITY
    ] == [None]


def test_nothing_seen_and_nothing_known_is_inconclusive() -> None:
    scene = Scene(
        "client r1",
        "server",
        attempted=False,
        fates={False: Disposition.INVISIBLE, True: Disposition.INVISIBLE},
    )
    verdict = scene.verdict()
    assert verdict.outcome is Outcome.INCONCLUSIVE
    assert verdict.best.confidence < 0.8


def test_a_drop_that_nobody_explains_is_no_sure_verdict() -> None:
    scene = Scene(*STRAIGHT, works=False).filters("fw-a", *STATEFUL).dropped("fw-a", "SYN")
    assert scene.verdict().best.confidence < 0.8


def test_a_device_that_hides_its_rules_is_blamed_with_doubt() -> None:
    scene = (
        Scene(*STRAIGHT, works=False).refuse("fw-a", Question.FILTER).say("fw-a", Question.RULES)
    )
    scene.dropped("fw-a", "SYN")
    best = scene.verdict().best
    assert best.hypothesis.cause is Cause.TRANSIT_POLICY_DENY
    assert best.confidence < 0.8
