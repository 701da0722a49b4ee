"""Policy rules, strict reverse-path checks, dead ends and loops."""

from __future__ import annotations

from ipaddress import ip_address, ip_interface

import pytest

from collectors.model.evidence import Question
from collectors.model.records import Interface, Neighbour, Packet, PolicyRule
from collectors.model.settings import DeviceSetting
from tests.analysis.diagnosis.built_findings import (
    FLOW,
    STATEFUL,
    Scene,
    reverse_path,
    route,
    rule,
    strict,
)
from tests.analysis.diagnosis.built_findings import (
    port as to_port,
)
from workbench.analysis.case.findings import ConnState, Disposition, Observation
from workbench.analysis.case.verdict import HEALTHY, Cause


def policy() -> Scene:
    """[server] has `from SERVER lookup 100`, whose default is fw-b; the main table's is fw-a."""
    scene = Scene("client r1 fw-a server", "server fw-b r1 client", works=False)
    scene.filters("fw-a", *STATEFUL).filters("fw-b", *STATEFUL).dropped(
        "fw-b", "SYN-ACK", reverse=True
    )
    scene.say("server", Question.ROUTES, route("0.0.0.0/0", "10.0.2.1", "to-fw-a"))
    words = "rule 100 (from 10.0.2.10) -> table 100, default via 10.0.3.1"
    chosen = {"table": "100", "rule_priority": 100, "by_source": True}
    return scene.at("server", reverse=True, decided=words, **chosen)


def test_a_rule_on_the_server_sends_replies_to_another_gateway() -> None:
    best = policy().verdict().best
    assert (best.hypothesis.cause, best.hypothesis.guilty_node) == (
        Cause.PBR_WRONG_RETURN_GATEWAY,
        "fw-b",
    )
    assert (best.hypothesis.decided_by, best.hypothesis.direction) == ("server", "reverse")
    assert best.confidence >= 0.8


@pytest.mark.parametrize("seen", [True, False])
def test_a_gateway_that_a_rule_chose_has_no_way_for_the_replies(seen: bool) -> None:
    """It never had to have one: the rule is the fault, not the route that is missing."""
    scene = Scene("client r1 server", "server r2", works=False, fates={True: Disposition.NO_ROUTE})
    scene.say("server", Question.ROUTES, route("0.0.0.0/0", "10.0.2.1", "to-r1"))
    words = "rule 77 (fwmark 0x7) -> table 77, default via 10.0.2.2"
    scene.at("server", reverse=True, table="77", rule_priority=77, decided=words)
    best = (
        (scene.dropped("r2", "SYN-ACK", reverse=True) if seen else scene).verdict().best.hypothesis
    )
    assert (best.cause, best.guilty_node, best.decided_by) == (
        Cause.PBR_WRONG_RETURN_GATEWAY,
        "r2",
        "server",
    )


def test_a_rule_that_agrees_with_the_main_table_is_not_the_reason() -> None:
    scene = policy().say("server", Question.ROUTES, route("0.0.0.0/0", None, "to-fw-b"))
    assert scene.verdict().best.hypothesis.cause is Cause.ASYM_STATEFUL_FW


def multi_homed(*settings: DeviceSetting) -> Scene:
    """[client] - (r1) - (r2) - eth1[server]eth0 - (r1); the server checks strictly."""
    scene = Scene("client r1 r2 server", "server r1 client", works=False)
    scene.say("server", Question.SETTINGS, *(settings or strict("from-r2")))
    return scene.say("server", Question.ROUTES, route("0.0.0.0/0", "10.0.2.1", "to-r1"))


def test_the_server_refuses_what_comes_in_where_replies_would_not_go_out() -> None:
    scene = multi_homed().dropped("server", "SYN").moved("server", 4, "TcpExtIPReversePathFilter")
    best = scene.verdict().best
    assert (best.hypothesis.cause, best.hypothesis.guilty_node) == (
        Cause.RP_FILTER_STRICT,
        "server",
    )
    assert best.hypothesis.direction == "forward"
    assert best.confidence >= 0.8
    assert best.hypothesis.fixes[0].commands == ("sysctl -w net.ipv4.conf.from-r2.rp_filter=2",)


def test_a_check_that_counts_nothing_is_not_the_reason() -> None:
    scene = multi_homed().dropped("server", "SYN").moved("server", 0, "TcpExtIPReversePathFilter")
    assert scene.verdict().best.confidence < 0.8


HALVES = [
    (reverse_path("all", 1), "rp_filter of from-r2"),
    (reverse_path("from-r2", 1), "rp_filter of all interfaces"),
]


@pytest.mark.parametrize(("known", "missing"), HALVES)
def test_a_check_that_the_other_value_may_make_loose_is_never_sure(
    known: DeviceSetting, missing: str
) -> None:
    best = multi_homed(known).dropped("server", "SYN").verdict().best
    found = best.hypothesis
    assert (found.cause, found.guilty_node) == (Cause.RP_FILTER_STRICT, "server")
    assert best.confidence <= 0.75
    assert found.would_settle is not None and found.would_settle.startswith(f"{missing}: ")
    assert f"unless {missing}, which is not known, makes it loose" in found.summary
    assert found.summary.startswith("server may drop the SYN")


def test_with_both_values_it_is_sure() -> None:
    best = multi_homed().dropped("server", "SYN").verdict().best
    assert best.hypothesis.cause is Cause.RP_FILTER_STRICT
    assert best.confidence >= 0.8
    assert "unless" not in best.hypothesis.summary


@pytest.mark.parametrize(("known", "missing"), HALVES)
def test_a_check_that_counts_in_the_window_needs_no_second_value(
    known: DeviceSetting, missing: str
) -> None:
    scene = multi_homed(known).dropped("server", "SYN")
    best = scene.moved("server", 4, "TcpExtIPReversePathFilter").verdict().best
    assert best.hypothesis.cause is Cause.RP_FILTER_STRICT
    assert best.confidence >= 0.8


def test_nothing_is_sure_of_a_half_known_check_that_nothing_was_seen_to_meet() -> None:
    """The check is named, among the causes that are open."""
    scene = multi_homed(reverse_path("all", 1))
    scene.works, scene.attempted = None, False
    verdict = scene.verdict()
    shown = [verdict.best, *verdict.alternatives]
    named = next(one for one in shown if one.hypothesis.cause is Cause.RP_FILTER_STRICT)
    assert 0.1 < named.confidence < 0.5
    assert verdict.best.hypothesis.cause not in HEALTHY or verdict.best.confidence < 0.5


def test_what_surely_stops_it_further_on_counts_more() -> None:
    scene = Scene("client r1 r2 server", "server r2 r1 client", works=False)
    scene.say("r2", Question.SETTINGS, reverse_path("all", 1))
    scene.say("r2", Question.ROUTES, route("0.0.0.0/0", "10.0.2.1", "elsewhere"))
    scene.filters("server", rule("drop", to_port(443)), hook="input")
    best = scene.verdict().best.hypothesis
    assert (best.cause, best.guilty_node) == (Cause.SERVER_POLICY_DENY, "server")


def test_loose_for_all_is_known_without_the_interface_s_own() -> None:
    best = multi_homed(reverse_path("all", 2)).dropped("server", "SYN").verdict().best
    assert best.hypothesis.cause is not Cause.RP_FILTER_STRICT


def test_a_loose_check_refuses_nothing() -> None:
    scene = Scene("client r1 r2 server", "server r1 client", works=True)
    scene.say("server", Question.ROUTES, route("0.0.0.0/0", "10.0.2.1", "to-r1"))
    assert scene.verdict().best.hypothesis.cause is Cause.HEALTHY_ASYMMETRIC


@pytest.mark.parametrize(("later", "sure"), [("10.0.2.1", True), ("10.0.3.1", False)])
def test_a_flow_that_worked_until_a_route_moved_is_not_surely_healthy(
    later: str, sure: bool
) -> None:
    scene = Scene("client r1 r2 server", "server r1 client", works=True)
    for sample, gateway in (("before", "10.0.2.1"), ("after", later)):
        scene.say("r1", Question.ROUTES, route("0.0.0.0/0", gateway, "to-r2"), sample=sample)
    best = scene.verdict().best
    assert best.hypothesis.cause is Cause.HEALTHY_ASYMMETRIC
    assert (best.confidence >= 0.8) is sure


def test_the_packet_that_the_other_interface_would_take_passes() -> None:
    scene = Scene("client r1 server", "server r1 client", works=False).say(
        "server", Question.SETTINGS, *strict("from-r1")
    )
    scene.say("server", Question.ROUTES, route("0.0.0.0/0", "10.0.2.1", "from-r1"))
    assert scene.verdict().best.hypothesis.cause is not Cause.RP_FILTER_STRICT


def test_no_route_on_the_way_out() -> None:
    scene = Scene(
        "client r1", "server r2 r1 client", works=False, fates={False: Disposition.NO_ROUTE}
    ).dropped("r1", "SYN")
    best = scene.verdict().best
    assert (best.hypothesis.cause, best.hypothesis.guilty_node) == (Cause.NO_FORWARD_ROUTE, "r1")
    assert best.confidence >= 0.8


def test_a_client_without_a_route_sends_nothing_at_all() -> None:
    scene = Scene(
        "client",
        "server r1 client",
        works=False,
        fates={False: Disposition.BLACKHOLE},
        attempted=False,
    )
    best = scene.saw("client", reverse=False).verdict().best
    assert (best.hypothesis.cause, best.hypothesis.guilty_node) == (
        Cause.NO_FORWARD_ROUTE,
        "client",
    )
    assert best.confidence >= 0.8


def test_no_route_on_the_way_back() -> None:
    scene = Scene(
        "client r1 r2 server", "server r2", works=False, fates={True: Disposition.BLACKHOLE}
    )
    best = scene.dropped("r2", "SYN-ACK", reverse=True).verdict().best
    assert (best.hypothesis.cause, best.hypothesis.guilty_node) == (Cause.NO_RETURN_ROUTE, "r2")
    assert best.hypothesis.direction == "reverse"


def test_loop_between_two_routers() -> None:
    """[client] - (r1) <=> (r2) - [server]"""
    scene = Scene(
        "client r1 r2", "server r2 r1 client", works=False, fates={False: Disposition.LOOP}
    )
    best = scene.moved("r2", 30, "IpInHdrErrors").verdict().best
    assert (best.hypothesis.cause, best.hypothesis.guilty_node) == (Cause.ROUTING_LOOP, "r2")
    assert best.confidence >= 0.8


def test_loop_seen_by_a_capture() -> None:
    """[client] - (r1) <=> (r2) - [server]: r2 gets the same packet again and again, its TTL ever
    lower"""
    scene = Scene(
        "client r1 r2", "server r2 r1 client", works=False, fates={False: Disposition.LOOP}
    )
    seen = tuple(
        Packet(1.0, "eth0", False, scene.flow, 60, ttl=ttl, flags="S", seq=7)
        for ttl in (62, 60, 58)
    )
    for packets, sure in ((seen[:1], False), (seen, True)):
        scene.observations = [Observation("r2", False, packets, packets, ("capture",))]
        best = scene.verdict().best
        assert (best.hypothesis.cause, best.confidence >= 0.8) == (Cause.ROUTING_LOOP, sure)


def test_a_policy_deny_before_the_missing_route_comes_first() -> None:
    scene = Scene(
        "client fw-a r2 server", "server r2", works=False, fates={True: Disposition.NO_ROUTE}
    )
    scene.filters("fw-a", policy="drop").dropped("fw-a", "SYN")
    assert scene.verdict().best.hypothesis.cause is Cause.TRANSIT_POLICY_DENY


def test_a_mark_that_nobody_may_read_is_given_away_by_the_way_that_was_taken() -> None:
    """The server's filters are hidden; its replies were seen to leave by the table that a rule by
    mark names."""
    scene = policy().at(
        "server",
        reverse=True,
        table="main",
        rule_priority=32766,
        decided="seen to leave by to-fw-b",
    )
    scene.say(
        "server",
        Question.RULES,
        PolicyRule(50, "lookup", "77", mark=7),
        PolicyRule(32766, "lookup", "main"),
    )
    plain, other = (
        route("0.0.0.0/0", "10.0.2.1", "to-fw-a"),
        route("0.0.0.0/0", None, "to-fw-b", "77"),
    )
    best = scene.say("server", Question.ROUTES, plain, other).verdict().best
    assert (best.hypothesis.cause, best.hypothesis.decided_by) == (
        Cause.PBR_WRONG_RETURN_GATEWAY,
        "server",
    )


def test_a_client_that_looks_for_the_server_on_its_own_link() -> None:
    """[client 10.0.0.0/8] - (r1) - [server 10.0.2.0/24]: the client's mask is too wide, and no
    device answers its ARP."""
    scene = Scene("client server", "server r1 client", works=False)
    scene.at("client", next_hop=FLOW.dst)
    for name, port, address in (
        ("client", "to-server", "10.0.1.20/8"),
        ("server", "eth0", "10.0.2.10/24"),
    ):
        scene.say(
            name,
            Question.INTERFACES,
            Interface(port, 2, None, 1500, True, addresses=(ip_interface(address),)),
        )
    scene.say("client", Question.NEIGHBOURS, Neighbour(FLOW.dst, "to-server", None, ("FAILED",)))
    best = scene.attempt(ConnState.NO_ANSWER).verdict().best
    assert (best.hypothesis.cause, best.hypothesis.guilty_node) == (
        Cause.NO_FORWARD_ROUTE,
        "client",
    )


def test_a_strict_gateway_that_ignores_even_arp() -> None:
    """[server] - (r1) - (r2): replies leave r1 by r2, whose check would refuse them; r1 gets no MAC
    from r2."""
    scene = Scene("client r1 server", "server r1 r2 client", works=False)
    scene.at("r1", reverse=True, next_hop=ip_address("10.5.0.2"))
    scene.say(
        "r1", Question.NEIGHBOURS, Neighbour(ip_address("10.5.0.2"), "to-r2", None, ("FAILED",))
    )
    scene.say("r2", Question.SETTINGS, *strict("from-r1")).say(
        "r2", Question.ROUTES, route("0.0.0.0/0", "10.7.0.1", "up")
    )
    best = scene.dropped("r1", "SYN-ACK", reverse=True).verdict().best
    assert (best.hypothesis.cause, best.hypothesis.guilty_node) == (Cause.RP_FILTER_STRICT, "r2")
    assert (best.hypothesis.direction, best.hypothesis.decided_by) == ("reverse", "r1")
    assert best.confidence >= 0.8


def test_a_flow_that_works_on_ways_that_nobody_understands_is_healthy_with_doubt() -> None:
    """Packets come back, and the walk ends before the client."""
    scene = Scene("client r1 server", "server r1", works=True, fates={True: Disposition.WRONG_HOST})
    best = scene.verdict().best
    assert best.hypothesis.cause in HEALTHY
    assert best.confidence < 0.8
