"""A translation with several targets: which connection went where, and do those to one target
fail?"""

from __future__ import annotations

from dataclasses import replace

import pytest

from collectors.model.evidence import Question
from collectors.model.flow import Protocol
from collectors.model.records import Packet, Socket
from tests.analysis.handshake import came, went
from tests.analysis.topology import Net, chain, packet, rule
from workbench.analysis.case.findings import Findings
from workbench.analysis.case.verdict import Cause
from workbench.analysis.diagnosis.facts.stops.visibility_limit import context_of
from workbench.analysis.diagnosis.ranking.rank import judge
from workbench.analysis.evidence.read import read
from workbench.analysis.trace.targets import shares

VIP = "10.0.2.2:443"
SERVERS = {"s1": "10.0.2.10", "s2": "10.0.2.11"}


def balanced(*rules: tuple[str, dict[str, object]]) -> Net:
    """[c1] -- (r1) -- <l1>, [s1], [s2]; l1's rules say what may become of the flow; servers answer
    through l1"""
    net = Net()
    net.link("c1 10.0.1.10/24", "r1 10.0.1.1/24")
    net.link("r1 10.0.3.1/24", "l1 10.0.3.2/24")
    net.link("l1 10.0.2.2/24", "s1 10.0.2.10/24", "s2 10.0.2.11/24")
    net.route("c1", "default", "10.0.1.1")
    net.route("r1", "10.0.2.0/24", "10.0.3.2")
    net.route("l1", "default", "10.0.3.1")
    for name in SERVERS:
        net.route(name, "default", "10.0.2.2")
    translations = (
        rule("dstnat", at, "dnat", target, dport=443, **more)
        for at, (target, more) in enumerate(rules)
    )
    net.nft("l1", chain("dstnat", "prerouting", kind="nat"), *translations)
    return net


TURNS = tuple(
    (address, {"unread": f"numgen inc mod 2 {n}"}) for n, address in enumerate(SERVERS.values())
)


def syn(sport: int, at: float, to: str = VIP) -> Packet:
    return replace(packet(f"tcp 10.0.1.10:{sport} > {to}", "S", 1000 * sport, at=at), ip_id=sport)


def confirm(sport: int, at: float, to: str = VIP) -> Packet:
    sent = packet(
        f"tcp 10.0.1.10:{sport} > {to}", ".", 1000 * sport + 1, 7 * sport + 1, at=at + 0.1
    )
    return replace(sent, ip_id=sport + 2)


def answer(sport: int, at: float, flags: str, of: str = VIP) -> Packet:
    seq, ack = 7 * sport, 1000 * sport + 1
    return replace(packet(f"tcp {of} > 10.0.1.10:{sport}", flags, seq, ack, at=at), ip_id=sport + 1)


def watched(net: Net, tries: dict[int, tuple[str, str]]) -> Findings:
    """Each try: a source port, the server that it was sent to, and the flags of its answer ("" =
    none)."""
    client, turned = [], []
    there: dict[str, list[Packet]] = {name: [] for name in SERVERS}
    for number, (sport, (name, flags)) in enumerate(tries.items()):
        at, to = 1.0 + 2 * number, f"{SERVERS[name]}:443"
        client.append(went(syn(sport, at)))
        turned += [came(syn(sport, at), "eth0"), went(syn(sport, at, to), "eth1")]
        there[name].append(came(syn(sport, at, to)))
        if flags:
            client.append(came(answer(sport, at, flags)))
            turned += [
                came(answer(sport, at, flags, to), "eth1"),
                went(answer(sport, at, flags), "eth0"),
            ]
            there[name].append(went(answer(sport, at, flags, to)))
        if flags == "S.":
            client.append(went(confirm(sport, at)))
            turned += [came(confirm(sport, at), "eth0"), went(confirm(sport, at, to), "eth1")]
            there[name].append(came(confirm(sport, at, to)))
    net.capture("c1", *client)
    net.capture("l1", *turned)
    for name, packets in there.items():
        net.capture(name, *packets)
    return read(net.case(f"tcp 10.0.1.10:* > {VIP}"))


def test_captures_tell_which_target_a_connection_was_sent_to() -> None:
    found = watched(balanced(*TURNS), {4001: ("s2", "R.")})
    assert found.forward.names == ("c1", "r1", "l1", "s2")
    assert found.reverse.names == ("s2", "l1", "r1", "c1")


def test_the_connection_that_was_refused_is_followed() -> None:
    tries = {4001: ("s1", "S."), 4002: ("s2", "R."), 4003: ("s1", "S.")}
    assert watched(balanced(*TURNS), tries).forward.names[-1] == "s2"


def test_every_target_is_walked_there_and_back() -> None:
    found = watched(balanced(*TURNS), {4001: ("s1", "R.")})
    assert [path.names for path in found.targets] == [
        ("c1", "r1", "l1", "s2"),
        ("s2", "l1", "r1", "c1"),
    ]
    assert {"s1", "s2"} <= {visit.device for visit in found.visits}


def test_attempts_are_counted_by_target() -> None:
    found = watched(balanced(*TURNS), {4001: ("s1", "R."), 4002: ("s2", "S."), 4003: ("s1", "R.")})
    (share,) = shares(found.case, found.forward, found.attempts)
    assert {str(flow.dst): count for flow, count in share.counts.items()} == {
        "10.0.2.10": (0, 2),
        "10.0.2.11": (1, 0),
    }
    assert [str(flow.dst) for flow in share.failing] == ["10.0.2.10"]
    text = "2 of 3 attempts fail: those that l1 sends to s1; those sent to s2 work"
    assert text in judge(found).best.hypothesis.summary


def test_where_attempts_to_each_target_fail_the_target_does_not_decide() -> None:
    found = watched(balanced(*TURNS), {4001: ("s1", "R."), 4002: ("s2", "R.")})
    assert [share.failing for share in shares(found.case, found.forward, found.attempts)] == [()]
    assert "sends to" not in judge(found).best.hypothesis.summary


def test_a_target_that_nobody_holds_is_not_the_translator_itself() -> None:
    """Who holds the shared address is not the server that the connection was sent to."""
    found = watched(
        balanced(("10.0.2.10", {"unread": "numgen inc mod 2 0"}), ("10.0.2.99", {})), {}
    )
    there = replace(found, forward=found.targets[0] if found.server else found.forward, server=None)
    assert there.forward.hops[-1].flow_out.dst.compressed == "10.0.2.99"
    assert context_of(there).server is None


@pytest.mark.parametrize("sport, server", [(4001, "s1"), (4002, "s2")])
def test_a_range_of_addresses_is_several_targets(sport: int, server: str) -> None:
    found = watched(balanced(("10.0.2.10-10.0.2.11:443", {})), {sport: (server, "R.")})
    assert found.forward.names[-1] == server
    assert len(found.targets) == 2


def test_one_target_is_no_choice() -> None:
    found = watched(balanced(("10.0.2.10", {})), {4001: ("s1", "R.")})
    assert found.targets == ()
    assert not list(shares(found.case, found.forward, found.attempts))


def test_a_balancer_that_hides_its_rules_needs_no_listener() -> None:
    net = balanced()
    net.answers = [one for one in net.answers if one[:2] != ("l1", Question.FILTER)]
    net.tell("l1", Question.LISTENERS, Socket(Protocol.TCP, "LISTEN", None, 22))
    for place in ("c1", "l1"):
        net.capture(
            place,
            *(
                went(syn(4001, at)) if place == "c1" else came(syn(4001, at))
                for at in (1.0, 2.0, 4.0)
            ),
        )
    found = judge(read(net.case(f"tcp 10.0.1.10:4001 > {VIP}"))).best.hypothesis
    assert found.cause is not Cause.SERVICE_NOT_LISTENING
    net.nft("l1")
    hypothesis = judge(read(net.case(f"tcp 10.0.1.10:4001 > {VIP}"))).best.hypothesis
    assert (hypothesis.cause, hypothesis.guilty_node) == (
        Cause.SERVICE_NOT_LISTENING,
        "l1",
    ), "no rule there sends it on"
