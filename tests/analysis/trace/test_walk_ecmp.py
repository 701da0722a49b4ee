"""Walks over several equal next hops: what was seen comes before what was predicted."""

from __future__ import annotations

from tests.analysis.topology import Net, packet
from tests.analysis.trace.test_walk import BACK, FLOW, pair
from workbench.analysis.case.findings import Basis
from workbench.analysis.evidence.read import read


def test_ecmp_asks_the_router_which_branch_it_takes() -> None:
    """[c1] -- (r1) < f1 | f2 > (r2) -- [s1] with two equal next hops at r1"""
    net = pair()
    net.nodes["r1"].routes.pop()
    net.route("r1", "10.0.9.0/24", "10.0.2.2", "10.0.3.2")
    found = read(net.case(FLOW))
    hop = found.forward.hop("r1")
    assert hop is not None and hop.basis is Basis.UNKNOWN
    assert [branch.device for branch in hop.branches] == ["f1", "f2"]
    assert any(
        i.device == "r1" and i.params.iif == "eth0" and not i.params.mark
        for i in found.forward.wanted
    )
    net.choice("r1", FLOW, "10.0.3.2", iif="eth0")
    found = read(net.case(FLOW))
    assert found.forward.names == ("c1", "r1", "f2", "r2", "s1")
    assert [path.names for path in found.forward.alternates] == [("r1", "f1", "r2", "s1")]
    assert any(visit.alternate and visit.device == "f1" for visit in found.visits)


def test_a_capture_outweighs_the_prediction_of_a_branch() -> None:
    """[c1] -- (r1) < f1 | f2 > (r2) -- [s1]: r1 says f2, but f1 saw the packet come in"""
    net = pair()
    net.nodes["r1"].routes.pop()
    net.route("r1", "10.0.9.0/24", "10.0.2.2", "10.0.3.2")
    net.choice("r1", FLOW, "10.0.3.2", iif="eth0")
    net.capture("f1", packet(FLOW, "S", interface="eth0", outgoing=False))
    found = read(net.case(FLOW))
    assert found.forward.names == ("c1", "r1", "f1", "r2", "s1")
    hop = found.forward.hop("r1")
    assert hop is not None and hop.branches[0].taken


def test_a_branch_over_ipv6_is_not_known_before_it_was_seen() -> None:
    """[c1] -- (r1) < r2 | r3 > [s1] over IPv6: the flow label is hashed too"""
    net = Net()
    net.link("c1 2001:db8:1::10/64", "r1 2001:db8:1::1/64")
    net.link("r1 2001:db8:2::1/64", "r2 2001:db8:2::2/64", "r3 2001:db8:2::3/64")
    net.link("r2 2001:db8:9::2/64", "r3 2001:db8:9::3/64", "s1 2001:db8:9::10/64")
    net.route("c1", "default", "2001:db8:1::1")
    net.route("r1", "2001:db8:9::/64", "2001:db8:2::2", "2001:db8:2::3")
    flow = "tcp [2001:db8:1::10]:4000 > [2001:db8:9::10]:443"
    net.choice("r1", flow, "2001:db8:2::3", iif="eth0")
    hop = read(net.case(flow)).forward.hop("r1")
    assert hop is not None and hop.basis is Basis.UNKNOWN
    net.capture("r2", packet(flow, "S", interface="eth0", outgoing=False))
    found = read(net.case(flow))
    assert found.forward.names == ("c1", "r1", "r2", "s1")
    assert found.forward.hops[1].basis is Basis.OBSERVED


def test_a_flow_that_changes_its_branch_is_followed_to_where_it_is_lost() -> None:
    """[c1] -- (r1) < f1 | f2 > (r2) -- [s1]: most packets leave by f1, but f2 keeps those that it
    gets"""
    net = pair()
    net.nodes["r1"].routes.pop()
    net.route("r1", "10.0.9.0/24", "10.0.2.2", "10.0.3.2")
    left = [packet(FLOW, "S", number, interface="eth1", outgoing=True) for number in range(5)]
    net.capture("r1", *left, packet(FLOW, "S", 9, interface="eth2", outgoing=True))
    assert read(net.case(FLOW)).forward.names == ("c1", "r1", "f1", "r2", "s1")
    net.capture("f2", packet(FLOW, "S", 9, interface="eth0", outgoing=False))
    assert read(net.case(FLOW)).forward.names == ("c1", "r1", "f2", "r2", "s1")


def test_an_unknown_port_takes_that_of_the_failing_attempt() -> None:
    """[c1] -- (r1) < f1 | f2 > (r2) -- [s1] and only port 4002 failed"""
    net = pair()
    net.nodes["r1"].routes.pop()
    net.route("r1", "10.0.9.0/24", "10.0.2.2", "10.0.3.2")
    works, fails = FLOW.replace("4000", "4001"), FLOW.replace("4000", "4002")
    answer = BACK.replace("4000", "4001")
    net.capture(
        "c1",
        packet(works, "S", interface="eth0", outgoing=True),
        packet(answer, "S.", 5000, 1001, interface="eth0", outgoing=False),
        packet(fails, "S", 2000, interface="eth0", outgoing=True),
    )
    net.capture("f1", packet(works, "S", interface="eth0", outgoing=False))
    net.capture("f2", packet(fails, "S", 2000, interface="eth0", outgoing=False))
    found = read(net.case(FLOW.replace("4000", "*")))
    assert found.forward.names == ("c1", "r1", "f2", "r2", "s1")
    assert {flow.sport for flow in found.flows if flow.dport == 443} == {None}
