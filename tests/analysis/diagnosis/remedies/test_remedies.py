"""Fixes are exact commands for the device at hand, and they can be rolled back."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_address, ip_interface, ip_network

from collectors.model.evidence import Question
from collectors.model.inventory import Login
from collectors.model.records import FilterChain, FilterRule, Interface, NextHop, ProbeResult, Route
from collectors.platforms.linux import LINUX
from collectors.platforms.linux.chain_places import with_place
from collectors.playbook import capture_server, sessions
from tests.analysis.diagnosis.built_findings import FLOW, STATEFUL, Scene, rule, strict
from workbench.analysis.case.findings import Disposition, Findings
from workbench.analysis.case.verdict import Cause, Fix
from workbench.analysis.diagnosis.facts.stops.visibility_limit import context_of
from workbench.analysis.diagnosis.ranking.discriminating_questions import astray
from workbench.analysis.diagnosis.ranking.rank import wanted
from workbench.analysis.diagnosis.remedies.ways import Gateway, send


def link(name: str, address: str) -> Interface:
    return Interface(name, 2, None, 1500, True, addresses=(ip_interface(address),))


def fixes(scene: Scene) -> dict[str, Fix]:
    return {fix.fix_class.value: fix for fix in scene.verdict().best.hypothesis.fixes}


def test_a_missing_route_is_added_towards_where_replies_come_from() -> None:
    scene = Scene(
        "client r1", "server r2 r1 client", works=False, fates={False: Disposition.NO_ROUTE}
    ).dropped("r1", "SYN")
    scene.say("r1", Question.INTERFACES, link("from-r2", "10.3.0.1/24"))
    scene.say("r2", Question.INTERFACES, link("to-r1", "10.3.0.2/24"))
    fix = fixes(scene)["add_route"]
    assert fix.commands == ("ip route replace 10.0.2.10/32 via 10.3.0.2 dev from-r2",)
    assert fix.rollback == ("ip route del 10.0.2.10/32 via 10.3.0.2 dev from-r2",)


def test_what_stands_there_is_put_back() -> None:
    scene = Scene("client r1 server", "server r1 client")
    scene.say("r1", Question.ROUTES, Route(ip_network("10.0.2.10/32"), "main", "blackhole"))
    remedy = send(
        context_of(scene.findings()), "r1", FLOW.dst, Gateway(ip_address("10.3.0.2"), "eth1")
    )
    spelling = LINUX.spell(remedy)
    assert spelling is not None
    assert spelling.rollback == ("ip route replace blackhole 10.0.2.10/32",)


def test_a_deny_of_iptables_is_mended_with_iptables() -> None:
    scene = Scene("client fw-a server", "server fw-a client", works=False).dropped("fw-a", "SYN")
    chain = with_place(
        FilterChain("iptables-legacy", "ip", "filter", "FORWARD", "forward", policy="drop")
    )
    accept = FilterRule(
        "iptables-legacy", "ip", "filter", "FORWARD", 0, STATEFUL[0].matches, "accept"
    )
    scene.say("fw-a", Question.FILTER_LEGACY, chain, accept)
    fix = fixes(scene)["add_firewall_rule"]
    assert fix.commands == (
        (
            "iptables-legacy -t filter -I FORWARD -p tcp -s 10.0.1.20 -d 10.0.2.10 --dport 443 -j"
            " ACCEPT"
        ),
    )
    assert fix.rollback == (fix.commands[0].replace(" -I ", " -D "),)


def test_every_fix_says_how_it_is_proved() -> None:
    scene = Scene("client r1 fw-a r2 server", "server r2 r1 client", works=False).filters(
        "fw-a", *STATEFUL
    )
    best = scene.dropped("fw-a", "ACK").verdict().best.hypothesis
    assert best.fixes and all(fix.proof for fix in best.fixes)


def hidden_diversion() -> Findings:
    """r1 hides its rules and is not watched; one of its tables leads to r9, where nobody looked
    yet."""
    scene = Scene("client r1 server", "server r2 r1 client", works=False).dropped("r1", "SYN")
    scene.say("client", Question.CAPTURE).say("r1", Question.INTERFACES, link("up", "10.9.0.1/24"))
    scene.say("r9", Question.INTERFACES, link("down", "10.9.0.2/24"))
    hop = NextHop("up", ip_address("10.9.0.2"))
    scene.say("r1", Question.ROUTES, Route(ip_network("0.0.0.0/0"), "77", "unicast", (hop,)))
    findings = scene.findings()
    devices = tuple(replace(d, login=Login("127.0.0.1")) for d in findings.case.inventory.devices)
    return replace(
        findings,
        case=replace(findings.case, inventory=replace(findings.case.inventory, devices=devices)),
    )


def test_a_silent_device_s_other_ways_are_watched_next() -> None:
    asked = tuple(astray(context_of(hidden_diversion())))
    assert [(i.device, i.question) for i in asked] == [
        ("r9", Question.CAPTURE),
        ("r9", Question.SESSIONS),
    ]
    assert [i.step for i in asked] == [capture_server.STEP.id, sessions.STEP.id]


def test_open_causes_ask_what_would_settle_them() -> None:
    scene = Scene("client r1 r2 server", "server r1 client", works=False).say(
        "server", Question.SETTINGS, *strict("from-r2")
    )
    scene.say(
        "server",
        Question.ROUTES,
        Route(ip_network("0.0.0.0/0"), "main", "unicast", (NextHop("to-r1"),)),
    )
    asked = wanted(scene.findings())
    assert any(
        i.question is Question.ROUTE_CHOICE and i.params.flow == FLOW.reversed() for i in asked
    )


def test_a_probe_that_vanished_tells_of_a_narrow_link() -> None:
    scene = Scene("client r1 r2 server", "server r2 r1 client", works=False)
    scene.say("client", Question.INTERFACES, link("to-r1", "10.0.1.20/24"))
    scene.say("r1", Question.INTERFACES, replace(link("to-r2", "10.2.0.1/24"), mtu=1400))
    probes = [
        ProbeResult(
            "ping-df", FLOW.dst, size=n, ok=n < 1400, error=None if n < 1400 else "timed out"
        )
        for n in (1280, 1500)
    ]
    scene.say("client", Question.PATH_MTU, *probes).filters("r1", rule("drop"), hook="output")
    best = scene.moved("r1", 3, "IpFragFails").verdict().best
    assert (best.hypothesis.cause, best.hypothesis.guilty_node) == (Cause.PMTUD_BLACKHOLE, "r1")
