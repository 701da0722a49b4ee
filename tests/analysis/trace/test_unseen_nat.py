"""A translator that may not be asked: what it made of a connection is shown by the captures of
others."""

from __future__ import annotations

from dataclasses import replace

from collectors.model.evidence import Question
from tests.analysis.handshake import came, went
from tests.analysis.topology import Net, packet
from tests.analysis.trace.test_walk import FLOW, line
from workbench.analysis.case.findings import Disposition
from workbench.analysis.evidence.read import read

POOL = FLOW.replace("10.0.1.10", "198.51.100.7")


def hidden(behind: str = POOL, seq: int = 1000, ttl: int = 62) -> Net:
    """[c1] -- <n1> -- (r2) -- [s1]: n1 tells nothing; r2 captured the SYN as it came from there"""
    net = line("n1", "r2")
    net.capture("c1", went(replace(packet(FLOW, "S"), ttl=64)))
    net.capture("r2", came(replace(packet(behind, "S", seq, at=1.01), ttl=ttl)))
    return net


def test_the_way_back_is_that_of_the_address_that_was_captured_behind_it() -> None:
    found = read(hidden().case(FLOW))
    assert (str(found.forward.hops[-1].flow_in), found.forward.names) == (
        POOL,
        ("c1", "n1", "r2", "s1"),
    )
    assert (found.reverse.names, found.reverse.disposition) == (("s1", "r2"), Disposition.NO_ROUTE)


def test_a_destination_that_was_changed_is_found_as_well() -> None:
    """[c1] -- <n1> -- (r2) -- [s1]: c1 asks for n1's own address"""
    asked = FLOW.replace("10.0.9.10:443", "10.0.1.1:80")
    net = line("n1", "r2")
    net.capture("c1", went(replace(packet(asked, "S"), ttl=64)))
    net.capture("s1", came(replace(packet(FLOW, "S", at=1.01), ttl=61)))
    assert read(net.case(asked)).forward.names == ("c1", "n1", "r2", "s1")


def test_another_connection_is_no_translation() -> None:
    assert str(read(hidden(seq=4711).case(FLOW)).forward.hops[-1].flow_in) == FLOW


def test_what_was_captured_before_the_device_is_none() -> None:
    assert str(read(hidden(ttl=64).case(FLOW)).forward.hops[-1].flow_in) == FLOW


def test_a_router_that_hides_too_is_none_where_the_translator_shows_both_sides() -> None:
    """[c1] -- (r1) -- <n1> -- (r2) -- [s1]: r1 tells nothing; n1 captured both"""
    net = line("r1", "n1", "r2")
    net.capture(
        "n1", came(replace(packet(FLOW, "S"), ttl=63)), went(replace(packet(POOL, "S"), ttl=62))
    )
    assert str(read(net.case(FLOW)).forward.hops[2].flow_in) == FLOW


def test_the_translator_by_trade_comes_before_a_router_that_hides_as_well() -> None:
    """[c1] -- (r1) -- <n1> -- (r2) -- [s1]: neither r1 nor n1 tells anything"""
    net = line("r1", "n1", "r2")
    net.capture("c1", went(replace(packet(FLOW, "S"), ttl=64)))
    net.capture("r2", came(replace(packet(POOL, "S", at=1.01), ttl=62)))
    hops = read(net.case(FLOW)).forward.hops
    assert [str(hop.flow_in) for hop in hops[1:4]] == [FLOW, FLOW, POOL]


def test_a_device_that_tells_its_sessions_is_believed() -> None:
    net = hidden()
    net.tell("n1", Question.SESSIONS)
    assert str(read(net.case(FLOW)).forward.hops[-1].flow_in) == FLOW


ASK, HIDDEN = "udp 10.0.1.10:4000 > 10.0.9.10:53", "udp 198.51.100.7:4000 > 10.0.9.10:53"


def datagrams(delay: float) -> Net:
    """[c1] -- <n1> -- (r2) -- [s1]: what c1 sends to s1, and what r2 gets for it from somebody
    else"""
    net = line("n1", "r2")
    times = (1.0, 2.0, 3.5)
    net.capture("c1", *(went(replace(packet(ASK, "", at=at), ttl=64)) for at in times))
    net.capture("r2", *(came(replace(packet(HIDDEN, "", at=at + delay), ttl=62)) for at in times))
    return net


def test_datagrams_that_come_out_in_step_with_those_that_went_in() -> None:
    assert str(read(datagrams(0.01).case(ASK)).forward.hops[-1].flow_in) == HIDDEN


def test_datagrams_of_another_rhythm_are_of_somebody_else() -> None:
    assert str(read(datagrams(0.3).case(ASK)).forward.hops[-1].flow_in) == ASK
