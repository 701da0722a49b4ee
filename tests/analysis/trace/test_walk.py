"""Every walk draws its network: (r) routes, [h] is an end, <f> keeps state."""

from __future__ import annotations

from itertools import pairwise

from collectors.model.evidence import Question
from collectors.model.flow import Flow
from collectors.model.records import RouteChoice, Session
from tests.analysis.topology import Net, chain, packet, rule
from workbench.analysis.case.findings import Basis, Boundary, Disposition
from workbench.analysis.evidence.read import read

FLOW = "tcp 10.0.1.10:4000 > 10.0.9.10:443"
BACK = "tcp 10.0.9.10:443 > 10.0.1.10:4000"


def line(*middle: str) -> Net:
    """[c1] -- (each of the middle) -- [s1], routed both ways."""
    net = Net()
    names = ["c1", *middle, "s1"]
    for number, (one, other) in enumerate(pairwise(names), 1):
        subnet = 9 if other == "s1" else number + 100 * (number > 8)
        left = f"10.0.{subnet}.{10 if one == 'c1' else 2}"
        right = f"10.0.{subnet}.{10 if other == 's1' else 1}"
        net.link(f"{one} {left}/24", f"{other} {right}/24")
        net.route(one, "default" if one == "c1" else "10.0.9.0/24", right)
        net.route(other, "default" if other == "s1" else "10.0.1.0/24", left)
    return net


def pair(left: str = "f1", right: str = "f2") -> Net:
    """[c1] -- (r1) < f1 | f2 > (r2) -- [s1]: forward by f1, back by f2."""
    net = Net()
    net.link("c1 10.0.1.10/24", "r1 10.0.1.1/24")
    net.link("r1 10.0.2.1/24", f"{left} 10.0.2.2/24")
    net.link("r1 10.0.3.1/24", f"{right} 10.0.3.2/24")
    net.link(f"{left} 10.0.4.2/24", "r2 10.0.4.1/24")
    net.link(f"{right} 10.0.5.2/24", "r2 10.0.5.1/24")
    net.link("r2 10.0.9.1/24", "s1 10.0.9.10/24")
    net.route("c1", "default", "10.0.1.1")
    net.route("s1", "default", "10.0.9.1")
    for box, near, far in ((left, "10.0.2.1", "10.0.4.1"), (right, "10.0.3.1", "10.0.5.1")):
        net.route(box, "10.0.1.0/24", near)
        net.route(box, "10.0.9.0/24", far)
    net.route("r1", "10.0.9.0/24", "10.0.2.2")
    net.route("r2", "10.0.1.0/24", "10.0.5.2")
    return net


def test_a_session_that_was_never_answered_tells_that_a_device_keeps_state() -> None:
    """[c1] -- (r1) -- [s1]: r1 has no role for it and showed no rules; what its rules would let
    pass it is no boundary"""
    net = line("r1")
    net.tell(
        "r1",
        Question.SESSIONS,
        Session(Flow.parse(FLOW), Flow.parse(BACK), "SYN_SENT", unreplied=True),
    )
    hop = read(net.case(FLOW)).forward.hop("r1")
    assert hop is not None and hop.boundary is Boundary.FIREWALL
    net.nft("r1", chain("forward", "forward"))
    hop = read(net.case(FLOW)).forward.hop("r1")
    assert hop is not None and hop.boundary is None


def test_a_sender_behind_a_router_on_the_server_s_own_wire_needs_no_other_router() -> None:
    """[c1] - 10.0.9.77 and (r1) on the wire of [s1]: only r1 was asked, and it knows the client
    behind 10.0.9.77"""
    net = Net()
    net.link("r1 10.0.9.1/24", "s1 10.0.9.10/24")
    net.route("r1", "10.0.1.0/24", "10.0.9.77")
    net.route("s1", "default", "10.0.9.1")
    found = read(net.case(FLOW))
    assert found.forward.names == ("10.0.1.10",)
    assert found.reverse.names == ("s1", "r1", "10.0.9.77")


def test_symmetric() -> None:
    """[c1] -- (r1) -- (r2) -- [s1]"""
    found = read(line("r1", "r2").case(FLOW))
    assert found.forward.names == ("c1", "r1", "r2", "s1")
    assert found.reverse.names == ("s1", "r2", "r1", "c1")
    assert not found.divergent
    assert {found.forward.disposition, found.reverse.disposition} == {Disposition.DELIVERED}


def test_asymmetric_through_two_firewalls() -> None:
    """[c1] -- (r1) -> <f1> -> (r2) -- [s1], back by <f2>"""
    found = read(pair().case(FLOW))
    assert found.forward.names == ("c1", "r1", "f1", "r2", "s1")
    assert found.reverse.names == ("s1", "r2", "f2", "r1", "c1")
    assert found.divergent
    hop = found.forward.hop("f1")
    assert hop is not None and hop.boundary is Boundary.FIREWALL


def test_policy_rule_by_source_on_the_server() -> None:
    """[c1] -- (r1) -- [s1] -- (r3) -- (r1): table 100 sends the answers by r3"""
    net = line("r1")
    net.link("r3 10.0.7.1/24", "s1 10.0.7.10/24")
    net.link("r3 10.0.8.2/24", "r1 10.0.8.1/24")
    net.route("r3", "10.0.1.0/24", "10.0.8.1")
    net.rule("s1", 100, "100", source="10.0.9.0/24")
    net.route("s1", "default", "10.0.7.1", table="100")
    found = read(net.case(FLOW))
    assert found.reverse.names == ("s1", "r3", "r1", "c1")
    assert found.reverse.hops[0].rule_priority == 100
    assert found.reverse.hops[0].by_source
    assert "table 100" in found.reverse.hops[0].decided


def test_policy_rule_by_a_mark_that_the_firewall_sets() -> None:
    """[c1] -- (r1) -- (r2) -- [s1], marked packets go from r1 by (r4)"""
    net = line("r1", "r2")
    net.link("r1 10.0.6.1/24", "r4 10.0.6.2/24")
    net.link("r4 10.0.7.1/24", "r2 10.0.7.2/24")
    net.route("r4", "10.0.9.0/24", "10.0.7.2")
    net.rule("r1", 50, "77", mark=7)
    net.route("r1", "default", "10.0.6.2", table="77")
    net.nft(
        "r1", chain("prerouting", "prerouting"), rule("prerouting", 0, "mark", "0x7", dport=443)
    )
    found = read(net.case(FLOW))
    assert found.forward.names == ("c1", "r1", "r4", "r2", "s1")
    assert any(query.params.mark == 7 for query in found.forward.wanted)


def test_loop_between_two_routers() -> None:
    """[c1] -- (r1) <=> (r2)"""
    net = line("r1", "r2")
    net.route("r1", "10.0.77.0/24", "10.0.2.1")
    net.route("r2", "10.0.77.0/24", "10.0.2.2")
    found = read(net.case("tcp 10.0.1.10:4000 > 10.0.77.1:443"))
    assert found.forward.names == ("c1", "r1", "r2")
    assert found.forward.disposition is Disposition.LOOP


def test_blackhole() -> None:
    """[c1] -- (r1) x (r2) -- [s1]"""
    net = line("r1", "r2")
    net.route("r2", "10.0.9.10/32", kind="blackhole")
    found = read(net.case(FLOW))
    assert (found.forward.names, found.forward.disposition) == (
        ("c1", "r1", "r2"),
        Disposition.BLACKHOLE,
    )
    assert found.reverse.names == ("s1", "r2", "r1", "c1")


def test_no_way_back() -> None:
    """[c1] -- (r1) -- (r2) -- [s1], and r2 has no route to c1"""
    net = line("r1", "r2")
    net.nodes["r2"].routes[:] = [
        r for r in net.nodes["r2"].routes if str(r.destination) != "10.0.1.0/24"
    ]
    found = read(net.case(FLOW))
    assert found.forward.disposition is Disposition.DELIVERED
    assert (found.reverse.names, found.reverse.disposition) == (("s1", "r2"), Disposition.NO_ROUTE)


def test_a_refusal_by_reverse_path_check_leaves_the_way_as_routing_selects() -> None:
    """[c1] -- (r1) -- [s1]: s1 refuses the packet from c1"""
    net = line("r1")
    refused = RouteChoice("invalid", error="Invalid argument")
    net.tell("r1", Question.ROUTE_CHOICE, refused, flow=Flow.parse(FLOW), iif="eth0")
    found = read(net.case(FLOW))
    assert found.forward.names == ("c1", "r1", "s1")
    assert "Invalid argument" in found.forward.hops[1].decided


def test_unmanaged_hop_in_the_middle() -> None:
    """[c1] -- (r1) -- 10.0.2.1 -- (r3) -- [s1]: the middle is nobody's"""
    net = line("r1", "r2", "r3")
    net.nodes["r2"].unmanaged = True
    found = read(net.case(FLOW))
    assert found.forward.names == ("c1", "r1", "10.0.2.1", "r3", "s1")
    assert found.reverse.names == ("s1", "r3", "10.0.3.2", "r1", "c1")
    assert found.forward.hops[2].basis is Basis.UNKNOWN
    assert not found.divergent


def test_a_device_that_refuses_login_keeps_its_name() -> None:
    """[c1] -- (r1) -- (r2) -- (r3) -- [s1]: r2 cannot be asked"""
    net = line("r1", "r2", "r3")
    net.nodes["r2"].silent = True
    found = read(net.case(FLOW))
    assert found.forward.names == ("c1", "r1", "r2", "r3", "s1")
    assert found.reverse.names == ("s1", "r3", "r2", "r1", "c1")


def test_unmanaged_client_and_server() -> None:
    """10.0.1.10 -- (r1) -- (r2) -- 10.0.9.10"""
    net = line("r1", "r2")
    net.nodes["c1"].unmanaged = net.nodes["s1"].unmanaged = True
    found = read(net.case(FLOW))
    assert found.forward.names == ("10.0.1.10", "r1", "r2", "10.0.9.10")
    assert found.reverse.names == ("10.0.9.10", "r2", "r1", "10.0.1.10")


def test_duplicate_gateway_goes_by_the_mac() -> None:
    """[c1] -- (r1) and (r9) both say that they are 10.0.1.1"""
    net = line("r1")
    net.link("r9 10.0.1.1/24")
    net.neighbour("c1", "10.0.1.1", of="r9")
    found = read(net.case(FLOW))
    assert found.forward.names[:2] == ("c1", "r9")
    assert found.forward.disposition is Disposition.NO_ROUTE


def test_the_gateway_that_was_seen_to_get_the_packets_counts_more_than_a_mac() -> None:
    """[c1] -- (r1) and (r9) both say that they are 10.0.1.1; the MAC flipped to r9 after the
    packets had gone to r1"""
    net = line("r1")
    net.link("r9 10.0.1.1/24")
    net.neighbour("c1", "10.0.1.1", of="r9")
    net.capture("r1", packet(FLOW, "S", interface="eth0", outgoing=False))
    assert read(net.case(FLOW)).forward.names == ("c1", "r1", "s1")


def test_a_server_that_is_down_is_thought_to_answer_as_it_was_reached() -> None:
    """[c1] -- (r1) -- [s1], (r5): s1 cannot be asked, and two routers are on its link"""
    net = Net()
    net.link("c1 10.0.1.10/24", "r1 10.0.1.1/24")
    net.link("r1 10.0.9.1/24", "r5 10.0.9.5/24", "s1 10.0.9.10/24")
    net.route("c1", "default", "10.0.1.1")
    net.route("r5", "default", "10.0.9.1")
    net.nodes["s1"].silent = True
    found = read(net.case(FLOW))
    assert found.forward.names == ("c1", "r1", "s1")
    assert found.reverse.names == ("s1", "r1", "c1")


def test_link_local_gateways() -> None:
    """[c1] -- (r1) -- [s1] over IPv6; both gateways are fe80::1"""
    net = Net()
    net.link("c1 2001:db8:1::10/64 fe80::c/64", "r1 2001:db8:1::1/64 fe80::1/64")
    net.link("r1 2001:db8:9::1/64 fe80::1/64", "s1 2001:db8:9::10/64 fe80::5/64")
    net.route("c1", "default", "fe80::1%eth0")
    net.route("s1", "default", "fe80::1%eth0")
    found = read(net.case("tcp [2001:db8:1::10]:4000 > [2001:db8:9::10]:443"))
    assert found.forward.names == ("c1", "r1", "s1")
    assert found.forward.hops[1].iif == "eth0"
    assert found.reverse.hops[1].iif == "eth1"


def test_multi_homed_server_answers_by_its_other_interface() -> None:
    """[c1] -- (r1) -- [s1], and s1's default route is by (r3)"""
    net = line("r1")
    net.link("r3 10.0.7.1/24", "s1 10.0.7.10/24")
    net.link("r3 10.0.8.2/24", "r1 10.0.8.1/24")
    net.route("r3", "10.0.1.0/24", "10.0.8.1")
    net.nodes["s1"].routes[:] = [r for r in net.nodes["s1"].routes if r.protocol != "static"]
    net.route("s1", "default", "10.0.7.1")
    found = read(net.case(FLOW))
    assert found.reverse.names == ("s1", "r3", "r1", "c1")


def test_three_routers_on_one_segment() -> None:
    """[c1] -- (r1) == (r2), (r3) == one segment; r3 has [s1]"""
    net = Net()
    net.link("c1 10.0.1.10/24", "r1 10.0.1.1/24")
    net.link("r1 10.0.2.1/24", "r2 10.0.2.2/24", "r3 10.0.2.3/24")
    net.link("r3 10.0.9.1/24", "s1 10.0.9.10/24")
    net.route("c1", "default", "10.0.1.1")
    net.route("s1", "default", "10.0.9.1")
    net.route("r1", "10.0.9.0/24", "10.0.2.2")
    net.route("r2", "10.0.9.0/24", "10.0.2.3")
    net.route("r3", "10.0.1.0/24", "10.0.2.1")
    found = read(net.case(FLOW))
    assert found.forward.names == ("c1", "r1", "r2", "r3", "s1")
    assert found.reverse.names == ("s1", "r3", "r1", "c1")


def test_a_router_whose_forwarding_is_off_ends_the_way() -> None:
    """[c1] -- (r1) -- (r2) -- [s1]: r1 has the route, and passes nothing on that comes in on
    eth0"""
    net = line("r1", "r2")
    net.setting("r1", net__ipv4__conf__eth0__forwarding=0, net__ipv4__conf__eth1__forwarding=1)
    found = read(net.case(FLOW))
    assert (found.forward.names, found.forward.disposition) == (("c1", "r1"), Disposition.NO_ROUTE)
    assert "net.ipv4.conf.eth0.forwarding = 0" in found.forward.hops[-1].decided
    assert [hop.forwards for hop in found.forward.hops] == [True, False]
    assert found.reverse.names == ("s1", "r2", "r1", "c1")


def test_the_own_answer_of_a_router_counts_more_than_its_setting() -> None:
    net = line("r1", "r2")
    net.setting("r1", net__ipv4__conf__eth0__forwarding=0)
    net.choice("r1", FLOW, "10.0.2.1", iif="eth0")
    assert read(net.case(FLOW)).forward.names == ("c1", "r1", "r2", "s1")
