"""What else a verdict tells: further questions, common mistakes, branches that nobody happened to take."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_address

from collectors.model.evidence import Question
from collectors.model.flow import Flow
from collectors.model.records import Neighbour, Setting
from tests.analysis.hypotheses.scenes import STATEFUL, Scene, branches, route, rule, strict
from tests.analysis.topology import Net, packet
from workbench.analysis.findings import AttemptEnd, Fate
from workbench.analysis.rank import judge, wanted
from workbench.analysis.read import read
from workbench.analysis.verdict import HEALTHY, Cause, Outcome

WAY, BACK = "client r1 fw-a r2 server", "server r2 fw-b r1 client"


def test_open_firewall_cases_ask_for_the_session_on_all_members() -> None:
    scene = Scene(WAY, BACK, works=False).filters("fw-a", *STATEFUL).filters("fw-b", *STATEFUL)
    asked = wanted(scene.findings())
    assert {"fw-a", "fw-b"} <= {i.device for i in asked if i.question is Question.SESSIONS}


def test_a_sure_verdict_asks_nothing_more() -> None:
    scene = Scene("client r1 server", "server r1 client", works=False).filters("r1", rule("drop"), counted=3)
    assert wanted(scene.dropped("r1", "SYN").findings()) == ()


def test_mistakes_are_named_with_their_signs() -> None:
    scene = Scene(WAY, BACK, works=False).filters("fw-a", *STATEFUL).filters("fw-b", *STATEFUL)
    scene.dropped("fw-b", "SYN-ACK", reverse=True).moved("fw-b", 4, "invalid", "conntrack")
    verdict = scene.verdict()
    assert [m.number for m in verdict.mistakes] == [3]
    assert verdict.as_dict()["mistakes"][0]["signs"] == ["fw-b called 4 packets invalid during the capture"]


def test_a_healthy_flow_shows_no_mistake() -> None:
    assert Scene("client r1 server", "server r1 client", works=True).verdict().mistakes == ()


def labelled() -> Scene:
    """IPv6, policy 0: the flow label decides. [client] - (r1) = (r3) / (r4) = (r2) - [server]; r4 drops."""
    flow = Flow.parse("tcp [2001:db8:1::2]:40000 > [2001:db8:2::2]:443")
    scene = Scene("client r1 r3 r2 server", "server r2 r3 r1 client", flow=flow, works=True)
    scene.at("r1", branches=branches("r3", "r4", taken="r3")).filters("r3").filters("r4", rule("drop"))
    scene.alternates = {False: ("client r1 r4 r2 server",)}
    return scene.attempt(AttemptEnd.WORKED)


def test_a_flow_that_works_on_ways_that_nobody_understands_is_healthy_with_doubt() -> None:
    """Packets come back, and the walk ends before the client."""
    scene = Scene("client r1 server", "server r1", works=True, fates={True: Fate.WRONG_HOST})
    best = scene.verdict().best
    assert best.hypothesis.cause in HEALTHY
    assert best.confidence < 0.8


def test_lucky_attempts_do_not_hide_a_branch_that_drops() -> None:
    verdict = labelled().say("r1", Question.SETTINGS, Setting("net.ipv6.fib_multipath_hash_policy", "0")).verdict()
    best = verdict.best
    assert (best.hypothesis.cause, best.hypothesis.guilty_node) == (Cause.ECMP_LEG_FAILURE, "r4")
    assert best.confidence < 0.8


def test_known_ports_pin_the_branch_when_the_hash_takes_ports() -> None:
    verdict = labelled().say("r1", Question.SETTINGS, Setting("net.ipv6.fib_multipath_hash_policy", "1")).verdict()
    assert verdict.outcome is Outcome.HEALTHY


def test_a_strict_gateway_that_ignores_even_arp() -> None:
    """[server] - (r1) - (r2): replies leave r1 by r2, whose check would refuse them; r1 gets no MAC from r2."""
    scene = Scene("client r1 server", "server r1 r2 client", works=False)
    scene.at("r1", reverse=True, next_hop=ip_address("10.5.0.2"))
    scene.say("r1", Question.NEIGHBOURS, Neighbour(ip_address("10.5.0.2"), "to-r2", None, ("FAILED",)))
    scene.say("r2", Question.SETTINGS, strict("all")).say("r2", Question.ROUTES, route("0.0.0.0/0", "10.7.0.1", "up"))
    best = scene.dropped("r1", "SYN-ACK", reverse=True).verdict().best
    assert (best.hypothesis.cause, best.hypothesis.guilty_node) == (Cause.RP_FILTER_STRICT, "r2")
    assert (best.hypothesis.direction, best.hypothesis.decided_by) == ("reverse", "r1")
    assert best.confidence >= 0.8


def test_what_left_a_watched_device_is_looked_for_at_everybody_on_that_link() -> None:
    """[c1] sends on a link with r1 and r9; r1 was watched and never got it: did r9?"""
    net = Net()
    net.link("c1 10.0.1.10/24", "r1 10.0.1.1/24", "r9 10.0.1.9/24")
    net.link("r1 10.0.9.1/24", "s1 10.0.9.10/24")
    net.route("c1", "default", "10.0.1.1")
    flow = "tcp 10.0.1.10:4000 > 10.0.9.10:443"
    net.capture("c1", *(packet(flow, "S", at=at, interface="eth0", outgoing=True) for at in (1.0, 2.0, 4.0)))
    for name in ("r1", "s1"):
        net.capture(name)
    asked = wanted(read(net.case(flow)))
    assert {i.device for i in asked if i.question is Question.CAPTURE} == {"r9"}


def test_a_device_that_only_the_captures_put_on_the_way_is_watched_too() -> None:
    """[c1] - (r1) = (r2) / (r3) = (r4) - [s1]: routes moved to r3 in mid-run; it was not watched yet"""
    net = Net()
    net.link("c1 10.0.1.10/24", "r1 10.0.1.1/24")
    net.link("r1 10.0.3.1/24", "r3 10.0.3.2/24")
    net.link("r3 10.0.9.1/24", "s1 10.0.9.10/24")
    net.route("c1", "default", "10.0.1.1")
    net.route("r1", "10.0.9.0/24", "10.0.3.2")
    flow = "tcp 10.0.1.10:4000 > 10.0.9.10:443"
    syns = [packet(flow, "S", at=at, interface="eth0", outgoing=True) for at in (1.0, 2.0, 4.0)]
    net.capture("c1", *syns)
    net.capture("r1", *(replace(one, outgoing=False) for one in syns), *(replace(p, interface="eth1") for p in syns))
    net.capture("s1")
    asked = wanted(read(net.case(flow)))
    assert {i.device for i in asked if i.question is Question.CAPTURE} == {"r3"}


def alike() -> Net:
    """[c1] - (r1) - [s1], and the same addresses on [c2] of another site, which stands first"""
    net = Net()
    net.link("c2 10.0.1.10/24", "r2 10.0.1.1/24")
    net.link("c1 10.0.1.10/24", "r1 10.0.1.1/24")
    net.link("r1 10.0.9.1/24", "s1 10.0.9.10/24")
    for name in ("c1", "c2"):
        net.route(name, "default", "10.0.1.1")
    net.neighbour("c1", "10.0.1.1", of="r1")
    return net


FROM_ONE_OF_TWO = "tcp 10.0.1.10:4000 > 10.0.9.10:443"


def test_of_two_holders_of_the_source_nobody_is_sure_and_both_are_watched() -> None:
    net = alike()
    for name in ("c2", "r2"):
        net.capture(name)
    findings = read(net.case(FROM_ONE_OF_TWO))
    assert {i.device for i in wanted(findings) if i.question is Question.CAPTURE} == {"c1"}
    assert judge(findings).best.confidence <= 0.7


def test_the_holder_that_was_seen_to_send_most_of_the_flow_is_the_client() -> None:
    """Our own attempt went out at the other one."""
    net = alike()
    net.capture("c2", packet(FROM_ONE_OF_TWO, "S", 7, interface="eth0", outgoing=True))
    tries = (packet(FROM_ONE_OF_TWO, "S", at=at, interface="eth0", outgoing=True) for at in (1.0, 2.0))
    net.capture("c1", *tries)
    assert read(net.case(FROM_ONE_OF_TWO)).forward.names == ("c1", "r1", "s1")
