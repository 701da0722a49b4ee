"""Packets that expire: who gave them so short a life, and what only looks like it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from collectors.model.evidence import Question
from collectors.model.flow import Flow
from collectors.model.records import Packet
from tests.analysis.spelling import judged
from tests.analysis.topology import Net, packet
from tests.analysis.trace.test_walk import BACK, FLOW
from workbench.analysis.captures.probes import is_probe
from workbench.analysis.case.verdict import Cause, Hypothesis
from workbench.analysis.evidence.read import read


def way() -> Net:
    """[c1] -- (r1) -- (r2) -- [s1]"""
    net = Net()
    net.link("c1 10.0.1.10/24", "r1 10.0.1.1/24")
    net.link("r1 10.0.12.1/30", "r2 10.0.12.2/30")
    net.link("r2 10.0.9.1/24", "s1 10.0.9.10/24")
    net.route("c1", "default", "10.0.1.1")
    net.route("r1", "10.0.9.0/24", "10.0.12.2")
    net.route("r2", "10.0.1.0/24", "10.0.12.1")
    net.route("s1", "default", "10.0.9.1")
    return net


def out(one: Packet, ttl: int, interface: str = "eth0") -> Packet:
    return replace(one, ttl=ttl, outgoing=True, interface=interface)


def into(one: Packet, ttl: int, interface: str = "eth0") -> Packet:
    return replace(one, ttl=ttl, outgoing=False, interface=interface)


SYNS = tuple(packet(FLOW, "S", 1000, at=at) for at in (1.0, 2.0, 4.0))


def sent(life: int, r1_makes: int | None = None) -> Net:
    """The client's SYNs with so long a life; r1 may write another one."""
    net = way()
    passed = life - 1 if r1_makes is None else r1_makes
    net.capture("c1", *(out(p, life) for p in SYNS))
    net.capture(
        "r1", *(into(p, life) for p in SYNS), *(out(p, passed, "eth1") for p in SYNS if passed > 0)
    )
    net.capture(
        "r2",
        *(into(p, passed) for p in SYNS),
        *(out(p, passed - 1, "eth1") for p in SYNS if passed > 1),
    )
    net.capture("s1", *(into(p, passed - 1) for p in SYNS if passed > 1))
    return net


def best(net: Net) -> Hypothesis:
    return judged(read(net.case(FLOW))).best.hypothesis


def test_a_client_that_gives_its_packets_too_short_a_life() -> None:
    found = best(sent(2))
    assert (found.cause, found.guilty_node, found.direction) == (Cause.TTL_EXPIRED, "c1", "forward")
    assert found.summary.startswith(
        "c1 sends the requests with a time to live of 2: it is used up at r2"
    )
    assert found.fixes[0].fix_class == "raise_ttl"


def test_the_kernels_own_setting_is_named_and_mended() -> None:
    net = sent(2)
    net.setting("c1", net__ipv4__ip_default_ttl=2)
    assert best(net).fixes[0].commands == ("sysctl -w net.ipv4.ip_default_ttl=64",)


def test_a_router_that_sets_the_time_to_live_is_guilty() -> None:
    found = best(sent(64, r1_makes=1))
    assert (found.cause, found.guilty_node) == (Cause.TTL_EXPIRED, "r1")


def test_just_enough_is_enough() -> None:
    assert best(sent(3)).cause is not Cause.TTL_EXPIRED


def test_a_router_that_nobody_can_ask_tells_by_its_message() -> None:
    """[c1] -- (r1) -- (r2) -- somebody else's routers: one of them says "time exceeded" """
    net = way()
    net.capture("c1", *(out(p, 5) for p in SYNS))
    net.capture("r1", *(into(p, 5) for p in SYNS), *(out(p, 4, "eth1") for p in SYNS))
    net.nodes["r2"].silent = True
    error = Flow.parse("icmp 172.20.1.1 > 10.0.1.10")
    message = Packet(1.1, "eth1", False, error, 96, 250, icmp=(11, 0), quoted=Flow.parse(FLOW))
    net.tell(
        "r1",
        Question.CAPTURE,
        *(into(p, 5) for p in SYNS),
        *(out(p, 4, "eth1") for p in SYNS),
        message,
    )
    found = best(net)
    assert (found.cause, found.guilty_node) == (Cause.TTL_EXPIRED, "c1")
    assert "172.20.1.1" in found.summary


def test_a_circle_is_no_short_life() -> None:
    """r1 gets the same packet again and again, older each time."""
    net = way()
    net.capture("c1", *(out(p, 64) for p in SYNS))
    net.capture(
        "r1",
        *(into(SYNS[0], ttl) for ttl in range(64, 0, -2)),
        *(out(SYNS[0], ttl - 1) for ttl in (64, 62)),
    )
    assert best(net).cause is not Cause.TTL_EXPIRED


# --- what is a traceroute's ---


def test_segments_of_the_flow_with_a_small_ttl_are_the_flows() -> None:
    net = way()
    answer = packet(BACK, "S.", 7000, 1001, at=1.1)
    net.capture("s1", into(SYNS[0], 62), out(answer, 3))
    case = net.case(FLOW)
    assert not any(is_probe(case, out(answer, ttl)) for ttl in (1, 2, 3))
    assert [p.ttl for p in read(case).observation("s1", True).went_out] == [3]  # type: ignore[union-attr]


def test_our_own_traceroute_is_known_by_its_port() -> None:
    net = way()
    ours = Flow.parse("tcp 10.0.1.10:61731 > 10.0.9.10:443")
    net.tell("c1", Question.TRACE, flow=ours)
    net.capture("c1", out(packet(str(ours), "S"), 64))
    case = net.case("tcp 10.0.1.10:* > 10.0.9.10:443")
    assert is_probe(case, packet(str(ours), "S")) and is_probe(
        case, packet(str(ours.reversed()), "S.")
    )


def test_a_client_beside_our_own_traceroute_is_not_taken_for_one() -> None:
    """Its source port is not known, and its packets are short-lived in earnest."""
    net = way()
    ours = Flow.parse("tcp 10.0.1.10:61731 > 10.0.9.10:443")
    net.tell("c1", Question.TRACE, flow=ours)
    dying = out(packet("tcp 10.0.1.10:50000 > 10.0.9.10:443", "S"), 1)
    net.capture("c1", *(out(packet(str(ours), "S", seq), seq) for seq in (1, 2, 3, 4)), dying)
    assert not is_probe(net.case("tcp 10.0.1.10:* > 10.0.9.10:443"), dying)


@pytest.mark.parametrize(("lives", "probe"), [((1, 2, 3, 4), True), ((3, 3, 3, 3), False)])
def test_somebodys_traceroute_counts_up(lives: tuple[int, ...], probe: bool) -> None:
    flows = [f"tcp 10.0.1.10:{50000 + n} > 10.0.9.10:443" for n in range(len(lives))]
    tries = [out(packet(flow, "S"), ttl) for flow, ttl in zip(flows, lives, strict=True)]
    net = way()
    net.capture("c1", *tries)
    case = net.case("tcp 10.0.1.10:* > 10.0.9.10:443")
    assert [is_probe(case, one) for one in tries] == [probe] * len(tries)
