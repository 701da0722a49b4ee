"""A RST that neither end sent: which device made it?"""

from __future__ import annotations

from tests.analysis.handshake import ACK, DATA, SYN, SYN_ACK, came, through, went
from tests.analysis.topology import Net, packet
from tests.analysis.trace.test_walk import BACK, FLOW, line
from workbench.analysis.case.findings import ConnState, Findings
from workbench.analysis.evidence.read import read

ANSWER = packet(BACK, "P.", 7001, 1101, at=1.5, payload=200)
LATER = packet(FLOW, "P.", 1101, 7001, at=2.0, payload=10)
RST = packet(FLOW, "R", 1101, at=1.6)  # as if the client had sent it


def begun(net: Net, at_r1: tuple = (), at_server: tuple = (), at_client: tuple = ()) -> Findings:  # type: ignore[type-arg]
    """[c1] -- (r1) -- [s1]: the connection opens and the client asks; then what is given."""
    opening = (SYN, ACK, DATA, LATER)
    net.capture("c1", *map(went, opening), came(SYN_ACK), *at_client)
    flow_count = [one for packet_ in opening for one in through(packet_, "eth0", "eth1")]
    net.capture("r1", *flow_count, *through(SYN_ACK, "eth1", "eth0"), *at_r1)
    net.capture("s1", *map(came, opening), went(SYN_ACK), *at_server)
    return read(net.case(FLOW))


def test_a_box_that_answers_what_the_server_says_with_a_reset() -> None:
    found = begun(line("r1"), (came(ANSWER, "eth1"), went(RST, "eth1")), (went(ANSWER), came(RST)))
    assert found.drop is not None
    assert (found.drop.node, found.drop.packet, found.drop.reverse) == ("r1", "data", True)
    assert [one.end for one in found.attempts] == [ConnState.RESET]
    assert found.flow_works is False


def test_a_box_that_was_not_watched_is_named_between_those_that_were() -> None:
    """[c1] -- (r1) -- (r2) -- [s1]: only the ends watched, and r1; the RST comes from r2."""
    net = line("r1", "r2")
    net.capture("c1", *map(went, (SYN, ACK, DATA, LATER)), came(SYN_ACK))
    flow_count = [one for p in (SYN, ACK, DATA, LATER) for one in through(p, "eth0", "eth1")]
    net.capture("r1", *flow_count, *through(SYN_ACK, "eth1", "eth0"))
    net.capture("s1", *map(came, (SYN, ACK, DATA, LATER)), went(SYN_ACK), went(ANSWER), came(RST))
    drops = [drop for drop in read(net.case(FLOW)).drops if "RST" in drop.where]
    assert [(drop.node, drop.reverse) for drop in drops] == [("r2", True)]


def test_a_reset_that_the_client_sent_is_its_own() -> None:
    found = begun(line("r1"), through(RST, "eth0", "eth1"), (came(RST),), (went(RST),))
    assert [drop for drop in found.drops if "RST" in drop.where] == []


def test_where_the_sender_was_not_watched_nobody_is_accused() -> None:
    net = line("r1")
    net.capture("r1", *through(SYN, "eth0", "eth1"), went(RST, "eth1"))
    net.capture("s1", came(SYN), came(RST))
    assert [drop for drop in read(net.case(FLOW)).drops if "RST" in drop.where] == []
