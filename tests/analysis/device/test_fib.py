"""One packet against the rules and tables of one device."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_address, ip_network

import pytest

from collectors.model.evidence import Question
from collectors.model.flow import Flow
from collectors.model.records import NextHop, PolicyRule, Route, RouteChoice
from tests.analysis.topology import Net
from tests.analysis.trace.test_walk import FLOW, line
from workbench.analysis.device import fib
from workbench.analysis.device.reverse_path import reverse_path_check
from workbench.analysis.device.route_decision import NO_ROUTE, any_route_out, best

PACKET = Flow.parse(FLOW)


def two_ways() -> Net:
    """(r1) has two ways to the server: eth1 in main, eth2 in table 100"""
    net = line("r1", "r2")
    net.link("r1 10.0.6.1/24", "r4 10.0.6.2/24")
    net.route("r1", "default", "10.0.6.2", table="100")
    return net


def way(
    net: Net, mark: int | None = None, iif: str | None = "eth0", flow: Flow = PACKET
) -> str | None:
    found = fib.decide(net.case(FLOW), "r1", flow, iif, mark)
    return found.chosen.interface if found.chosen else None


@pytest.mark.parametrize(
    ("selectors", "expected"),
    [
        ({"source": "10.0.1.0/24"}, "eth2"),
        ({"destination": "10.0.8.0/24"}, "eth1"),
        ({"iif": "eth0"}, "eth2"),
        ({"iif": "lo"}, "eth1"),
        ({"oif": "eth2"}, "eth1"),
        ({"protocol": "udp"}, "eth1"),
        ({"protocol": "tcp", "dport": (443, 443)}, "eth2"),
        ({"sport": (1, 1000)}, "eth1"),
        ({"source": "10.0.1.0/24", "inverted": True}, "eth1"),
        ({"mark": 0}, "eth2"),
        ({"mark": 1, "mask": 1}, "eth1"),
        ({"unread": ("uidrange 1000-1000",)}, "eth1"),
    ],
)
def test_selectors_of_rules(selectors: dict[str, object], expected: str) -> None:
    net = two_ways()
    net.rule("r1", 100, "100", **selectors)
    assert way(net) == expected


def test_a_mark_selects_a_table() -> None:
    net = two_ways()
    net.rule("r1", 100, "100", mark=0x12, mask=0xF0)
    assert (way(net, mark=0x1F), way(net, mark=0x2F)) == ("eth2", "eth1")


def test_a_rule_that_cannot_be_judged_is_a_doubt() -> None:
    net = two_ways()
    net.rule("r1", 100, "100", unread=("uidrange 1000-1000",))
    assert fib.decide(net.case(FLOW), "r1", PACKET, "eth0").doubts == (
        "rule 100 (uidrange 1000-1000) -> table 100",
    )


def test_goto_skips_rules() -> None:
    net = two_ways()
    net.rule("r1", 200, "100")
    net.nodes["r1"].rules.append(PolicyRule(100, "goto", goto=300))
    assert way(net) == "eth1"


def test_a_rule_can_suppress_the_default_route() -> None:
    net = two_ways()
    net.rule("r1", 100, "100", unread=("suppress_prefixlength 0",))
    assert way(net) == "eth1"


def test_throw_goes_on_to_the_next_rule() -> None:
    net = two_ways()
    net.rule("r1", 100, "100")
    net.route("r1", "10.0.9.0/24", table="100", kind="throw")
    assert way(net) == "eth1"


def test_a_rule_of_the_other_ip_version_is_not_asked() -> None:
    net = two_ways()
    net.rule("r1", 100, "100", version=6)
    assert way(net) == "eth1"


def test_next_hops_that_are_down_are_left_out() -> None:
    net = two_ways()
    route = net.nodes["r1"].routes[-1]
    assert (
        best(
            [type(route)(route.destination, "main", "unicast", (NextHop("eth2", up=False),)), route]
        )
        == route
    )


def test_equal_ipv6_routes_are_one_set() -> None:
    net = Net()
    net.link("r1 2001:db8:1::1/64", "r2 2001:db8:1::2/64", "r3 2001:db8:1::3/64")
    net.route("r1", "2001:db8:9::/64", "2001:db8:1::2")
    net.route("r1", "2001:db8:9::/64", "2001:db8:1::3")
    flow = Flow.parse("tcp [2001:db8:1::1]:4000 > [2001:db8:9::1]:443")
    found = fib.decide(net.case(str(flow)), "r1", flow)
    assert len(found.next_hops) == 2 and found.chosen is None


def test_strict_check_drops_what_came_in_by_another_interface() -> None:
    net = two_ways()
    net.setting("r1", net__ipv4__conf__all__rp_filter=0, net__ipv4__conf__eth2__rp_filter=1)
    case = net.case(FLOW)
    found = reverse_path_check(case, "r1", PACKET, "eth2", "eth1")
    assert (found.mode, found.drops) == ("strict", True)
    assert found.words == "strict: 10.0.1.10 would be reached by eth0, the packet came in on eth2"
    assert reverse_path_check(case, "r1", PACKET, "eth0", "eth1").drops is None


@pytest.mark.parametrize(
    ("both", "own", "mode", "drops"),
    [(1, 2, "loose", False), (0, 0, "off", False), (1, 0, "strict", True)],
)
def test_the_larger_mode_counts(both: int, own: int, mode: str, drops: bool) -> None:
    net = two_ways()
    net.setting("r1", net__ipv4__conf__all__rp_filter=both, net__ipv4__conf__eth2__rp_filter=own)
    found = reverse_path_check(net.case(FLOW), "r1", PACKET, "eth2", "eth1")
    assert (found.mode, found.drops) == (mode, drops)


@pytest.mark.parametrize(
    ("settings", "unknown"),
    [
        ({"net__ipv4__conf__all__rp_filter": 1}, "rp_filter of eth2"),
        ({"net__ipv4__conf__eth2__rp_filter": 1}, "rp_filter of all interfaces"),
        ({"net__ipv4__conf__all__rp_filter": 1, "net__ipv4__conf__eth2__rp_filter": 1}, ""),
        ({"net__ipv4__conf__all__rp_filter": 2}, ""),
    ],
)
def test_a_strict_check_names_the_value_that_might_make_it_loose(
    settings: dict[str, object], unknown: str
) -> None:
    net = two_ways()
    net.setting("r1", **settings)
    case = net.case(FLOW)
    assert reverse_path_check(case, "r1", PACKET, "eth2", "eth1").unknown == unknown
    # there is a route back by eth0: strict or loose, it passes there
    assert reverse_path_check(case, "r1", PACKET, "eth0", "eth1").unknown == ""


def test_loose_check_drops_what_has_no_route_back() -> None:
    net = two_ways()
    net.setting("r1", net__ipv4__conf__all__rp_filter=2, net__ipv4__conf__eth2__rp_filter=0)
    stranger = PACKET.translated(src=Flow.parse("tcp 172.16.0.1:1 > 10.0.0.1:1").src)
    assert reverse_path_check(net.case(FLOW), "r1", stranger, "eth2").drops is True


def test_a_packet_from_an_own_address_is_a_martian() -> None:
    net = two_ways()
    net.setting("r1", net__ipv4__conf__all__rp_filter=0, net__ipv4__conf__eth0__rp_filter=0)
    own = PACKET.translated(src=Flow.parse("tcp 10.0.6.1:1 > 10.0.0.1:1").src)
    assert reverse_path_check(net.case(FLOW), "r1", own, "eth0").drops is True


def test_its_own_answer_counts_more_than_its_tables() -> None:
    net = two_ways()
    net.choice("r1", FLOW, "10.0.6.2", iif="eth0")
    found = fib.decide(net.case(FLOW), "r1", PACKET, "eth0")
    assert found.exact and found.chosen is not None and found.chosen.interface == "eth2"
    assert found.words == "its own answer: via 10.0.6.2 dev eth2"
    assert way(net, iif="eth1") == "eth1"


@pytest.mark.parametrize(
    ("taken", "known"), [("10.0.6.2", ["eth1", "eth2"]), ("10.0.2.3", ["eth1"])]
)
def test_a_next_hop_on_a_link_that_is_down_belongs_to_the_set_where_the_kernel_takes_it(
    taken: str, known: list[str]
) -> None:
    net = two_ways()
    ways = (
        NextHop("eth1", ip_address("10.0.2.3")),
        NextHop("eth2", ip_address("10.0.6.2"), up=False),
    )
    net.nodes["r1"].routes.append(
        Route(ip_network("10.0.3.0/24"), "main", "unicast", ways, metric=0)
    )
    away = Flow.parse("tcp 10.0.1.10:4000 > 10.0.3.9:443")
    choice = NextHop("eth2" if taken == "10.0.6.2" else "eth1", ip_address(taken))
    net.tell("r1", Question.ROUTE_CHOICE, RouteChoice("unicast", choice), flow=away, iif="eth0")
    found = fib.decide(net.case(FLOW), "r1", away, "eth0")
    assert found.chosen is not None and str(found.chosen.gateway) == taken
    assert [hop.interface for hop in found.next_hops] == known


@pytest.mark.parametrize(
    ("kind", "error", "expected"),
    [
        ("invalid", "Invalid argument", "unicast"),
        ("unreachable", "No route to host", "unicast"),
        ("local", None, "local"),
    ],
)
def test_answers_that_are_no_next_hop(kind: str, error: str | None, expected: str) -> None:
    """A refusal leaves the tables to say where routing would send the packet."""
    net = two_ways()
    net.tell("r1", Question.ROUTE_CHOICE, RouteChoice(kind, error=error), flow=PACKET, iif="eth0")
    found = fib.decide(net.case(FLOW), "r1", PACKET, "eth0")
    assert (found.kind, found.refusal) == (expected, error)


def test_no_route_is_told_by_the_device_as_well() -> None:
    net = two_ways()
    away = Flow.parse("tcp 10.0.1.10:4000 > 192.0.2.1:443")
    answer = RouteChoice("unreachable", error="Network is unreachable")
    net.tell("r1", Question.ROUTE_CHOICE, answer, flow=away, iif="eth0")
    found = fib.decide(net.case(FLOW), "r1", away, "eth0")
    assert found.kind == NO_ROUTE and found.exact


def test_a_rule_may_forbid() -> None:
    net = two_ways()
    net.nodes["r1"].rules.append(PolicyRule(50, "prohibit", source=ip_network("10.0.1.0/24")))
    assert fib.decide(net.case(FLOW), "r1", PACKET, "eth0").kind == "prohibit"


def test_the_way_out_that_was_seen_though_no_rule_explains_it() -> None:
    case = two_ways().case(FLOW)
    found = any_route_out(case, "r1", PACKET.dst, "eth2")
    assert found is not None and str(found.gateway) == "10.0.6.2"
    assert any_route_out(case, "r1", PACKET.dst, "eth0") is None


def test_a_route_for_packets_from_one_prefix_only() -> None:
    """`default from 2001:db8:6::/64 via 2001:db8:7::2` beside a plain default: no set of two next
    hops."""
    net = Net()
    net.link("r1 2001:db8:7::1/64", "r2 2001:db8:7::2/64")
    net.link("r1 2001:db8:8::1/64", "r3 2001:db8:8::2/64")
    net.route("r1", "default", "2001:db8:8::2")
    special = Route(ip_network("::/0"), "main", "unicast", (net.hop("r1", "2001:db8:7::2"),))
    net.nodes["r1"].routes.append(replace(special, only_from=ip_network("2001:db8:6::/64")))
    case = net.case("tcp [2001:db8:6::1]:1 > [2001:db8:9::1]:2")
    found = [
        fib.from_tables(case, "r1", Flow.parse(f"tcp [{source}]:1 > [2001:db8:9::1]:2"))
        for source in SOURCES
    ]
    assert [one.chosen.interface for one in found if one.chosen] == ["eth0", "eth1"]


SOURCES = ("2001:db8:6::1", "2001:db8:5::1")
