"""Translators and balancers that the replies miss."""

from __future__ import annotations

from collectors.model.evidence import Question
from collectors.model.flow import Flow
from tests.analysis.diagnosis.built_findings import STATEFUL, Scene, rule, session
from workbench.analysis.case.findings import Boundary, ConnState, Disposition
from workbench.analysis.case.verdict import Cause

HIDDEN = Flow.parse("tcp 198.51.100.1:40000 > 10.0.2.10:443")
INSIDE = Flow.parse("tcp 10.0.1.20:40000 > 192.168.7.10:8443")


def pool() -> Scene:
    """[client] - nat-a - (r2) - [server]; the pool is routed to nat-b."""
    scene = Scene(
        "client nat-a r2 server",
        "server r2 nat-b",
        works=False,
        fates={True: Disposition.WRONG_HOST},
    )
    scene.at("nat-a", flow_out=HIDDEN, boundary=Boundary.NAT)
    scene.at("nat-b", reverse=True, boundary=Boundary.NAT)
    return scene.say("nat-a", Question.SESSIONS, session(answered=False, translated=HIDDEN))


def test_replies_to_the_pool_reach_another_translator() -> None:
    scene = pool().saw("nat-b", True, came_in=4).saw("nat-a", True).moved("nat-b", 4, "TcpOutRsts")
    best = scene.attempt(ConnState.HALF_OPEN).verdict().best
    assert (best.hypothesis.cause, best.hypothesis.guilty_node) == (
        Cause.NAT_RETURN_BYPASS,
        "nat-b",
    )
    assert (best.hypothesis.direction, best.hypothesis.decided_by) == ("reverse", "r2")
    assert best.confidence >= 0.8


def test_a_translator_that_saw_the_replies_is_not_bypassed() -> None:
    scene = pool().say("nat-a", Question.SESSIONS, session(translated=HIDDEN))
    assert scene.verdict().best.confidence < 0.8


def forwarded_port() -> Scene:
    """[client] - (isp) - nat-a (port forward) - [server]; the server's default route is fw-b."""
    scene = Scene("client isp nat-a server", "server fw-b isp client", works=False).filters(
        "fw-b", *STATEFUL
    )
    scene.at("nat-a", flow_out=INSIDE, boundary=Boundary.NAT)
    return scene.say("nat-a", Question.SESSIONS, session(answered=False, translated=INSIDE))


def test_replies_of_a_port_forward_leave_by_another_edge() -> None:
    best = forwarded_port().dropped("fw-b", "SYN-ACK", reverse=True).verdict().best
    assert (best.hypothesis.cause, best.hypothesis.guilty_node) == (Cause.NAT_RETURN_BYPASS, "fw-b")
    assert best.hypothesis.decided_by == "server"
    assert best.confidence >= 0.8


def balanced() -> Scene:
    """[client] - (r1) - lb1 - [server]; the server answers by r1."""
    scene = Scene("client r1 lb1 server", "server r1 client", works=False)
    scene.at("lb1", flow_out=INSIDE, boundary=Boundary.LOAD_BALANCER)
    return scene.say("lb1", Question.SESSIONS, session(answered=False, translated=INSIDE))


def test_a_balancer_that_keeps_the_clients_address_misses_the_replies() -> None:
    scene = balanced().moved("client", 4, "TcpOutRsts").attempt(ConnState.HALF_OPEN)
    best = scene.verdict().best
    assert (best.hypothesis.cause, best.hypothesis.guilty_node) == (
        Cause.LB_PARTIAL_NAT_RETURN,
        "lb1",
    )
    assert (best.hypothesis.direction, best.hypothesis.decided_by) == ("reverse", "server")
    assert {"snat_on_lb"} <= {fix.fix_class.value for fix in best.hypothesis.fixes}


def test_a_filter_on_the_direct_way_back_is_the_one_to_explanation() -> None:
    scene = balanced().filters("r1", rule("drop"), counted=4).dropped("r1", "SYN-ACK", reverse=True)
    best = scene.verdict().best
    assert (best.hypothesis.cause, best.hypothesis.guilty_node) == (
        Cause.LB_PARTIAL_NAT_RETURN,
        "r1",
    )


def test_direct_server_return_that_a_firewall_refuses() -> None:
    scene = Scene("client r1 lb1 server", "server fw-b r1 client", works=False).filters(
        "fw-b", *STATEFUL
    )
    scene.at("lb1", boundary=Boundary.LOAD_BALANCER)
    best = scene.dropped("fw-b", "SYN-ACK", reverse=True).verdict().best
    assert (best.hypothesis.cause, best.hypothesis.guilty_node) == (
        Cause.LB_PARTIAL_NAT_RETURN,
        "fw-b",
    )


def test_a_balancer_on_both_ways_is_fine() -> None:
    scene = Scene("client lb1 server", "server lb1 client", works=True).at("lb1", flow_out=INSIDE)
    assert scene.verdict().best.hypothesis.cause is Cause.HEALTHY_SYMMETRIC
