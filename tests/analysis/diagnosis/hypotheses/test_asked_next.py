"""Who is asked or watched next, where the evidence leaves something open?"""

from __future__ import annotations

from dataclasses import replace

from collectors.model.evidence import Question
from tests.analysis.diagnosis.built_findings import STATEFUL, Scene, rule
from tests.analysis.topology import Net, packet
from workbench.analysis.diagnosis.ranking.rank import judge, wanted
from workbench.analysis.evidence.read import read

WAY, BACK = "client r1 fw-a r2 server", "server r2 fw-b r1 client"


def test_open_firewall_cases_ask_for_the_session_on_all_members() -> None:
    scene = Scene(WAY, BACK, works=False).filters("fw-a", *STATEFUL).filters("fw-b", *STATEFUL)
    asked = wanted(scene.findings())
    assert {"fw-a", "fw-b"} <= {i.device for i in asked if i.question is Question.SESSIONS}


def test_a_sure_verdict_asks_nothing_more() -> None:
    scene = Scene("client r1 server", "server r1 client", works=False).filters(
        "r1", rule("drop"), counted=3
    )
    assert wanted(scene.dropped("r1", "SYN").findings()) == ()


def test_what_left_a_watched_device_is_looked_for_at_everybody_on_that_link() -> None:
    """[c1] sends on a link with r1 and r9; r1 was watched and never got it: did r9?"""
    net = Net()
    net.link("c1 10.0.1.10/24", "r1 10.0.1.1/24", "r9 10.0.1.9/24")
    net.link("r1 10.0.9.1/24", "s1 10.0.9.10/24")
    net.route("c1", "default", "10.0.1.1")
    flow = "tcp 10.0.1.10:4000 > 10.0.9.10:443"
    net.capture(
        "c1", *(packet(flow, "S", at=at, interface="eth0", outgoing=True) for at in (1.0, 2.0, 4.0))
    )
    for name in ("r1", "s1"):
        net.capture(name)
    asked = wanted(read(net.case(flow)))
    assert {i.device for i in asked if i.question is Question.CAPTURE} == {"r9"}


def test_a_device_that_only_the_captures_put_on_the_way_is_watched_too() -> None:
    """[c1] - (r1) = (r2) / (r3) = (r4) - [s1]: routes moved to r3 in mid-run; it was not watched
    yet"""
    net = Net()
    net.link("c1 10.0.1.10/24", "r1 10.0.1.1/24")
    net.link("r1 10.0.3.1/24", "r3 10.0.3.2/24")
    net.link("r3 10.0.9.1/24", "s1 10.0.9.10/24")
    net.route("c1", "default", "10.0.1.1")
    net.route("r1", "10.0.9.0/24", "10.0.3.2")
    flow = "tcp 10.0.1.10:4000 > 10.0.9.10:443"
    syns = [packet(flow, "S", at=at, interface="eth0", outgoing=True) for at in (1.0, 2.0, 4.0)]
    net.capture("c1", *syns)
    net.capture(
        "r1",
        *(replace(one, outgoing=False) for one in syns),
        *(replace(p, interface="eth1") for p in syns),
    )
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
    tries = (
        packet(FROM_ONE_OF_TWO, "S", at=at, interface="eth0", outgoing=True) for at in (1.0, 2.0)
    )
    net.capture("c1", *tries)
    assert read(net.case(FROM_ONE_OF_TWO)).forward.names == ("c1", "r1", "s1")
