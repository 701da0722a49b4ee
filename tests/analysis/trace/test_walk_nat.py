"""Walks through translators and load balancers: reverse is walked with the state that forward
created."""

from __future__ import annotations

import pytest

from tests.analysis.topology import Net, chain, rule
from tests.analysis.trace.test_walk import FLOW, line, pair
from workbench.analysis.case.findings import Boundary, Disposition
from workbench.analysis.evidence.read import read


def test_source_nat_and_the_way_back() -> None:
    """[c1] -- <n1> -- (r2) -- [s1]: n1 masquerades; s1 answers n1, which translates back"""
    net = line("n1", "r2")
    net.nft(
        "n1",
        chain("srcnat", "postrouting", kind="nat"),
        rule("srcnat", 0, "masquerade", oif="eth1"),
    )
    net.nodes["r2"].routes[:] = [
        r for r in net.nodes["r2"].routes if str(r.destination) != "10.0.1.0/24"
    ]
    found = read(net.case(FLOW))
    assert found.forward.names == ("c1", "n1", "r2", "s1")
    assert str(found.reverse.flow) == "tcp 10.0.9.10:443 > 10.0.2.2:4000"
    assert found.reverse.names == ("s1", "r2", "n1", "c1")
    assert found.reverse.disposition is Disposition.DELIVERED
    assert [str(flow) for flow in found.flows].count("tcp 10.0.2.2:4000 > 10.0.9.10:443") == 1


def test_a_ping_of_the_servers_own_is_no_answer_to_the_client() -> None:
    """[c1] -- <n1> -- [s1]: s1 pinged the address that n1 lends to c1; ICMP has no ports to tell
    the two apart"""
    net = line("n1")
    asked, answer = "icmp 10.0.1.10 > 10.0.9.10", "icmp 10.0.9.10 > 10.0.9.2"
    net.session("n1", asked, "icmp 10.0.9.2 > 10.0.9.10")
    net.session("n1", answer)
    assert read(net.case(asked)).reverse.names == ("s1", "n1", "c1")


def test_a_reply_to_another_translator_is_not_translated() -> None:
    """[c1] -- (r1) -> <n1> -> (r2) -- [s1]: the pool is routed to <n2>, which knows nothing of
    it"""
    net = pair("n1", "n2")
    snat = rule("srcnat", 0, "snat", "198.51.100.1", oif="eth1")
    net.nft("n1", chain("srcnat", "postrouting", kind="nat"), snat)
    net.route("r2", "198.51.100.0/24", "10.0.5.2")
    found = read(net.case(FLOW))
    assert found.forward.hops[-1].flow_in.src.compressed == "198.51.100.1"
    assert found.reverse.names == ("s1", "r2", "n2")
    assert found.reverse.disposition is Disposition.NO_ROUTE


def test_load_balancer_and_a_server_that_answers_directly() -> None:
    """[c1] -- (r1) -- <l1>, [s1]: the balancer rewrites the destination, the answer goes round
    it"""
    net = Net()
    net.link("c1 10.0.1.10/24", "r1 10.0.1.1/24")
    net.link("r1 10.0.2.1/24", "l1 10.0.2.2/24", "s1 10.0.2.10/24")
    net.route("c1", "default", "10.0.1.1")
    net.route("l1", "default", "10.0.2.1")
    net.route("s1", "default", "10.0.2.1")
    net.nft(
        "l1",
        chain("dstnat", "prerouting", kind="nat"),
        rule("dstnat", 0, "dnat", "10.0.2.10:8443", dport=443),
    )
    found = read(net.case("tcp 10.0.1.10:4000 > 10.0.2.2:443"))
    assert found.forward.names == ("c1", "r1", "l1", "s1")
    assert found.forward.hops[2].boundary is Boundary.LOAD_BALANCER
    assert str(found.forward.hops[-1].flow_in) == "tcp 10.0.1.10:4000 > 10.0.2.10:8443"
    assert found.reverse.names == ("s1", "r1", "c1")
    assert found.server == "s1"


def test_a_session_names_the_server_that_the_balancer_took() -> None:
    """[c1] -- (r1) -- <l1>, [s1], [s2]"""
    net = Net()
    net.link("c1 10.0.1.10/24", "r1 10.0.1.1/24")
    net.link("r1 10.0.2.1/24", "l1 10.0.2.2/24", "s1 10.0.2.10/24", "s2 10.0.2.11/24")
    for name in ("l1", "s1", "s2"):
        net.route(name, "default", "10.0.2.1")
    net.route("c1", "default", "10.0.1.1")
    net.session("l1", "tcp 10.0.1.10:4000 > 10.0.2.2:443", "tcp 10.0.1.10:4000 > 10.0.2.11:443")
    found = read(net.case("tcp 10.0.1.10:4000 > 10.0.2.2:443"))
    assert found.forward.names == ("c1", "r1", "l1", "s2")


def test_all_that_a_balancer_may_turn_the_flow_into_is_looked_for() -> None:
    """[c1] -- (r1) -- <l1>, [s1], [s2]: chance decides, and no session tells"""
    net = Net()
    net.link("c1 10.0.1.10/24", "r1 10.0.1.1/24")
    net.link("r1 10.0.2.1/24", "l1 10.0.2.2/24", "s1 10.0.2.10/24", "s2 10.0.2.11/24")
    for name in ("l1", "s1", "s2"):
        net.route(name, "default", "10.0.2.1")
    net.route("c1", "default", "10.0.1.1")
    sometimes = rule("dstnat", 0, "dnat", "10.0.2.10:8443", dport=443, unread="random 0.5")
    net.nft(
        "l1",
        chain("dstnat", "prerouting", kind="nat"),
        sometimes,
        rule("dstnat", 1, "dnat", "10.0.2.11", dport=443),
    )
    flows = {str(flow) for flow in read(net.case("tcp 10.0.1.10:4000 > 10.0.2.2:443")).flows}
    assert {"tcp 10.0.1.10:4000 > 10.0.2.10:8443", "tcp 10.0.1.10:4000 > 10.0.2.11:443"} <= flows


@pytest.mark.parametrize(
    ("hook", "flow", "after"),
    [
        ("prerouting", "tcp 10.0.1.10:4000 > 10.99.9.10:443", "tcp 10.0.1.10:4000 > 10.0.9.10:443"),
        (
            "postrouting",
            "tcp 10.0.1.10:4000 > 10.0.9.10:443",
            "tcp 10.77.1.10:4000 > 10.0.9.10:443",
        ),
    ],
)
def test_a_whole_network_is_turned_into_another(hook: str, flow: str, after: str) -> None:
    """[c1] -- (r1) -- [s1]: each address keeps its place in the network (NETMAP)"""
    net = line("r1")
    to = "10.0.9.0/24" if hook == "prerouting" else "10.77.1.0/24"
    net.nft("r1", chain("nat", hook, kind="nat"), rule("nat", 0, "dnat", to))
    assert str(read(net.case(flow)).forward.hops[-1].flow_in) == after


def test_direct_server_return() -> None:
    """[c1] -- (r1) -- (l1) -- [s1]: the service address sits on the server's loopback"""
    net = line("r1")
    net.address("s1", "lo", "203.0.113.10/32")
    net.route("r1", "203.0.113.10/32", "10.0.9.10")
    found = read(net.case("tcp 10.0.1.10:4000 > 203.0.113.10:443"))
    assert found.forward.names == ("c1", "r1", "s1")
    assert found.reverse.names == ("s1", "r1", "c1")


def test_a_partner_that_shares_state_translates_back() -> None:
    """[c1] -- (r1) -> <n1> -> (r2) -- [s1], back by <n2>, which holds the synchronised session"""
    net = pair("n1", "n2")
    net.session("n1", FLOW, "tcp 198.51.100.1:4000 > 10.0.9.10:443")
    net.session("n2", FLOW, "tcp 198.51.100.1:4000 > 10.0.9.10:443")
    net.route("r2", "198.51.100.0/24", "10.0.5.2")
    found = read(net.case(FLOW))
    assert found.reverse.names == ("s1", "r2", "n2", "r1", "c1")
    assert found.reverse.disposition is Disposition.DELIVERED
