"""Tunnels of every kind: where they carry a packet, and where sight ends."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_address

import pytest

from collectors.model.evidence import Question
from collectors.model.records import Interface, Packet
from collectors.model.tunnels import Peer, Tunnel, TunnelLink
from tests.analysis.handshake import came
from tests.analysis.spelling import judged
from tests.analysis.tunnel_networks import (
    ENDS,
    FLOW,
    KINDS,
    attempted,
    case_of,
    findings,
    network,
    outer,
    peers,
    segment,
)
from workbench.analysis.case.case import Case
from workbench.analysis.case.findings import Disposition, Findings
from workbench.analysis.case.verdict import Cause
from workbench.analysis.device.tunnels import around
from workbench.analysis.evidence.read import read


@pytest.mark.parametrize("kind", KINDS)
def test_the_tunnels_packets_have_a_way_of_their_own(kind: str) -> None:
    found = findings(kind)
    assert (found.forward.names, found.reverse.names) == (
        ("c1", "r1", "r2", "s1"),
        ("s1", "r2", "r1", "c1"),
    )
    assert found.forward.hops[2].iif == "tun0"
    assert [(str(path.flow), path.names) for path in found.below] == [
        (outer(kind), ("r1", "r3", "r2")),
        (outer(kind, back=True), ("r2", "r3", "r1")),
    ]


def test_ipv6_in_ipv4() -> None:
    net = network("sit")
    for name, interface, address in (
        ("c1", "eth0", "2001:db8:1::10/64"),
        ("r1", "eth0", "2001:db8:1::1/64"),
    ):
        net.address(name, interface, address)
    for name, interface, address in (
        ("r2", "eth1", "2001:db8:9::1/64"),
        ("s1", "eth0", "2001:db8:9::10/64"),
    ):
        net.address(name, interface, address)
    net.route("c1", "default", "2001:db8:1::1")
    net.route("s1", "default", "2001:db8:9::1")
    net.route("r1", "2001:db8:9::/64", "%tun0")
    net.route("r2", "2001:db8:1::/64", "%tun0")
    found = read(case_of(net, "sit", "tcp [2001:db8:1::10]:4000 > [2001:db8:9::10]:443"))
    assert found.forward.names == ("c1", "r1", "r2", "s1")
    assert [str(path.flow) for path in found.below] == [
        "ipv6 172.16.1.1 > 172.16.2.2",
        "ipv6 172.16.2.2 > 172.16.1.1",
    ]


def test_a_list_of_tunnels_tells_it_too() -> None:
    net = network("gre")
    for name, (local, remote) in ENDS.items():
        net.tell(
            name,
            Question.TUNNELS,
            TunnelLink("tun0", Tunnel("gre", ip_address(remote), ip_address(local))),
        )
        net.address(name, "tun0", f"10.99.0.{1 + (name == 'r2')}/30")
    found = read(net.case(FLOW))
    assert [path.names for path in found.below] == [("r1", "r3", "r2"), ("r2", "r3", "r1")]


def behind(mac: str, address: str) -> Peer:
    return Peer("vx0", mac, ip_address(address))


def learning(*far: Peer, bridged: bool = False) -> Findings:
    """r1's vx0 has no remote: who is behind which hardware address is shown by its table; it may be
    a port of br0"""
    net = network("vxlan")
    own = "br0" if bridged else "vx0"
    for name, number in (("r1", 1), ("r2", 2)):
        net.nodes[name].routes = [
            one for one in net.nodes[name].routes if one.next_hops[0].interface != "tun0"
        ]
        net.address(name, own, f"10.99.0.{number}/30")
    net.route("r1", "10.0.9.0/24", "10.99.0.2")
    net.route("r2", "10.0.1.0/24", "10.99.0.1")
    net.neighbour("r1", "10.99.0.2", "r2", interface=own, on=own)
    net.tell("r1", Question.TUNNELS, *far)
    found, evidence = net.case(FLOW), []
    for item in found.evidence:
        if item.question is Question.INTERFACES and item.device == "r1":
            tunnel = Tunnel("vxlan", None, ip_address("172.16.1.1"), 4789, 42)
            links = {one.name: one for one in item.of(Interface)}
            plain = (
                Interface("vx0", 9, None, 1450, True, "vxlan", "br0") if bridged else links["vx0"]
            )
            links["vx0"] = replace(plain, kind="vxlan", tunnel=tunnel)
            item = replace(item, records=tuple(links.values()))
        evidence.append(item)
    return read(replace(found, evidence=tuple(evidence)))


@pytest.mark.parametrize("bridged", [False, True])
def test_a_far_end_that_is_known_by_hardware_address(bridged: bool) -> None:
    probe = learning(bridged=bridged)
    mac = next(one.mac for one in probe.case.ports_of("r2") if one.interface in ("vx0", "br0"))
    assert mac is not None and probe.below == ()
    found = learning(
        behind("02:00:00:00:00:77", "172.16.1.77"), behind(mac, "172.16.2.2"), bridged=bridged
    )
    assert [(str(path.flow), path.names) for path in found.below] == [
        ("udp 172.16.1.1:* > 172.16.2.2:4789", ("r1", "r3", "r2"))
    ]


def test_the_only_far_end_that_gets_all_others() -> None:
    every = "00:00:00:00:00:00"
    assert [path.names for path in learning(behind(every, "172.16.2.2")).below] == [
        ("r1", "r3", "r2")
    ]
    several = learning(behind(every, "172.16.2.2"), behind(every, "172.16.1.77"))
    assert several.below == (), "which of them it is only the hardware address would tell"


def other_ends(found: Findings, *more: str) -> Case:
    """With vx0 of r2 and of these shown as ends of the same tunnel."""
    evidence = []
    for item in found.case.evidence:
        if item.question is Question.INTERFACES and item.device in ("r2", *more):
            local = next(
                one.address.ip
                for one in found.case.ports_of(item.device)
                if one.address.ip in OWN_ENDS
            )
            tunnel = Tunnel("vxlan", None, local, 4789, 42)
            links = {one.name: one for one in item.of(Interface)}
            links["vx0"] = replace(
                links.get("vx0", Interface("vx0", 9, None, 1450, True)), kind="vxlan", tunnel=tunnel
            )
            item = replace(item, records=tuple(links.values()))
        evidence.append(item)
    return replace(found.case, evidence=tuple(evidence))


OWN_ENDS = {ip_address("172.16.2.2"), ip_address("172.16.2.3")}


def looking_behind(address: str, *more: str) -> Findings:
    """r1 looks for the hardware address of r2 behind that address; r3 may be an end of the tunnel,
    too."""
    mac = next(one.mac for one in learning().case.ports_of("r2") if one.interface == "vx0")
    assert mac is not None
    return read(other_ends(learning(behind(mac.lower(), address)), *more))


def test_a_far_end_that_has_not_the_hardware_address_gets_the_packets_and_the_entry_is_the_fault() -> (
    None
):
    found = looking_behind("172.16.2.3", "r3")
    assert (found.forward.names, found.forward.disposition) == (
        ("c1", "r1", "r3"),
        Disposition.NOT_TAKEN,
    )
    hypothesis = judged(found).best.hypothesis
    assert (hypothesis.cause, hypothesis.guilty_node, hypothesis.decided_by) == (
        Cause.STALE_NEIGHBOUR,
        "r3",
        "r1",
    )
    [fix] = hypothesis.fixes
    assert (fix.fix_class, fix.device) == ("clear_neighbour", "r1")
    assert fix.commands[0].endswith("dev vx0 dst 172.16.2.2")
    assert fix.rollback[0].endswith("dev vx0 dst 172.16.2.3")


@pytest.mark.parametrize(("address", "ends"), [("172.16.2.2", ("r3",)), ("172.16.2.3", ())])
def test_a_right_entry_and_a_far_end_that_hides_its_tunnels_mislead_nobody(
    address: str, ends: tuple[str, ...]
) -> None:
    found = looking_behind(address, *ends)
    assert found.forward.names == ("c1", "r1", "r2", "s1")
    assert judged(found).best.hypothesis.cause is not Cause.STALE_NEIGHBOUR


# --- where sight ends ---


@pytest.mark.parametrize("kind", ["wireguard", "tun"])
def test_a_tunnel_that_does_not_tell_where_it_leads_is_where_sight_ends(kind: str) -> None:
    net = network("gre")
    for name, number in (("r1", 1), ("r2", 2)):
        net.address(name, "tun0", f"10.99.0.{number}/30")
    attempted(net, "gre")
    case = case_of(net, kind)
    verdict = judged(read(_only_inside(case)))
    best = verdict.best
    assert (best.hypothesis.cause, best.hypothesis.guilty_node) == (
        Cause.UNKNOWN_BEYOND_VISIBILITY,
        "tun0 of r1",
    )
    assert best.confidence <= 0.75
    assert verdict.drop is not None and "what lies below that cannot be seen" in verdict.drop.where


def _only_inside(case: Case) -> Case:
    """Captures that saw the flow, and nothing of what carries it."""
    evidence = []
    for item in case.evidence:
        mine = tuple(
            r for r in item.records if not isinstance(r, Packet) or (r.flow and r.flow.dport == 443)
        )
        evidence.append(replace(item, records=mine) if item.question is Question.CAPTURE else item)
    return replace(case, evidence=tuple(evidence))


def test_a_device_below_that_nobody_can_ask_is_named() -> None:
    net = network("gre")
    net.nodes["r3"].unmanaged = True
    attempted(net, "gre")
    net.answers = [one for one in net.answers if one[0] != "r3"]
    best = judged(findings("gre", net)).best
    assert (best.hypothesis.cause, best.hypothesis.guilty_node) == (
        Cause.UNKNOWN_BEYOND_VISIBILITY,
        "172.16.1.3",
    )
    assert best.confidence <= 0.75


def test_a_destination_that_no_peer_takes_ends_at_the_tunnel() -> None:
    net = network("gre")
    net.tell("r1", Question.TUNNELS, *peers("172.16.2.2", "10.0.8.0/24")[1:])
    found = read(case_of(net, "wireguard"))
    assert (found.forward.disposition, found.forward.names) == (Disposition.NO_ROUTE, ("c1", "r1"))
    best = judged(found).best.hypothesis
    assert (best.cause, best.guilty_node) == (Cause.NO_FORWARD_ROUTE, "r1")
    assert "no peer of tun0 takes packets to 10.0.9.10" in found.forward.hops[-1].decided
    assert best.fixes[0].commands[0] == "wg show tun0 allowed-ips"


@pytest.mark.parametrize(
    ("kind", "key", "port", "outer", "bytes_"),
    [
        ("gre", None, None, 4, 24),
        ("gre", 7, None, 4, 28),
        ("gretap", None, None, 4, 38),
        ("ipip", None, None, 4, 20),
        ("ipip", None, 5555, 4, 28),
        ("sit", None, None, 4, 20),
        ("ip6tnl", None, None, 6, 40),
        ("vxlan", 42, 4789, 4, 50),
        ("geneve", 42, 6081, 6, 70),
        ("wireguard", None, 51820, 4, 60),
        ("wireguard", None, 51820, 6, 80),
    ],
)
def test_what_a_tunnel_puts_around_each_packet(
    kind: str, key: int | None, port: int | None, outer: int, bytes_: int
) -> None:
    assert around(Tunnel(kind, None, None, port, key), outer) == bytes_


def test_a_device_below_that_looks_into_the_tunnel_is_not_on_the_flows_own_way() -> None:
    """Captures are decoded: between the tunnel's ends the flow's own packets are seen by whoever
    passes it on."""
    net = network("gre")
    attempted(net, "gre", reaches=True)
    net.capture(
        "r3", *(came(segment(FLOW, 10 + n, 1.0 + n, inside=True), "eth0") for n in range(3))
    )
    found = findings("gre", net)
    assert "r3" in {observation.device for observation in found.observations}
    assert "r3" not in judged(found).forward_path
