"""Walks through less common networks; each draws its own."""

from __future__ import annotations

from dataclasses import replace

from collectors.model.evidence import Question
from collectors.model.records import FilterChain, FilterRule, Interface, Match
from tests.analysis.topology import Net, chain, packet, rule
from tests.analysis.trace.test_walk import BACK, FLOW, line
from workbench.analysis.case.findings import Boundary, Disposition
from workbench.analysis.device.hop_filtering import at_hop
from workbench.analysis.evidence.read import read
from workbench.analysis.step_view import CaseView


def test_one_armed_firewall_by_policy_routing() -> None:
    """[c1] -- (r1) -- [s1]; what comes in from c1 is sent to <f1> first, which sends it back to
    r1"""
    net = line("r1")
    net.link("r1 10.0.5.1/24", "f1 10.0.5.2/24")
    net.route("f1", "default", "10.0.5.1")
    net.rule("r1", 100, "9", iif="eth0")
    net.route("r1", "default", "10.0.5.2", table="9")
    found = read(net.case(FLOW))
    assert found.forward.names == ("c1", "r1", "f1", "r1", "s1")
    assert found.forward.disposition is Disposition.DELIVERED
    assert found.reverse.names == ("s1", "r1", "c1")


def test_what_a_one_armed_firewall_swallows_does_not_turn_its_router_into_a_loop() -> None:
    """The same, captured: <f1> keeps the packet, so that nothing was seen of how r1 would pass it
    on to s1"""
    net = line("r1")
    net.link("r1 10.0.5.1/24", "f1 10.0.5.2/24")
    net.link("r1 10.0.6.1/24", "f1 10.0.6.2/24")
    net.route("f1", "default", "10.0.6.1")
    net.rule("r1", 100, "9", iif="eth0")
    net.route("r1", "default", "10.0.5.2", table="9")
    came, went = (
        packet(FLOW, "S", interface=name, outgoing=out)
        for name, out in (("eth0", False), ("eth2", True))
    )
    net.capture("r1", came, went)
    net.capture("f1", came)
    found = read(net.case(FLOW))
    assert found.forward.names == ("c1", "r1", "f1", "r1", "s1")
    assert found.forward.disposition is Disposition.DELIVERED


def test_hairpin_through_a_port_forward() -> None:
    """[c1], [s1] -- <n1>: c1 reaches s1 by n1's outside address; n1 rewrites both ends"""
    net = Net()
    net.link("n1 10.0.1.1/24", "c1 10.0.1.10/24", "s1 10.0.1.20/24")
    net.link("n1 203.0.113.1/24", "r9 203.0.113.254/24")
    for name in ("c1", "s1"):
        net.route(name, "default", "10.0.1.1")
    net.nft(
        "n1",
        chain("dstnat", "prerouting", kind="nat"),
        chain("srcnat", "postrouting", kind="nat"),
        rule("dstnat", 0, "dnat", "10.0.1.20:8443", dst="203.0.113.1/32", dport=443),
        rule("srcnat", 0, "masquerade", src="10.0.1.0/24"),
    )
    found = read(net.case("tcp 10.0.1.10:4000 > 203.0.113.1:443"))
    assert found.forward.names == ("c1", "n1", "s1")
    assert str(found.reverse.flow) == "tcp 10.0.1.20:8443 > 10.0.1.1:4000"
    assert found.reverse.names == ("s1", "n1", "c1")
    assert str(found.reverse.hops[-1].flow_in) == "tcp 203.0.113.1:443 > 10.0.1.10:4000"
    assert found.forward.hops[1].boundary is Boundary.NAT


def test_unnumbered_ipv6_links_go_by_the_mac() -> None:
    """[c1] -- (r1) -- (r2) -- [s1]: only link-local addresses between the routers, and r7 has one
    of them too"""
    net = Net()
    net.link("c1 2001:db8:1::10/64", "r1 2001:db8:1::1/64")
    net.link("r1 fe80::1/64", "r2 fe80::2/64")
    net.link("r2 2001:db8:9::1/64", "s1 2001:db8:9::10/64")
    net.link("r7 fe80::2/64")
    net.route("c1", "default", "2001:db8:1::1")
    net.route("s1", "default", "2001:db8:9::1")
    net.route("r1", "2001:db8:9::/64", "fe80::2%eth1")
    net.route("r2", "2001:db8:1::/64", "fe80::1%eth0")
    net.neighbour("r1", "fe80::2", of="r2", interface="eth1")
    found = read(net.case("tcp [2001:db8:1::10]:4000 > [2001:db8:9::10]:443"))
    assert found.forward.names == ("c1", "r1", "r2", "s1")
    assert found.reverse.names == ("s1", "r2", "r1", "c1")


def test_a_nat_pool_that_is_routed_to_the_translator() -> None:
    """[c1] -- <n1> -- (r2) -- [s1]: n1 uses 198.51.100.1, which r2 routes back to it"""
    net = line("n1", "r2")
    net.nft(
        "n1",
        chain("srcnat", "postrouting", kind="nat"),
        rule("srcnat", 0, "snat", "198.51.100.1", oif="eth1"),
    )
    net.route("r2", "198.51.100.0/24", "10.0.2.2")
    found = read(net.case(FLOW))
    assert found.reverse.names == ("s1", "r2", "n1", "c1")
    assert found.reverse.disposition is Disposition.DELIVERED


def test_two_translators_in_a_row() -> None:
    """[c1] -- <n1> -- <n2> -- [s1]: both masquerade"""
    net = line("n1", "n2")
    for name in ("n1", "n2"):
        net.nft(
            name,
            chain("srcnat", "postrouting", kind="nat"),
            rule("srcnat", 0, "masquerade", oif="eth1"),
        )
    found = read(net.case(FLOW))
    assert str(found.reverse.flow) == "tcp 10.0.9.10:443 > 10.0.9.2:4000"
    assert found.reverse.names == ("s1", "n2", "n1", "c1")
    assert str(found.reverse.hops[-1].flow_in) == "tcp 10.0.9.10:443 > 10.0.1.10:4000"


def test_udp_reply_is_translated_by_a_box_that_takes_it_for_a_new_flow() -> None:
    """[c1] -- (r1) -- [s1] -- <n3> -- (r1): s1 answers by n3, which masquerades what it does not
    know"""
    net = line("r1")
    net.link("n3 10.0.7.1/24", "s1 10.0.7.10/24")
    net.link("n3 10.0.8.2/24", "r1 10.0.8.1/24")
    net.route("n3", "10.0.1.0/24", "10.0.8.1")
    net.nodes["s1"].routes[:] = [
        route for route in net.nodes["s1"].routes if route.protocol != "static"
    ]
    net.route("s1", "default", "10.0.7.1")
    net.nft(
        "n3",
        chain("srcnat", "postrouting", kind="nat"),
        rule("srcnat", 0, "masquerade", oif="eth1"),
    )
    found = read(net.case("udp 10.0.1.10:4000 > 10.0.9.10:53"))
    assert found.reverse.names == ("s1", "n3", "r1", "c1")
    assert str(found.reverse.hops[-1].flow_in) == "udp 10.0.8.2:53 > 10.0.1.10:4000"


def test_ecmp_over_three_steps() -> None:
    """[c1] -- (r1) < r2 | r3 > (r4) -- [s1], and the router in the middle spreads too"""
    net = Net()
    net.link("c1 10.0.1.10/24", "r1 10.0.1.1/24")
    net.link("r1 10.0.2.1/24", "r2 10.0.2.2/24")
    net.link("r1 10.0.3.1/24", "r3 10.0.3.2/24")
    net.link("r2 10.0.4.2/24", "r4 10.0.4.1/24")
    net.link("r2 10.0.6.2/24", "r4 10.0.6.1/24")
    net.link("r3 10.0.5.2/24", "r4 10.0.5.1/24")
    net.link("r4 10.0.9.1/24", "s1 10.0.9.10/24")
    net.route("c1", "default", "10.0.1.1")
    net.route("s1", "default", "10.0.9.1")
    net.route("r1", "10.0.9.0/24", "10.0.2.2", "10.0.3.2")
    net.route("r2", "10.0.9.0/24", "10.0.4.1", "10.0.6.1")
    net.route("r3", "10.0.9.0/24", "10.0.5.1")
    net.route("r4", "10.0.1.0/24", "10.0.5.2")
    net.route("r3", "10.0.1.0/24", "10.0.3.1")
    net.choice("r1", FLOW, "10.0.2.2", iif="eth0")
    net.choice("r2", FLOW, "10.0.6.1", iif="eth0")
    found = read(net.case(FLOW))
    assert found.forward.names == ("c1", "r1", "r2", "r4", "s1")
    assert found.forward.hop("r4").iif == "eth1"  # type: ignore[union-attr]
    assert len(found.forward.alternates) == 2


def test_a_loop_that_only_the_replies_meet() -> None:
    """[c1] -- (r1) -- (r2) <=> (r3) -- [s1]"""
    net = line("r1", "r2", "r3")
    net.route("r2", "10.0.1.10/32", "10.0.3.1")
    found = read(net.case(FLOW))
    assert found.forward.disposition is Disposition.DELIVERED
    assert (found.reverse.names, found.reverse.disposition) == (
        ("s1", "r3", "r2"),
        Disposition.LOOP,
    )


def test_fourteen_hops() -> None:
    """[c1] -- (r1) -- ... -- (r12) -- [s1]"""
    names = tuple(f"r{number}" for number in range(10, 22))
    found = read(line(*names).case(FLOW))
    assert found.forward.names == ("c1", *names, "s1")
    assert found.reverse.names == ("s1", *reversed(names), "c1")


def test_a_route_into_a_tunnel_without_a_gateway() -> None:
    """[c1] -- (r1) == tunnel == (r2) -- [s1]: r1 only says `dev tun0`"""
    net = Net()
    net.link("c1 10.0.1.10/24", "r1 10.0.1.1/24")
    net.link("r2 10.0.9.1/24", "s1 10.0.9.10/24")
    net.address("r1", "tun0", "172.16.0.1/30")
    net.address("r2", "tun0", "172.16.0.2/30")
    net.route("c1", "default", "10.0.1.1")
    net.route("s1", "default", "10.0.9.1")
    net.route("r1", "10.0.9.0/24", "%tun0")
    net.route("r2", "10.0.1.0/24", "%tun0")
    found = read(net.case(FLOW))
    assert found.forward.names == ("c1", "r1", "r2", "s1")
    assert found.forward.hops[2].iif == "tun0"
    assert found.reverse.names == ("s1", "r2", "r1", "c1")


def test_a_firewall_that_only_bridges_is_on_the_path_where_it_was_seen() -> None:
    """[c1] -- (r1) -- <f1> -- (r2) -- [s1]: f1 has no address, and drops what comes from port
    443"""
    net = line("r1", "r2")
    net.address("f1", "eth0")
    port = Interface("p1", 1, "02:ff:00:00:00:01", 1500, True, master="br0")
    net.tell("f1", Question.INTERFACES, port, replace(port, name="p2", mac="02:ff:00:00:00:02"))
    drop = FilterRule(
        "nft",
        "bridge",
        "t",
        "c",
        0,
        (Match("sport", ((443, 443),)),),
        "drop",
        text="tcp sport 443 drop",
    )
    net.nft("f1", FilterChain("nft", "bridge", "t", "c", "forward"), drop)
    passing = packet(FLOW, "S", source_mac=net.nodes["r1"].macs["eth1"], overheard=True)
    answer = packet(BACK, "S.", source_mac=net.nodes["r2"].macs["eth0"], overheard=True)
    net.capture(
        "f1",
        replace(passing, interface="p1", outgoing=False),
        replace(passing, interface="p2", outgoing=True),
        replace(answer, interface="p2", outgoing=False),
    )
    case = net.case(FLOW)
    found = read(case)
    assert found.forward.names == ("c1", "r1", "f1", "r2", "s1")
    assert found.reverse.names == ("s1", "r2", "f1", "r1", "c1")
    assert found.drop is not None and (found.drop.node, found.drop.interface) == ("f1", "p2")
    hop = found.reverse.hop("f1")
    assert hop is not None and (hop.iif, hop.oif) == ("p2", "p1")
    assert at_hop(case, hop, "established", "S.").words == "forward chain c: tcp sport 443 drop"
    assert "f1" in {device.name for device in CaseView(case).involved}


def test_a_bridge_that_stops_the_request_is_on_the_way_of_the_reply_too() -> None:
    """[c1] -- (r1) -- <f1> -- (r2) -- [s1]: nothing comes back that could show f1 there"""
    net = line("r1", "r2")
    net.address("f1", "eth0")
    port = Interface("p1", 1, "02:ff:00:00:00:01", 1500, True, master="br0")
    net.tell("f1", Question.INTERFACES, port, replace(port, name="p2", mac="02:ff:00:00:00:02"))
    passing = packet(FLOW, "S", source_mac=net.nodes["r1"].macs["eth1"], overheard=True)
    net.capture("f1", replace(passing, interface="p1", outgoing=False))
    found = read(net.case(FLOW))
    assert found.reverse.names == ("s1", "r2", "f1", "r1", "c1")
    hop = found.reverse.hop("f1")
    assert hop is not None and (hop.iif, hop.oif, hop.boundary) == ("p2", "p1", Boundary.FIREWALL)


def proxied() -> Net:
    """[c1 10.0.1.10/16] - (r1) - [s1 10.0.9.10]: the client believes the server on its link; r1
    answers for it"""
    net = Net()
    net.link("c1 10.0.1.10/16", "r1 10.0.1.1/24")
    net.link("r1 10.0.9.1/24", "s1 10.0.9.10/24")
    net.route("s1", "default", "10.0.9.1")
    return net


def test_frames_tell_who_got_them_whatever_the_address_says() -> None:
    """A router that answers ARP for the server (proxy ARP) is on the way."""
    net = proxied()
    net.capture(
        "r1",
        packet(
            FLOW, "S", interface="eth0", outgoing=False, source_mac=net.nodes["c1"].macs["eth0"]
        ),
    )
    net.capture(
        "s1",
        packet(
            FLOW, "S", interface="eth0", outgoing=False, source_mac=net.nodes["r1"].macs["eth1"]
        ),
    )
    assert read(net.case(FLOW)).forward.names == ("c1", "r1", "s1")


def test_frames_show_a_table_that_nobody_knew_would_be_asked() -> None:
    """[c1] sends by r2, which only table 9 names (a rule by user): r2 got the frames from it"""
    net = Net()
    net.link("c1 10.0.1.10/24", "r1 10.0.1.1/24", "r2 10.0.1.2/24")
    net.link("r1 10.0.9.1/24", "s1 10.0.9.10/24")
    net.route("c1", "default", "10.0.1.1")
    net.route("c1", "default", "10.0.1.2", table="9")
    net.capture("c1", packet(FLOW, "S", interface="eth0", outgoing=True))
    net.capture("r1")
    net.capture(
        "r2",
        packet(
            FLOW, "S", interface="eth0", outgoing=False, source_mac=net.nodes["c1"].macs["eth0"]
        ),
    )
    found = read(net.case(FLOW)).forward
    assert (found.names, found.disposition) == (("c1", "r2"), Disposition.NO_ROUTE)
    assert "seen to hand its packets to r2" in found.hops[0].decided


def with_a_shortcut() -> Net:
    """[c1] -- (r1) -- (f1) -- (r2) -- [s1], and a link from r1 to r2 that only table 9 names"""
    net = Net()
    net.link("c1 10.0.1.10/24", "r1 10.0.1.1/24")
    net.link("r1 10.0.2.1/24", "f1 10.0.2.2/24")
    net.link("f1 10.0.3.1/24", "r2 10.0.3.2/24")
    net.link("r1 10.0.4.1/24", "r2 10.0.4.2/24")
    net.link("r2 10.0.9.1/24", "s1 10.0.9.10/24")
    for name, gateway in (("c1", "10.0.1.1"), ("r1", "10.0.2.2"), ("f1", "10.0.3.2")):
        net.route(name, "default", gateway)
    net.route("r1", "default", "10.0.4.2", table="9")
    net.route("s1", "default", "10.0.9.1")
    return net


def test_bare_acknowledgements_that_are_led_around_do_not_tell_the_path_of_the_flow() -> None:
    """r1 sends bare acknowledgements to r2 at once; r2 saw them, and the SYN that f1 handed to
    it"""
    net = with_a_shortcut()
    opened = packet(
        FLOW, "S", interface="eth0", outgoing=False, source_mac=net.nodes["f1"].macs["eth1"]
    )
    around = packet(
        FLOW, ".", interface="eth1", outgoing=False, source_mac=net.nodes["r1"].macs["eth2"]
    )
    net.capture("r2", opened, around, around)
    assert read(net.case(FLOW)).forward.names == ("c1", "r1", "f1", "r2", "s1")


def test_bare_acknowledgements_alone_tell_it() -> None:
    """The same, and only acknowledgements were seen, straight from r1"""
    net = with_a_shortcut()
    around = packet(
        FLOW, ".", interface="eth1", outgoing=False, source_mac=net.nodes["r1"].macs["eth2"]
    )
    net.capture("r2", around)
    forward = read(net.case(FLOW)).forward
    assert forward.names == ("c1", "r1", "r2", "s1")
    assert forward.hops[1].against_routing
