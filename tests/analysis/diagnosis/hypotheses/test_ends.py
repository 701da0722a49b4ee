"""The server: its filter, its sockets, its being there."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_interface

import pytest

from collectors.model.evidence import Question
from collectors.model.flow import Flow
from collectors.model.records import (
    Interface,
    Match,
    Neighbour,
    ProbeResult,
)
from collectors.platforms.linux.knobs import setting_of
from tests.analysis.diagnosis.built_findings import (
    FLOW,
    Scene,
    listener,
    port,
    rule,
    state,
)
from workbench.analysis.case.drop import LastSeen
from workbench.analysis.case.findings import ConnState
from workbench.analysis.case.verdict import Cause, Outcome

STRAIGHT = ("client r1 fw-a server", "server fw-a r1 client")


def test_nothing_listens() -> None:
    scene = Scene(*STRAIGHT, works=False).say("server", Question.LISTENERS, listener(number=22))
    best = scene.attempt(ConnState.REFUSED).verdict().best
    assert (best.hypothesis.cause, best.hypothesis.guilty_node) == (
        Cause.SERVICE_NOT_LISTENING,
        "server",
    )
    assert best.confidence >= 0.8
    assert best.hypothesis.fixes[0].fix_class == "start_service"


def test_the_service_is_bound_to_loopback_only() -> None:
    scene = Scene(*STRAIGHT, works=False).say("server", Question.LISTENERS, listener("127.0.0.1"))
    best = scene.attempt(ConnState.REFUSED).verdict().best
    assert best.hypothesis.cause is Cause.SERVICE_NOT_LISTENING
    assert best.hypothesis.fixes[0].fix_class == "fix_bind_address"


def test_the_service_is_bound_to_another_interface() -> None:
    """`0.0.0.0%eth1:443`: it takes every address, so another address would mend nothing."""
    there = replace(listener(), interface="eth1")
    scene = (
        Scene(*STRAIGHT, works=False)
        .say("server", Question.LISTENERS, there)
        .at("server", iif="eth0")
    )
    best = scene.attempt(ConnState.REFUSED).verdict().best.hypothesis
    assert "the port is bound to the interface eth1 only" in best.summary
    (fix,) = best.fixes
    assert fix.fix_class == "fix_bind_address"
    assert "do not bind the service to the interface eth1" in fix.commands[1]


def test_a_listener_on_all_addresses_serves() -> None:
    scene = Scene(*STRAIGHT, works=False).say("server", Question.LISTENERS, listener())
    assert scene.verdict().best.hypothesis.cause is not Cause.SERVICE_NOT_LISTENING


def full_queue(waiting: int = 4, room: int = 3) -> Scene:
    """A service that listens; so many connections wait for it to accept them."""
    waits = replace(listener(), recv_queue=waiting, send_queue=room)
    scene = (
        Scene(*STRAIGHT, works=False)
        .say("server", Question.LISTENERS, waits)
        .attempt(ConnState.NO_ANSWER)
    )
    return scene.filters("server", hook="input").moved("server", 6, "TcpExtListenOverflows")


def test_a_service_that_listens_and_takes_no_more_has_reached_its_limit() -> None:
    best = (
        full_queue()
        .dropped("server", "SYN", last_seen=LastSeen.ARRIVED, where="arrived 6 times at server")
        .verdict()
        .best
    )
    assert (best.hypothesis.cause, best.hypothesis.guilty_node) == (Cause.SESSION_LIMIT, "server")
    assert best.hypothesis.direction == "forward" and best.confidence >= 0.8
    assert [fix.fix_class for fix in best.hypothesis.fixes] == ["start_service", "raise_limit"]
    assert "its queue is full" in best.hypothesis.summary


def test_the_overflow_of_another_service_is_no_sign() -> None:
    found = (
        full_queue(waiting=0)
        .saw("server", False, came_in=1)
        .saw("server", True, went_out=1)
        .verdict()
    )
    assert found.best.hypothesis.cause is not Cause.SESSION_LIMIT
    assert not found.also


def shared_port(*waiting: int) -> Scene:
    """Workers that share the port by SO_REUSEPORT; so many connections wait for each, and each lets
    three wait."""
    workers = [replace(listener(), recv_queue=one, send_queue=3) for one in waiting]
    scene = Scene(*STRAIGHT, works=False).say("server", Question.LISTENERS, *workers)
    scene.attempt(ConnState.NO_ANSWER).attempt(ConnState.WORKED)
    return scene.filters("server", hook="input").moved("server", 6, "TcpExtListenOverflows")


def test_one_of_several_workers_that_share_the_port_takes_no_more() -> None:
    best = shared_port(4, 0).verdict().best.hypothesis
    assert (best.cause, best.guilty_node) == (Cause.SESSION_LIMIT, "server")
    assert "1 of the 2 sockets" in best.summary and "some source ports fail" in best.summary
    assert "restart that one" in best.fixes[0].commands[2]


def test_workers_that_all_take_what_comes_are_no_reason() -> None:
    assert shared_port(0, 1).verdict().best.hypothesis.cause is not Cause.SESSION_LIMIT


def flooded(cookies: str) -> Scene:
    """SYNs that are never completed fill the queue of half-open connections; what waits to be
    accepted is little."""
    scene = Scene(*STRAIGHT, works=False).say(
        "server", Question.LISTENERS, replace(listener(), send_queue=64)
    )
    scene.say("server", Question.SETTINGS, setting_of("net.ipv4.tcp_syncookies", cookies)).attempt(
        ConnState.NO_ANSWER
    )
    scene.filters("server", hook="input").moved("server", 900, "TcpExtTCPReqQFullDrop")
    return scene.dropped(
        "server",
        "SYN",
        last_seen=LastSeen.ARRIVED,
        where="arrived 4 times at server and was not answered",
    )


def test_half_open_connections_of_strangers_fill_the_queue() -> None:
    best = flooded("0").verdict().best
    hypothesis = best.hypothesis
    assert (hypothesis.cause, hypothesis.guilty_node) == (
        Cause.SESSION_LIMIT,
        "server",
    ) and best.confidence >= 0.6
    assert "half-open" in hypothesis.summary and "SYN cookies are off" in hypothesis.summary
    assert [fix.fix_class for fix in hypothesis.fixes] == ["raise_limit"]
    assert hypothesis.fixes[0].commands[0] == "sysctl -w net.ipv4.tcp_syncookies=1"


def test_with_cookies_on_they_are_not_what_fills_it() -> None:
    assert "half-open ones" not in flooded("1").verdict().best.hypothesis.summary


def test_a_full_queue_behind_a_drop_is_a_second_fault() -> None:
    scene = full_queue().filters("fw-a", rule("drop", port(443)), counted=3).dropped("fw-a", "SYN")
    verdict = scene.verdict()
    assert verdict.best.hypothesis.cause is Cause.TRANSIT_POLICY_DENY
    assert [other.hypothesis.cause for other in verdict.also] == [Cause.SESSION_LIMIT]


def test_a_drop_on_the_way_comes_before_a_dead_service() -> None:
    scene = Scene(*STRAIGHT, works=False).say("server", Question.LISTENERS)
    scene.filters("fw-a", rule("accept", state("established")), policy="drop").dropped(
        "fw-a", "SYN"
    )
    assert scene.verdict().best.hypothesis.cause is Cause.TRANSIT_POLICY_DENY


def test_the_servers_own_filter_denies() -> None:
    scene = Scene(*STRAIGHT, works=False).say("server", Question.LISTENERS, listener())
    scene.filters("server", rule("drop", port(443)), hook="input", counted=5).dropped(
        "server", "SYN"
    )
    best = scene.verdict().best
    assert (best.hypothesis.cause, best.hypothesis.guilty_node) == (
        Cause.SERVER_POLICY_DENY,
        "server",
    )
    assert best.confidence >= 0.8


def test_the_host_does_not_answer_its_last_router() -> None:
    scene = Scene(*STRAIGHT, works=False).silent("server").at("fw-a", next_hop=FLOW.dst)
    scene.say("fw-a", Question.NEIGHBOURS, Neighbour(FLOW.dst, "to-server", None, ("FAILED",)))
    best = scene.attempt(ConnState.NO_ANSWER).verdict().best
    assert (best.hypothesis.cause, best.hypothesis.guilty_node) == (Cause.HOST_DOWN, "server")
    assert (best.hypothesis.direction, best.hypothesis.decided_by) == ("forward", "fw-a")
    assert best.confidence >= 0.8


@pytest.mark.parametrize(
    ("samples", "silent"),
    [
        (("INCOMPLETE", "FAILED", "DELAY"), True),  # a probe from the other side told its MAC
        (("INCOMPLETE", "REACHABLE", "STALE"), False),
        (("INCOMPLETE", "STALE"), False),
        (("REACHABLE", "FAILED"), True),
    ],
)
def test_what_several_samples_of_a_neighbour_tell(samples: tuple[str, ...], silent: bool) -> None:
    scene = Scene(*STRAIGHT, works=False).silent("server").at("fw-a", next_hop=FLOW.dst)
    for state_ in samples:
        scene.say("fw-a", Question.NEIGHBOURS, Neighbour(FLOW.dst, "to-server", None, (state_,)))
    found = scene.attempt(ConnState.NO_ANSWER).verdict().best.hypothesis
    assert (found.cause is Cause.HOST_DOWN) is silent


def test_a_host_that_answers_its_last_router_is_not_down() -> None:
    scene = Scene(*STRAIGHT, works=False).silent("server").at("fw-a", next_hop=FLOW.dst)
    scene.say("fw-a", Question.NEIGHBOURS, Neighbour(FLOW.dst, "to-server", None, ("FAILED",)))
    scene.say("fw-a", Question.PING, ProbeResult("ping", FLOW.dst, ok=True, rtt_ms=0.4))
    assert scene.attempt(ConnState.NO_ANSWER).verdict().best.hypothesis.cause is not Cause.HOST_DOWN


SIX = Flow.parse("tcp [2001:db8:1::20]:40000 > [2001:db8:2::10]:443")


@pytest.mark.parametrize("hears", [False, True])
def test_a_server_whose_filter_keeps_neighbours_out_is_not_down(hears: bool) -> None:
    """IPv6: its router asks for its address, and its own filter drops the question."""
    scene = Scene(*STRAIGHT, flow=SIX, works=False).at("fw-a", next_hop=SIX.dst)
    scene.say("fw-a", Question.NEIGHBOURS, Neighbour(SIX.dst, "to-server", None, ("FAILED",)))
    asked = [rule("accept", Match("icmp_type", ("nd-neighbor-solicit",)))] if hears else []
    scene.filters("server", *asked, rule("accept", port(443)), policy="drop", hook="input")
    best = scene.attempt(ConnState.NO_ANSWER).verdict().best.hypothesis
    expected = Cause.HOST_DOWN if hears else Cause.SERVER_POLICY_DENY
    assert (best.cause, best.guilty_node, best.direction) == (expected, "server", "forward")


def test_a_host_that_is_up_and_silent_on_its_link_is_named_with_doubt() -> None:
    scene = Scene(*STRAIGHT, works=False).at("fw-a", next_hop=FLOW.dst)
    scene.say("fw-a", Question.NEIGHBOURS, Neighbour(FLOW.dst, "to-server", None, ("FAILED",)))
    scene.say(
        "server",
        Question.INTERFACES,
        Interface("eth0", 1, None, 1500, True, addresses=(ip_interface(f"{FLOW.dst}/24"),)),
    )
    best = scene.attempt(ConnState.NO_ANSWER).verdict().best
    assert best.hypothesis.cause is Cause.HOST_DOWN
    assert best.confidence < 0.8


def test_a_server_that_is_set_to_answer_no_echo_requests() -> None:
    scene = Scene(*STRAIGHT, flow=Flow.parse("icmp 10.0.1.20 > 10.0.2.10"), works=False).dropped(
        "server", "ICMP"
    )
    off = setting_of("net.ipv4.icmp_echo_ignore_all", "1")
    scene.say("server", Question.SETTINGS, off).filters("server", hook="input")
    best = scene.verdict().best.hypothesis
    assert (best.cause, best.guilty_node, best.direction) == (
        Cause.SERVER_POLICY_DENY,
        "server",
        "forward",
    )
    assert best.fixes[0].commands == ("sysctl -w net.ipv4.icmp_echo_ignore_all=0",)


def test_a_firewalls_policy_denies_the_beginning() -> None:
    scene = Scene(*STRAIGHT, works=False)
    scene.filters(
        "fw-a", rule("accept", state("established")), rule("drop", port(443)), counted=3
    ).dropped("fw-a", "SYN")
    best = scene.verdict().best
    assert (best.hypothesis.cause, best.hypothesis.guilty_node) == (
        Cause.TRANSIT_POLICY_DENY,
        "fw-a",
    )
    assert best.confidence >= 0.8


def test_a_list_on_a_router_drops_replies_whatever_their_state() -> None:
    scene = Scene("client r1 r2 server", "server r2 r1 client", works=False)
    scene.filters("r1", rule("drop"), counted=3).dropped("r1", "SYN-ACK", reverse=True)
    scene.changes = {}
    best = scene.verdict().best
    assert (best.hypothesis.cause, best.hypothesis.guilty_node) == (Cause.ACL_PATH, "r1")


def test_a_flow_that_works_is_healthy_whatever_the_rules_say() -> None:
    scene = Scene(*STRAIGHT, works=True).filters("fw-a", policy="drop").attempt(ConnState.WORKED)
    verdict = scene.verdict()
    assert (verdict.best.hypothesis.cause, verdict.outcome) == (
        Cause.HEALTHY_SYMMETRIC,
        Outcome.HEALTHY,
    )
    assert verdict.best.confidence >= 0.8


def test_two_faults_are_both_named() -> None:
    scene = Scene(*STRAIGHT, works=False).say("server", Question.LISTENERS)
    scene.filters("fw-a", rule("accept", state("established")), policy="drop").dropped(
        "fw-a", "SYN"
    )
    verdict = scene.verdict()
    assert verdict.best.hypothesis.cause is Cause.TRANSIT_POLICY_DENY
    assert [other.hypothesis.cause for other in verdict.also] == [Cause.SERVICE_NOT_LISTENING]
