"""The advice fits: limits are raised, old sessions deleted, senders mended before filters that do
their duty."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_address, ip_interface, ip_network

from collectors.model.evidence import Question
from collectors.model.records import FilterChain, FilterRule, Interface, Match
from tests.analysis.diagnosis.built_findings import FLOW, Scene, port, rule, session
from workbench.analysis.case.findings import Boundary, ConnState

OLD, NEW = ip_address("10.0.3.1"), ip_address("10.0.3.2")


def fixes(scene: Scene) -> list[tuple[str, str | None]]:
    return [(fix.fix_class.value, fix.device) for fix in scene.verdict().best.hypothesis.fixes]


def forwarded_to(target: str) -> Scene:
    """[client] - (nat) - [server]: its session has the old target, its rule names `target`; the old
    one is filtered."""
    scene = Scene(
        "client nat r1 server",
        "server r1 nat client",
        works=False,
        boundaries={"nat": Boundary.NAT},
    )
    after = FLOW.translated(dst=OLD)
    scene.at("nat", flow_out=after).at("r1", flow_in=after, flow_out=after)
    chain = FilterChain("nft", "ip", "nat", "pre", "prerouting", "nat", -100, "accept")
    text = f"dnat to {target}"
    scene.say(
        "nat",
        Question.FILTER,
        chain,
        FilterRule("nft", "ip", "nat", "pre", 0, (), "dnat", target, text=text),
    )
    scene.say("nat", Question.SESSIONS, session(translated=after))
    return (
        scene.filters("r1", rule("drop", port(443)), counted=3)
        .dropped("r1", "data")
        .attempt(ConnState.STALLED)
    )


def test_a_session_with_a_target_that_was_replaced_is_deleted() -> None:
    scene = forwarded_to(str(NEW))
    assert fixes(scene)[0] == ("delete_session", "nat")
    [command] = scene.verdict().best.hypothesis.fixes[0].commands
    assert command == f"conntrack -D -p tcp -s {FLOW.src} -d {FLOW.dst} --sport 40000 --dport 443"


def test_a_session_with_the_target_of_today_stays() -> None:
    assert "delete_session" not in dict(fixes(forwarded_to(str(OLD))))


def test_a_rule_that_counts_bytes_is_raised_before_it_is_passed_by() -> None:
    scene = Scene("client r1 server", "server r1 client", works=False)
    quota = rule("drop", port(443), Match("unread", ("ct original bytes > 2000",)))
    scene.filters("r1", quota, counted=5).dropped("r1", "data").attempt(ConnState.STALLED)
    assert fixes(scene)[0] == ("raise_limit", "r1")


def two_exits(by: str) -> Scene:
    """[client] - (r1, r2) - [server]: requests come by r1, replies leave by r2, which filters
    foreign sources."""
    scene = Scene("client r1 server", "server r2 client", works=False)
    own = Interface("from-r1", 2, None, 1500, True, addresses=(ip_interface(f"{FLOW.dst}/24"),))
    other = Interface("to-r2", 3, None, 1500, True, addresses=(ip_interface("10.0.7.10/24"),))
    scene.say("server", Question.INTERFACES, own, other)
    scene.say(
        "r1",
        Question.INTERFACES,
        replace(own, name="to-server", addresses=(ip_interface("10.0.2.1/24"),)),
    )
    scene.at("server", reverse=True, oif=by)
    foreign = rule("drop", Match("src", (ip_network("10.0.7.0/24"),), negated=True))
    return scene.filters("r2", foreign, counted=3).dropped("r2", "SYN-ACK", reverse=True)


def test_a_source_filter_that_does_its_duty_is_left_alone_and_the_sender_is_mended() -> None:
    scene = two_exits("to-r2").attempt(ConnState.NO_ANSWER)
    best = scene.verdict().best.hypothesis
    assert (best.guilty_node, best.decided_by) == ("r2", "server")
    assert fixes(scene)[0] == ("source_policy_routing_on_server", "server")
    assert best.fixes[0].commands[0] == "ip route add default via 10.0.2.1 dev from-r1 table 100"
    assert best.fixes[0].commands[1] == f"ip rule add from {FLOW.dst}/32 lookup 100 priority 100"


def test_a_filter_that_lets_only_its_own_sources_pass_does_its_duty_too() -> None:
    """The rule that drops names an interface; the permit before it names the sources of that
    link."""
    permitted = rule("accept", Match("src", (ip_network("10.0.7.0/24"),)))
    scene = two_exits("to-r2").filters(
        "r2", permitted, rule("drop", Match("iif", ("from-server",))), counted=3
    )
    assert scene.attempt(ConnState.NO_ANSWER).verdict().best.hypothesis.decided_by == "server"
    assert fixes(scene)[0] == ("source_policy_routing_on_server", "server")


def test_a_filter_that_refuses_every_source_is_mended_itself() -> None:
    scene = (
        two_exits("to-r2")
        .filters("r2", rule("drop", port(40000)), counted=3)
        .attempt(ConnState.NO_ANSWER)
    )
    assert "source_policy_routing_on_server" not in dict(fixes(scene))
