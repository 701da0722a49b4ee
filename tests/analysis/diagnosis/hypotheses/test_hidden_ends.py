"""Servers and routers that hide their rules or cannot be asked, and tables that are full."""

from __future__ import annotations

import pytest

from collectors.model.evidence import Question
from collectors.model.flow import Flow
from collectors.model.records import (
    LogLine,
    Match,
    Packet,
    Socket,
)
from collectors.platforms.linux.knobs import setting_of
from tests.analysis.diagnosis.built_findings import FLOW, STATEFUL, Scene, listener, rule
from workbench.analysis.case.drop import LastSeen
from workbench.analysis.case.findings import ConnState, Observation
from workbench.analysis.case.verdict import Cause

STRAIGHT = ("client r1 fw-a server", "server fw-a r1 client")


def hiding_server() -> Scene:
    """A server that may neither be watched nor asked for its rules; the hop before it hands the
    packets over."""
    scene = Scene(*STRAIGHT, works=False).say("server", Question.LISTENERS, listener())
    return scene.refuse("server", Question.FILTER, Question.CAPTURE).saw("fw-a", False, 3, 3)


def test_a_server_that_hides_its_rules_is_suspected() -> None:
    best = hiding_server().verdict().best
    assert (best.hypothesis.cause, best.hypothesis.guilty_node) == (
        Cause.SERVER_POLICY_DENY,
        "server",
    )
    assert best.confidence < 0.8


def test_a_server_that_hides_its_rules_is_named_by_its_own_log() -> None:
    logged = LogLine(None, "DROP", "eth0", None, FLOW, "S", "DROP IN=eth0 OUT= SRC=10.0.1.20")
    scene = hiding_server().say("server", Question.LOGS, sample="before")
    scene.say("server", Question.LOGS, logged, sample="after").dropped(
        "server", "SYN", where="its own log names 1 SYN"
    )
    best = scene.verdict().best
    assert (best.hypothesis.cause, best.confidence >= 0.8) == (Cause.SERVER_POLICY_DENY, True)
    assert best.hypothesis.summary.endswith("as its log shows")


def test_the_servers_own_filter_denies_its_answer() -> None:
    scene = Scene(*STRAIGHT, works=False).say("server", Question.LISTENERS, listener())
    reply = rule("drop", Match("sport", ((443, 443),)))
    scene.filters("server", reply, hook="output", counted=5).dropped(
        "server", "SYN", last_seen=LastSeen.ARRIVED, where="arrived 5 times at server"
    )
    best = scene.verdict().best
    assert (best.hypothesis.cause, best.hypothesis.guilty_node) == (
        Cause.SERVER_POLICY_DENY,
        "server",
    )
    assert best.hypothesis.direction == "reverse"
    assert best.confidence >= 0.8


def test_a_router_drops_echo_replies() -> None:
    flow = Flow.parse("icmp 10.0.1.20 > 10.0.2.10")
    scene = Scene("client r1 server", "server r1 client", flow=flow, works=False)
    scene.filters("r1", rule("drop", Match("icmp_type", ("echo-reply",))), counted=4).dropped(
        "r1", "ICMP", reverse=True
    )
    best = scene.verdict().best
    assert (best.hypothesis.cause, best.hypothesis.guilty_node) == (Cause.ACL_PATH, "r1")
    assert (best.hypothesis.direction, best.confidence >= 0.8) == ("reverse", True)


def test_a_server_that_nobody_can_ask_refuses() -> None:
    scene = Scene(*STRAIGHT, works=False).silent("server").attempt(ConnState.REFUSED)
    scene.saw("client", False, went_out=3).saw("fw-a", False, 3, 3)
    reset = Packet(1.0, "eth0", False, FLOW.reversed(), 40, flags="R.")
    scene.observations.append(Observation("fw-a", True, (reset,), (), ("capture",)))
    best = scene.verdict().best
    assert (best.hypothesis.cause, best.hypothesis.guilty_node) == (
        Cause.SERVICE_NOT_LISTENING,
        "server",
    )
    assert best.confidence < 0.8


def test_a_firewall_whose_session_table_is_full_takes_no_new_flow() -> None:
    scene = Scene(*STRAIGHT, works=False).filters("fw-a", *STATEFUL).dropped("fw-a", "SYN")
    table = [setting_of(f"net.netfilter.nf_conntrack_{name}", "65536") for name in ("count", "max")]
    best = (
        scene.say("fw-a", Question.SETTINGS, *table)
        .moved("fw-a", 9, "drop", "conntrack")
        .verdict()
        .best
    )
    assert (best.hypothesis.cause, best.hypothesis.guilty_node) == (Cause.SESSION_LIMIT, "fw-a")
    assert "its session table is full (65536 of 65536)" in best.hypothesis.summary
    assert best.hypothesis.fixes[0].commands[0] == "sysctl -w net.netfilter.nf_conntrack_max=131072"


def test_a_table_with_room_explains_nothing() -> None:
    scene = Scene(*STRAIGHT, works=False).filters("fw-a", *STATEFUL).dropped("fw-a", "SYN")
    table = [
        setting_of(f"net.netfilter.nf_conntrack_{name}", value)
        for name, value in (("count", "200"), ("max", "65536"))
    ]
    summary = scene.say("fw-a", Question.SETTINGS, *table).verdict().best.hypothesis.summary
    assert "table" not in summary


@pytest.mark.parametrize(("heard", "direction"), [((), "forward"), (("SYN-RECV",), "reverse")])
def test_where_nobody_may_capture_the_sockets_tell_which_direction_is_lost(
    heard: tuple[str, ...], direction: str
) -> None:
    scene = Scene(*STRAIGHT, works=False, attempted=False)
    scene.say(
        "client",
        Question.SOCKETS,
        Socket(FLOW.protocol, "SYN-SENT", FLOW.src, 40000, FLOW.dst, 443),
    )
    answers = [Socket(FLOW.protocol, one, FLOW.dst, 443, FLOW.src, 40000) for one in heard]
    best = scene.say("server", Question.SOCKETS, *answers).verdict().best.hypothesis
    assert (best.cause, best.direction) == (Cause.UNKNOWN_BEYOND_VISIBILITY, direction)
