"""A firewall that answers handshakes itself: what the client's handshake tells of the server, and
what is no drop.

[c1] -- (r1: synproxy) -- [s1]
"""

from __future__ import annotations

from dataclasses import replace

from collectors.model.evidence import Question
from collectors.model.records import FilterRule, Packet
from tests.analysis.topology import Net, chain, packet, rule
from tests.analysis.trace.test_walk import BACK, FLOW, line
from workbench.analysis.case.findings import ConnState, Findings
from workbench.analysis.case.verdict import Cause, Outcome
from workbench.analysis.diagnosis.ranking.rank import judge
from workbench.analysis.evidence.read import read

SHIELD: tuple[FilterRule, ...] = (
    rule("forward", 0, "synproxy", dport=443, ct_state="invalid,untracked"),
    rule("forward", 1, "drop", ct_state="invalid"),
    rule("forward", 2, "accept", ct_state="established,related"),
    rule("forward", 3, "accept", dport=443, ct_state="new"),
)
COOKIE, OWN = 9000, 5000  # the first byte as the proxy counts, and as the server does


def client_side(at: float) -> tuple[Packet, ...]:
    """SYN, the proxy's SYN-ACK, ACK."""
    return (
        packet(FLOW, "S", 100, 0, at=at),
        packet(BACK, "S.", COOKIE, 101, at=at + 0.001),
        packet(FLOW, ".", 101, COOKIE + 1, at=at + 0.002),
    )


def proxys_syn(at: float) -> Packet:
    """The client's number, and the cookie where an acknowledgement would be."""
    return packet(FLOW, "S", 100, COOKIE, at=at + 0.003)


def _put(net: Net, client: list[Packet], server: list[Packet]) -> None:
    """What is before r1 and what is behind it, each seen at an end and at r1."""

    def at_end(one: Packet, sends: str) -> Packet:
        return replace(one, interface="eth0", outgoing=str(one.flow) == sends)

    def at_r1(one: Packet, interface: str, comes: str) -> Packet:
        return replace(one, interface=interface, outgoing=str(one.flow) != comes)

    net.capture("c1", *(at_end(one, FLOW) for one in client))
    both = [
        *(at_r1(one, "eth0", FLOW) for one in client),
        *(at_r1(one, "eth1", BACK) for one in server),
    ]
    net.capture("r1", *sorted(both, key=lambda one: one.time))
    net.capture("s1", *(at_end(one, BACK) for one in server))


def refused_behind() -> Findings:
    """Nothing listens: the server resets what the proxy opens, the proxy passes that on. The last
    ACK is a stray."""
    net = line("r1")
    net.nft("r1", chain("forward", "forward", policy="drop"), *SHIELD)
    net.tell("s1", Question.LISTENERS)
    client: list[Packet] = []
    server: list[Packet] = []
    for number in range(3):
        at = 1.0 + number
        client += [*client_side(at), packet(BACK, "R.", COOKIE + 1, 101, at=at + 0.005)]
        server += [proxys_syn(at), packet(BACK, "R.", 0, 101, at=at + 0.004)]
    _put(net, [*client, *client_side(5.0)], server)
    return read(net.case(FLOW))


def test_the_clients_handshake_with_a_proxy_says_nothing_of_the_server() -> None:
    found = refused_behind()
    assert found.attempts and {one.end for one in found.attempts} <= {
        ConnState.REFUSED,
        ConnState.OPEN,
    }
    best = judge(found).best
    assert (best.hypothesis.cause, best.hypothesis.guilty_node) == (
        Cause.SERVICE_NOT_LISTENING,
        "s1",
    )
    assert best.confidence > 0.8
    assert any(
        "r1 answers the client's handshakes itself" in one.text for one in best.hypothesis.reasons
    )


def test_what_a_proxy_takes_for_itself_is_no_drop_and_what_it_passes_on_no_reset_of_its_own() -> (
    None
):
    assert [drop for drop in refused_behind().drops if drop.node == "r1"] == []


def test_a_proxy_before_a_server_that_serves_is_healthy_and_delays_nothing() -> None:
    net = line("r1")
    net.nft("r1", chain("forward", "forward", policy="drop"), *SHIELD)
    client, server = list(client_side(1.0)), [proxys_syn(1.0)]
    server += [packet(BACK, "S.", OWN, 101, at=1.004), packet(FLOW, ".", 101, OWN + 1, at=1.005)]
    for moment, first in ((1.01, client), (1.02, server)):
        number = COOKIE if first is client else OWN
        first += [
            packet(FLOW, "P.", 101, number + 1, at=moment, payload=6),
            packet(BACK, "P.", number + 1, 107, at=moment + 0.02, payload=6),
            packet(FLOW, "F.", 107, number + 7, at=moment + 0.04),
            packet(BACK, "F.", number + 7, 108, at=moment + 0.05),
            packet(FLOW, ".", 108, number + 8, at=moment + 0.06),
        ]
    _put(net, client, server)
    verdict = judge(read(net.case(FLOW)))
    assert verdict.outcome is Outcome.HEALTHY
    assert "late" not in verdict.best.hypothesis.summary
