"""What stops a packet at a tunnel or below it?"""

from __future__ import annotations

from dataclasses import replace

import pytest

from collectors.model.evidence import Question
from collectors.model.records import Interface
from tests.analysis.spelling import judged
from tests.analysis.topology import chain, rule
from tests.analysis.tunnel_networks import (
    ENDS,
    KINDS,
    attempted,
    case_of,
    denied,
    findings,
    network,
    peers,
)
from workbench.analysis.case.verdict import Cause
from workbench.analysis.diagnosis.facts.stops.simulation import simulated
from workbench.analysis.diagnosis.facts.stops.visibility_limit import context_of
from workbench.analysis.evidence.read import read


@pytest.mark.parametrize("kind", KINDS)
def test_a_list_below_that_drops_the_tunnels_protocol_is_guilty(kind: str) -> None:
    net = denied(kind)
    attempted(net, kind)
    best = judged(findings(kind, net)).best.hypothesis
    assert (best.cause, best.guilty_node, best.direction) == (Cause.ACL_PATH, "r3", "forward")
    assert best.summary.startswith("r3 drops the tunnel packet that carries the SYN")
    permit = best.fixes[0].commands[0]
    assert ("udp dport 51820" if kind == "wireguard" else f"meta l4proto {KINDS[kind]}") in permit


@pytest.mark.parametrize("kind", KINDS)
def test_it_is_expected_though_nobody_tried(kind: str) -> None:
    expected = simulated(context_of(findings(kind, denied(kind))))
    assert expected is not None and (expected.device, expected.passage.reverse) == ("r3", False)


@pytest.mark.parametrize("number", ["47", "gre"])
def test_protocols_are_known_by_number_and_name(number: str) -> None:
    net = network("gre")
    net.nft(
        "r3",
        chain("forward", "forward", policy="drop"),
        rule("forward", 0, "accept", protocol=number),
    )
    assert simulated(context_of(findings("gre", net))) is None


@pytest.mark.parametrize("kind", ["gre", "ipip", "wireguard"])
def test_a_firewall_below_that_lets_the_tunnel_out_lets_its_answers_in(kind: str) -> None:
    """[c1] -- (r1) === over <f3> === (r2) -- [s1]: f3 accepts what comes from r1, and what belongs
    to a session"""
    net = network(kind, "f3")
    accept = (
        rule("forward", 0, "accept", ct_state="established"),
        rule("forward", 1, "accept", iif="eth0"),
    )
    net.nft("f3", chain("forward", "forward", policy="drop"), *accept)
    assert simulated(context_of(findings(kind, net))) is None


def test_a_firewall_below_that_never_lets_it_out() -> None:
    net = network("gre", "f3")
    accept = (
        rule("forward", 0, "accept", ct_state="established"),
        rule("forward", 1, "accept", protocol="tcp"),
    )
    net.nft("f3", chain("forward", "forward", policy="drop"), *accept)
    attempted(net, "gre", "f3")
    best = judged(findings("gre", net)).best.hypothesis
    assert (best.cause, best.guilty_node) == (Cause.TRANSIT_POLICY_DENY, "f3")


def test_what_arrives_and_does_not_come_out_is_lost_at_the_far_end() -> None:
    net = network("gre")
    net.nft("r2", chain("input", "input"), rule("input", 0, "drop", protocol="gre"))
    attempted(net, "gre", reaches=True)
    found = judged(findings("gre", net))
    assert found.drop is not None and found.drop.node == "r2"
    assert "what they carry does not come out" in found.drop.where
    assert found.best.hypothesis.guilty_node == "r2"


def test_a_peer_that_lets_the_sender_not_in_is_named_with_its_list() -> None:
    net = network("gre")
    net.tell("r1", Question.TUNNELS, *peers("172.16.2.2", "10.0.9.0/24"))
    net.tell("r2", Question.TUNNELS, *peers("172.16.1.1", "10.0.8.0/24")[1:])
    net.route("r2", "10.0.1.0/24", "172.16.2.3")  # another way back
    net.nodes["r2"].routes = [
        r for r in net.nodes["r2"].routes if r.next_hops[0].interface != "tun0"
    ]
    attempted(net, "wireguard", reaches=True)
    best = judged(findings("wireguard", net)).best.hypothesis
    assert (best.cause, best.guilty_node, best.direction) == (Cause.ACL_PATH, "r2", "forward")
    assert (
        "tun0 takes nothing from 10.0.1.10 by this peer (allowed ips: 10.0.8.0/24)" in best.summary
    )
    assert (
        best.fixes[0]
        .commands[1]
        .endswith("wg set tun0 peer KEY allowed-ips 10.0.8.0/24,10.0.1.10/32")
    )


@pytest.mark.parametrize(("key", "guilty"), [(8, True), (7, False), (None, True)])
def test_ends_with_different_keys_are_different_tunnels(key: int | None, guilty: bool) -> None:
    case, evidence = case_of(network("gre"), "gre"), []
    for item in case.evidence:
        if item.question is Question.INTERFACES and item.device in ENDS:
            own = 7 if item.device == "r1" else key
            links = [
                replace(i, tunnel=replace(i.tunnel, key=own)) if i.tunnel else i
                for i in item.of(Interface)
            ]
            item = replace(item, records=tuple(links))
        evidence.append(item)
    found = read(replace(case, evidence=tuple(evidence)))
    assert found.forward.names == ("c1", "r1", "r2", "s1")
    expected = simulated(context_of(found))
    assert (expected is not None) is guilty
    if expected is not None:
        sent = f"r2 would drop it: tun0 has key {key or 'none'}, and r1 sends key 7"
        assert (expected.device, expected.explanations[0].text) == ("r2", sent)
