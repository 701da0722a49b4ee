"""Answers from an address that nobody asked, and addresses that are looked for on the wrong
wire."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_address

from collectors.model.evidence import Question
from collectors.model.flow import Flow
from collectors.model.records import Neighbour
from tests.analysis.captures.test_few_points import at, points
from tests.analysis.diagnosis.hypotheses.test_aging import into, out, way
from tests.analysis.topology import Net, chain, packet, rule
from workbench.analysis.case.findings import Disposition
from workbench.analysis.case.verdict import Cause, Hypothesis
from workbench.analysis.diagnosis.ranking.rank import judge
from workbench.analysis.evidence.read import read

TCP = "tcp 10.0.1.10:4000 > 10.0.9.10:443"
SYN = packet(TCP, "S", 1000)
ANSWER = packet("tcp 10.0.9.10:443 > 10.0.1.10:4000", "S.", 7000, 1001, at=1.1)
STRANGE = replace(ANSWER, flow=Flow.parse("tcp 10.0.12.1:443 > 10.0.1.10:4000"))
RESET = packet("tcp 10.0.1.10:4000 > 10.0.12.1:443", "R", 1001, at=1.2)
UDP = "udp 10.0.1.10:4000 > 10.0.9.10:5349"


def best(net: Net, flow: str = TCP) -> Hypothesis:
    return judge(read(net.case(flow))).best.hypothesis


def rewritten_by_r1() -> Net:
    """[c1] -- (r1) -- (r2) -- [s1]: r1 writes another source into the SYN-ACK, the client resets
    it"""
    net = way()
    net.capture("c1", out(SYN, 64), into(STRANGE, 62), out(RESET, 64))
    net.capture(
        "r1", into(SYN, 64), out(SYN, 63, "eth1"), into(ANSWER, 63, "eth1"), out(STRANGE, 62)
    )
    net.capture("s1", into(SYN, 62), out(ANSWER, 64))
    return net


def test_a_router_that_changes_the_source_of_answers_is_guilty() -> None:
    found = best(rewritten_by_r1())
    assert (found.cause, found.guilty_node, found.direction) == (
        Cause.NAT_RETURN_BYPASS,
        "r1",
        "reverse",
    )
    assert "is answered from 10.0.12.1 port 443: r1 changes the source" in found.summary


def test_a_translator_on_the_way_that_turns_answers_back_is_none() -> None:
    """Behind it the source is another; the client gets what it asked for."""
    net = rewritten_by_r1()
    net.answers = [one for one in net.answers if one[0] != "c1"]
    net.capture("c1", out(SYN, 64), into(ANSWER, 62), out(packet(TCP, ".", 1001, 7001, at=1.2), 64))
    assert best(net).cause is not Cause.NAT_RETURN_BYPASS


def datagrams(answer: str) -> Net:
    net = way()
    asks = [packet(UDP, "", at=t, payload=9) for t in (1.0, 2.0, 3.0)]
    tells = [packet(answer, "", at=p.time + 0.1, payload=20) for p in asks]
    asks, tells = ([replace(p, seq=None) for p in each] for each in (asks, tells))
    net.capture("c1", *(out(p, 64) for p in asks), *(into(p, 62) for p in tells))
    net.capture("s1", *(into(p, 62) for p in asks), *(out(p, 64) for p in tells))
    return net


def test_a_server_that_masquerades_its_own_answers_is_guilty() -> None:
    net = datagrams("udp 10.0.9.11:5349 > 10.0.1.10:4000")
    net.nft(
        "s1",
        chain("srcnat", "postrouting", kind="nat"),
        rule("srcnat", 0, "masquerade", sport=5349),
    )
    found = best(net, UDP)
    assert (found.cause, found.guilty_node) == (Cause.NAT_RETURN_BYPASS, "s1")


def test_a_service_that_answers_from_another_address_is_no_translator() -> None:
    net = datagrams("udp 10.0.9.11:5349 > 10.0.1.10:4000")
    net.nft("s1", chain("input", "input"))
    assert best(net, UDP).cause is not Cause.NAT_RETURN_BYPASS


def test_the_client_alone_proves_that_the_answer_came_from_a_stranger() -> None:
    """One capture: SYN to a service's address, SYN-ACK from another one, RST."""
    found = judge(points(client=(*at(64, SYN), *at(62, STRANGE), *at(64, RESET)))).best.hypothesis
    assert (found.cause, found.guilty_node) == (Cause.NAT_RETURN_BYPASS, None)


def test_a_path_ends_where_nobody_answers_on_the_link() -> None:
    """[c1] -- (r1) -- (r2) -- [s1] == a private network that covers the client's addresses, without
    any peer"""
    net = way()
    net.address("s1", "vpn0", "10.0.1.200/24")
    net.tell(
        "s1", Question.NEIGHBOURS, Neighbour(ip_address("10.0.1.10"), "vpn0", None, ("FAILED",))
    )
    found = read(net.case(TCP))
    assert found.reverse.names[-1] == "c1", "the same numbers on both links: nothing is sure"
    net = way()
    net.route("s1", "10.0.1.0/24", "%vpn0")
    net.nodes["s1"].interfaces["vpn0"] = []
    net.nodes["s1"].macs["vpn0"] = "02:00:00:00:99:99"
    net.tell(
        "s1", Question.NEIGHBOURS, Neighbour(ip_address("10.0.1.10"), "vpn0", None, ("FAILED",))
    )
    found = read(net.case(TCP))
    assert (found.reverse.names, found.reverse.disposition) == (("s1",), Disposition.UNANSWERED)
