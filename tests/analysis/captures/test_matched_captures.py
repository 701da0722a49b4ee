"""Captures of several points, matched: who saw the packet, and where was it last seen?"""

from __future__ import annotations

from dataclasses import replace

import pytest

from collectors.model.evidence import Question
from collectors.model.flow import Flow, Protocol
from collectors.model.records import Socket
from collectors.platforms.linux.counter_meanings import counted
from tests.analysis.handshake import ACK, AGAIN, DATA, DATA_ACK, SYN, SYN_ACK, came, through, went
from tests.analysis.topology import packet
from tests.analysis.trace.test_walk import BACK, FLOW, line, pair
from workbench.analysis.case.case import Case
from workbench.analysis.case.findings import Basis, ConnState
from workbench.analysis.evidence.read import read


def test_a_reply_that_a_firewall_swallows() -> None:
    """[c1] -- (r1) -> <f1> -> (r2) -- [s1], back by <f2>, where it ends"""
    net = pair()
    net.capture("c1", went(SYN), went(AGAIN))
    net.capture("f1", *through(SYN, "eth0", "eth1"), *through(AGAIN, "eth0", "eth1"))
    net.capture("s1", came(SYN), went(SYN_ACK), came(AGAIN))
    net.capture("f2", came(SYN_ACK, "eth1"))
    found = read(net.case(FLOW))
    assert found.drop is not None
    assert (found.drop.node, found.drop.interface, found.drop.packet) == ("f2", "eth1", "SYN-ACK")
    assert found.drop.reverse
    assert found.flow_works is False
    assert [one.end for one in found.attempts] == [ConnState.HALF_OPEN]
    hop = found.reverse.hop("f2")
    assert hop is not None and hop.basis is Basis.OBSERVED
    hop = found.reverse.hop("r2")
    assert hop is not None and hop.basis is Basis.PREDICTED


def test_a_request_that_the_first_router_drops() -> None:
    net = line("r1", "r2")
    net.capture("c1", went(SYN), went(AGAIN))
    net.capture("r1", came(SYN), came(AGAIN))
    net.capture("r2")
    found = read(net.case(FLOW))
    assert found.drop is not None and (found.drop.node, found.drop.packet) == ("r1", "SYN")
    assert [one.end for one in found.attempts] == [ConnState.NO_ANSWER]


def test_lost_between_two_devices() -> None:
    net = line("r1", "r2")
    net.capture("r1", *through(SYN, "eth0", "eth1"))
    net.capture("r2")
    found = read(net.case(FLOW))
    assert found.drop is not None
    assert found.drop.where == "1 SYN packet left r1 on eth1 and never reached r2"


def test_a_packet_from_before_the_other_capture_ran_is_not_lost() -> None:
    """[c1] -- (r1) -- (r2) -- [s1]: r2 began to watch two seconds later"""
    net = line("r1", "r2")
    net.capture("r1", *through(SYN, "eth0", "eth1"))
    net.capture("r2")
    case = net.case(FLOW)
    late = tuple(
        replace(item, taken_at=3.0, duration=6.0) if item.device == "r2" else item
        for item in case.evidence
    )
    assert read(replace(case, evidence=late)).drop is None


@pytest.mark.parametrize(("sent_on", "lost"), [("SYN", None), ("RST", "r2")])
def test_what_a_device_sends_on_has_come_to_it(sent_on: str, lost: str | None) -> None:
    """r2's capture shows one way only (-Q out): packets of a kind that went out there did not get
    lost before it."""
    net = line("r1", "r2")
    net.capture("r1", *through(SYN, "eth0", "eth1"))
    net.capture("r2", went(packet(FLOW, "S" if sent_on == "SYN" else "R", 900, at=0.9), "eth1"))
    drop = read(net.case(FLOW)).drop
    assert (drop.after if drop is not None else None) == lost


def test_lost_in_a_device_that_nobody_watches() -> None:
    """[c1] -- (r1) -- 10.0.2.1 -- (r3) -- [s1]"""
    net = line("r1", "r2", "r3")
    net.nodes["r2"].unmanaged = True
    net.capture("r1", *through(SYN, "eth0", "eth1"), *through(AGAIN, "eth0", "eth1"))
    net.capture("r3")
    found = read(net.case(FLOW))
    assert found.drop is not None and found.drop.node == "10.0.2.1"
    assert found.drop.where.endswith(
        "left r1 on eth1 and never reached r3; 10.0.2.1 between them cannot be watched"
    )
    assert found.drop.box_words == "2 SYN packets left r1 on eth1 and never reached r3"


def test_of_two_that_nobody_watches_the_one_whose_counters_clear_it_is_not_blamed() -> None:
    """[c1] -- (r1) -- 10.0.2.1 -- (r3) -- [s1]: r1 may not capture, and shows its kernel's
    counters"""
    for sent_on, blamed in ((2, "10.0.2.1"), (0, "r1")):
        net = line("r1", "r2", "r3")
        net.nodes["r2"].unmanaged = True
        net.capture("c1", went(SYN), went(AGAIN))
        net.capture("r3")
        for sample, taken, sent in (("before", 10, 30), ("after", 12, 30 + sent_on)):
            counts = {"IpForwDatagrams": taken, "IpOutTransmits": sent, "IpOutRequests": 20}
            net.tell(
                "r1",
                Question.COUNTERS,
                *(counted("kernel", *one) for one in counts.items()),
                sample=sample,
            )
        found = read(net.case(FLOW))
        assert found.drop is not None and found.drop.node == blamed


def test_what_a_switch_floods_to_a_device_did_not_come_in() -> None:
    """[c1] -- (r1) -- [s1], and (r5) on the same segment overhears"""
    net = line("r1")
    net.link("r5 10.0.9.5/24")
    net.capture("r1", *through(SYN, "eth0", "eth1"))
    net.capture("r5", replace(came(SYN), overheard=True))
    net.capture("s1", came(SYN), went(SYN_ACK))
    found = read(net.case(FLOW))
    sight = found.observation("r5", reverse=False)
    assert sight is not None and not sight.came_in


def test_a_server_whose_answer_never_leaves_it() -> None:
    """[c1] -- (r1) -- [s1]: the socket is in SYN-RECV, and nothing goes out"""
    net = line("r1")
    net.capture("s1", came(SYN), came(AGAIN))
    flow = Flow.parse(FLOW)
    net.tell(
        "s1", Question.SOCKETS, Socket(Protocol.TCP, "SYN-RECV", flow.dst, 443, flow.src, 4000)
    )
    drop = read(net.case(FLOW)).drop
    assert drop is not None
    assert (drop.node, drop.packet, drop.reverse) == ("s1", "SYN-ACK", True)


def test_the_same_packet_under_other_addresses() -> None:
    """[c1] -- <n1> -- [s1]: n1 rewrites the source, and nothing is lost"""
    net = line("n1")
    outside = "tcp 10.0.9.2:4000 > 10.0.9.10:443"
    net.session("n1", FLOW, outside)
    after = replace(SYN, flow=Flow.parse(outside))
    back = replace(SYN_ACK, flow=Flow.parse(outside).reversed())
    net.capture("n1", came(SYN), went(after, "eth1"), came(back, "eth1"), went(SYN_ACK))
    found = read(net.case(FLOW))
    assert found.drop is None
    sight = found.observation("n1", reverse=True)
    assert sight is not None and len(sight.came_in) == len(sight.went_out) == 1


def test_a_capture_that_does_not_tell_directions() -> None:
    """Without SLL2 the path's interfaces tell in from out."""
    net = line("r1", "r2")
    net.capture("r1", replace(SYN, interface="eth0"), replace(SYN, interface="eth1"))
    found = read(net.case(FLOW))
    sight = found.observation("r1", reverse=False)
    assert sight is not None and (len(sight.came_in), len(sight.went_out)) == (1, 1)


def test_probes_of_a_traceroute_are_not_lost() -> None:
    net = line("r1", "r2")
    net.capture(
        "r1", came(replace(SYN, ttl=1)), *through(replace(AGAIN, seq=5, ttl=64), "eth0", "eth1")
    )
    assert read(net.case(FLOW)).drop is None


def test_large_packets_that_vanish() -> None:
    """[c1] -- (r1) -- [s1]: the handshake passes, large data of the server does not"""
    net = line("r1")
    large = packet(BACK, ".", 7001, 1101, at=1.5, payload=1400)
    later = replace(large, time=2.6)
    flow_count = [
        *through(SYN, "eth0", "eth1"),
        *through(ACK, "eth0", "eth1"),
        *through(DATA, "eth0", "eth1"),
    ]
    flow_count += [*through(SYN_ACK, "eth1", "eth0"), *through(DATA_ACK, "eth1", "eth0")]
    net.capture(
        "c1",
        went(SYN),
        came(SYN_ACK),
        went(ACK),
        went(DATA),
        came(DATA_ACK),
        went(replace(ACK, time=2.7)),
    )
    net.capture("r1", *flow_count, came(large, "eth1"), came(later, "eth1"))
    net.capture(
        "s1",
        came(SYN),
        went(SYN_ACK),
        came(ACK),
        came(DATA),
        went(DATA_ACK),
        went(large),
        went(later),
    )
    found = read(net.case(FLOW))
    assert [one.end for one in found.attempts] == [ConnState.STALLED]
    assert found.drop is not None and (found.drop.node, found.drop.packet) == ("r1", "data")


def test_data_that_is_cut_otherwise_on_the_way_is_not_lost() -> None:
    """[c1] -- (r1) -- [s1]: r1 joins what came in as two packets, twice"""
    net = line("r1")
    first, second = replace(DATA, ip_id=1), replace(DATA, seq=1101, ip_id=2)
    joined = replace(DATA, payload=200, ip_id=1)
    net.capture("r1", came(first), came(second), went(joined, "eth1"))
    assert read(net.case(FLOW)).drop is None


def test_a_router_that_only_one_direction_passes_does_not_tell() -> None:
    """[c1] -- (r1) -> <f1> -> (r2) -- [s1], back by <f2>; only f1 was watched"""
    net = pair()
    net.capture("f1", *through(SYN, "eth0", "eth1"), *through(AGAIN, "eth0", "eth1"))
    assert read(net.case(FLOW)).flow_works is None


def test_a_balancer_that_sends_the_next_attempt_to_another_server_loses_nothing() -> None:
    """[c1] -- <l1> -- [s1], and now and then another server than the one that the walk finds"""
    net = line("l1")
    first, second = (FLOW.replace("10.0.9.10", f"10.0.9.{host}") for host in (10, 20))
    asked = FLOW.replace("10.0.9.10", "10.0.1.1")
    net.session("l1", asked, first)
    net.session("l1", asked, second)
    syn, again = packet(asked, "S", at=1.0), packet(asked, "S", at=2.0)
    passed = (
        came(syn),
        went(packet(first, "S", at=1.0), "eth1"),
        came(again),
        went(packet(second, "S", at=2.0), "eth1"),
    )
    net.capture("l1", *passed)
    found = read(net.case(asked))
    assert not [drop for drop in found.drops if drop.node == "l1"]


@pytest.mark.parametrize(("to", "missed"), [("10.0.9.10", True), ("10.0.9.77", False)])
def test_a_reset_of_the_client_is_missed_only_where_it_goes_to_whom_it_asked(
    to: str, missed: bool
) -> None:
    """[c1] -- (r1) -- [s1]; <l1> made the flow another: nobody waits for what the client says to
    that stranger"""
    net = line("r1")
    net.link("l1 10.0.7.1/24")
    net.session("l1", FLOW, FLOW.replace("10.0.9.10", "10.0.9.77"))
    resets = [packet(FLOW.replace("10.0.9.10", to), "R", 1001, at=at) for at in (1.2, 2.2)]
    net.capture("r1", *through(SYN, "eth0", "eth1"), *map(came, resets))
    assert bool([drop for drop in read(net.case(FLOW)).drops if drop.node == "r1"]) is missed


def test_a_packet_that_leaves_under_addresses_that_nobody_told_of_is_not_lost() -> None:
    """[c1] -- <l1> -- [s1]: no session tells where the balancer sent the attempt, its sequence
    number does"""
    net = line("l1")
    given = FLOW.replace("10.0.9.10", "10.0.9.77")
    net.capture(
        "l1", came(packet(FLOW, "S", 1000, at=1.0)), went(packet(given, "S", 1000, at=1.0), "eth1")
    )
    assert not [drop for drop in read(net.case(FLOW)).drops if drop.node == "l1"]


def _watching(*interfaces: str) -> Case:
    """[c1] -- (r1) -- [s1]: a SYN came in on eth0 of r1 again and again; r1 was told to watch these
    interfaces."""
    net = line("r1")
    syn = replace(packet(FLOW, "S", outgoing=False, interface="eth0"), seq=1)
    for name in interfaces:
        seen_there = [replace(syn, time=float(at)) for at in range(3)] if name == "eth0" else []
        net.tell("r1", Question.CAPTURE, *seen_there, interface=name)
    return net.case(FLOW)


def test_an_interface_that_nobody_watched_says_nothing_by_absence() -> None:
    found = read(_watching("eth0"))
    assert not found.drops
    assert read(_watching("eth1")).observation("r1", reverse=False) is not None
    assert read(_watching("wg7")).observation("r1", reverse=False) is None


def test_an_empty_capture_on_a_named_interface_is_absence_there() -> None:
    assert [drop.node for drop in read(_watching("eth0", "eth1")).drops] == ["r1"]
