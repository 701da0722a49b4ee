"""Something is used up: a table of sessions, the ports of a translator, the connections that a rule
lets stand."""

from __future__ import annotations

import pytest

from collectors.model.evidence import Question
from collectors.model.records import FilterChain, FilterRule, LogLine, Match
from collectors.model.words import TABLE_FULL
from collectors.platforms.linux.knobs import setting_of
from tests.analysis.diagnosis.built_findings import FLOW, STATEFUL, Scene, port, rule, state
from workbench.analysis.case.findings import Boundary, ConnState
from workbench.analysis.case.verdict import Cause, Hypothesis
from workbench.analysis.diagnosis.facts.state.limits import for_new

STRAIGHT = ("client r1 fw-a server", "server fw-a r1 client")


def unread(words: str) -> Match:
    return Match("unread", (words,))


@pytest.mark.parametrize("words", ["ct count over 20", "-m connlimit --connlimit-above 20"])
def test_a_rule_that_counts_connections_and_counted_this_one_out(words: str) -> None:
    """[client] - (r1) - [fw-a: at most 20 connections] - [server]"""
    limit = rule("drop", port(443), state("new"), unread(words))
    scene = (
        Scene(*STRAIGHT, works=False)
        .filters("fw-a", limit, *STATEFUL, counted=4)
        .dropped("fw-a", "SYN")
    )
    best = scene.attempt(ConnState.NO_ANSWER).verdict().best
    assert (best.hypothesis.cause, best.hypothesis.guilty_node) == (Cause.SESSION_LIMIT, "fw-a")
    assert best.hypothesis.direction == "forward"
    assert best.confidence >= 0.8
    assert [fix.fix_class.value for fix in best.hypothesis.fixes] == ["raise_limit"]
    assert words in " ".join(best.hypothesis.fixes[0].commands)


def test_the_server_itself_limits_connections() -> None:
    limit = rule("reject", port(443), unread("-m connlimit --connlimit-above 3"))
    scene = (
        Scene(*STRAIGHT, works=False)
        .filters("server", limit, hook="input", counted=0)
        .dropped("server", "SYN")
    )
    best = scene.attempt(ConnState.REFUSED).verdict().best.hypothesis
    assert (best.cause, best.guilty_node) == (Cause.SESSION_LIMIT, "server")


def test_a_limit_that_counted_nothing_is_not_the_reason() -> None:
    """The rule stands there, but its counter stood still: the policy drops."""
    limit = rule("drop", port(443), state("new"), unread("ct count over 20"), packets=7)
    deny = rule("drop", port(443))
    scene = (
        Scene(*STRAIGHT, works=False).filters("fw-a", deny, limit, counted=0).dropped("fw-a", "SYN")
    )
    assert scene.verdict().best.hypothesis.cause is not Cause.SESSION_LIMIT


def test_a_full_table_names_what_to_raise() -> None:
    scene = Scene(*STRAIGHT, works=False).filters("fw-a", *STATEFUL).dropped("fw-a", "SYN")
    table = [setting_of(f"net.netfilter.nf_conntrack_{name}", "65536") for name in ("count", "max")]
    best = (
        scene.say("fw-a", Question.SETTINGS, *table)
        .moved("fw-a", 9, "drop", "conntrack")
        .verdict()
        .best
    )
    assert best.hypothesis.cause is Cause.SESSION_LIMIT
    assert best.hypothesis.fixes[0].commands[0].endswith("nf_conntrack_max=131072")


def narrow(failed: int) -> Hypothesis:
    """[client] - (nat: masquerade to two ports) - [server]"""
    scene = Scene(
        "client nat server", "server nat client", works=False, boundaries={"nat": Boundary.NAT}
    )
    chain = FilterChain("nft", "ip", "nat", "post", "postrouting", "nat", 100, "accept")
    text = "masquerade to :2000-2001"
    masquerade = FilterRule(
        "nft", "ip", "nat", "post", 0, (), "masquerade", ":2000-2001", packets=0, text=text
    )
    scene.say("nat", Question.FILTER, chain, masquerade)
    scene.moved("nat", failed, "insert_failed", "conntrack").dropped("nat", "SYN")
    return scene.attempt(ConnState.NO_ANSWER).verdict().best.hypothesis


def test_a_translator_without_a_free_port() -> None:
    best = narrow(failed=6)
    assert (best.cause, best.guilty_node) == (Cause.SESSION_LIMIT, "nat")
    assert "masquerade to :2000-2001" in best.summary


def test_a_translator_whose_inserts_all_succeeded_has_ports_left() -> None:
    assert narrow(failed=0).cause is not Cause.SESSION_LIMIT


def test_a_rule_for_new_sessions_looks_at_their_first_packets_only() -> None:
    assert for_new(rule("drop", state("new")))
    assert for_new(rule("drop", Match("tcp_flags", (("fin,syn,rst,ack", "syn"),))))
    assert not for_new(rule("drop", state("new", "established")))
    assert not for_new(rule("drop", port(FLOW.dport or 0)))


def full_by_its_log(held: str | None, *, fresh: bool, refused: int = 0) -> Hypothesis:
    """[client] - (r1) - [fw-a: "table full, dropping packet"] - [server]; `held` of 1000 sessions
    by its settings."""
    line = LogLine(
        None,
        TABLE_FULL,
        None,
        None,
        None,
        text="nf_conntrack: nf_conntrack: table full, dropping packet",
    )
    scene = Scene(*STRAIGHT, works=False).filters("fw-a", *STATEFUL).dropped("fw-a", "SYN")
    scene.say("fw-a", Question.LOGS, *(() if fresh else (line,)), sample="before")
    scene.say("fw-a", Question.LOGS, line, sample="after").moved(
        "fw-a", refused, "drop", "conntrack"
    )
    if held is not None:
        table = {"count": held, "max": "1000"}
        scene.say(
            "fw-a",
            Question.SETTINGS,
            *(setting_of(f"net.netfilter.nf_conntrack_{k}", v) for k, v in table.items()),
        )
    return scene.attempt(ConnState.NO_ANSWER).verdict().best.hypothesis


def test_the_kernel_wrote_that_its_table_is_full_and_told_no_numbers() -> None:
    best = full_by_its_log(None, fresh=True)
    assert (best.cause, best.guilty_node) == (Cause.SESSION_LIMIT, "fw-a")
    assert "table is full, says its kernel's log" in best.summary
    assert any("wrote once while we watched: table full" in reason.text for reason in best.reasons)


def test_a_table_that_was_full_in_the_window_and_had_room_when_it_was_counted() -> None:
    assert full_by_its_log("600", fresh=True, refused=4).cause is Cause.SESSION_LIMIT


@pytest.mark.parametrize("fresh", [True, False])
def test_a_line_of_the_log_is_no_reason_where_the_table_has_room_and_refused_nothing(
    fresh: bool,
) -> None:
    """Containers share the kernel's log, and a line may be old."""
    assert full_by_its_log("10", fresh=fresh).cause is not Cause.SESSION_LIMIT


RATES = {
    "nft": Match("limit", ("20/minute",), True),
    "chance": Match("unread", ("-m statistic --probability 0.9",)),
}


@pytest.mark.parametrize("name", RATES)
def test_a_limit_of_a_rate_is_no_filter_even_when_none_of_those_seen_was_under_it(
    name: str,
) -> None:
    """[client] - (r1: drops what exceeds a rate) - [server]: a watch of seconds may show nothing
    but excess."""
    policer = rule("drop", port(443), RATES[name])
    scene = Scene(*STRAIGHT, works=False).filters("r1", policer, counted=9).dropped("r1", "SYN")
    best = scene.attempt(ConnState.NO_ANSWER).verdict().best.hypothesis
    assert (best.cause, best.guilty_node) == (Cause.PACKET_LOSS, "r1")
    assert "raise_limit" in [fix.fix_class.value for fix in best.fixes] or name == "chance"
