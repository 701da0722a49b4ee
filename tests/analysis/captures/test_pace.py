"""How long is the way? Handshakes, data, sockets and probes tell; where nothing does, a bound that
holds anywhere."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_address

import pytest

from collectors.model.evidence import Question
from collectors.model.flow import Protocol
from collectors.model.records import Failure, ProbeResult, Socket, TraceReply, Traceroute
from tests.analysis.long_ways import Wire
from tests.analysis.topology import packet
from tests.analysis.trace.test_walk import FLOW, line
from workbench.analysis.captures.pace import UNMEASURED, leg, pace, passing
from workbench.analysis.captures.time_spans import span
from workbench.analysis.evidence.read import read

FAR = ip_address("10.0.9.10")


@pytest.mark.parametrize("rtt", [0.0002, 0.15, 0.33])
def test_a_handshake_tells_the_round_trip_at_each_point(rtt: float) -> None:
    wire = Wire(rtt)
    wire.handshake(1.0)
    assert pace(wire.case()).round_trip == pytest.approx(rtt, abs=0.001)
    only_in_the_middle = wire.case(c1=(8.0, 9.0), s1=(8.0, 9.0))
    assert pace(only_in_the_middle).round_trip == pytest.approx(rtt, abs=0.001)


def test_data_and_its_acknowledgement_tell_it_of_an_old_connection() -> None:
    wire = Wire(0.15)
    wire.send(1.0, "P.", 1001, 7001, payload=100)
    wire.reply(1.075, ".", 7001, 1101)
    assert pace(wire.case()).round_trip == pytest.approx(0.15, abs=0.001)


def test_what_was_sent_twice_measures_nothing() -> None:
    """The first is lost, the second is answered: nobody can tell which one was."""
    wire = Wire(0.15)
    wire.send(1.0, "P.", 1001, 7001, payload=100, lost="r1")
    wire.send(1.4, "P.", 1001, 7001, payload=100)
    wire.reply(1.475, ".", 7001, 1101)
    assert pace(wire.case(r1=(8, 9), s1=(8, 9))).round_trip is None


def test_nothing_measured_is_as_long_as_tcp_itself_would_wait() -> None:
    found = pace(line("r1").case(FLOW))
    assert found.round_trip is None and found.patience == found.one_way == UNMEASURED


def test_sockets_tell_with_their_variation() -> None:
    net = line("r1")
    flow = read(net.case(FLOW)).forward.flow
    held = Socket(
        Protocol.TCP, "ESTAB", flow.src, 4000, flow.dst, 443, rtt_ms=330.0, rtt_var_ms=20.0
    )
    net.tell("c1", Question.SOCKETS, held)
    assert pace(net.case(FLOW)).round_trip == pytest.approx(0.41)


def test_answered_probes_tell_and_silent_ones_do_not() -> None:
    net = line("r1")
    net.tell(
        "c1",
        Question.PING,
        ProbeResult("ping", FAR, ok=True, rtt_ms=151.0),
        ProbeResult("ping", FAR, failure=Failure.TIMED_OUT),
    )
    net.tell(
        "c1",
        Question.CONNECT,
        ProbeResult("connect", FAR, failure=Failure.TIMED_OUT, rtt_ms=3000.0),
    )
    net.tell(
        "c1", Question.TRACE, Traceroute(FAR, "tcp", (TraceReply(2, FAR, (160.0,), reached=True),))
    )
    found = pace(net.case(FLOW))
    assert (found.shortest, found.round_trip) == (0.151, 0.16)


def test_a_datagram_is_answered_by_the_next_one_back() -> None:
    ask, answer = "udp 10.0.1.10:4000 > 10.0.9.10:53", "udp 10.0.9.10:53 > 10.0.1.10:4000"
    net = line("r1")
    asked = [replace(packet(ask, "", at=at), seq=None, outgoing=True) for at in (1.0, 2.0)]
    got = [replace(packet(answer, "", at=at + 0.2), seq=None, outgoing=False) for at in (1.0, 2.0)]
    net.capture("c1", asked[0], got[0], asked[1], got[1])
    found = pace(net.case(ask))
    assert found.round_trip == pytest.approx(0.2) and found.rhythm == pytest.approx(1.0)


def test_the_rhythm_is_the_time_from_try_to_try() -> None:
    wire = Wire(0.01)
    for number, at in enumerate((0.5, 1.5, 2.5, 5.5)):
        wire.send(at, "S", 1000 * number, lost="r1")
    assert (pace(wire.case()).rhythm, pace(wire.case()).pause) == (1.0, 3.0)


def test_a_way_between_two_points_takes_half_of_it() -> None:
    wire = Wire(0.2)
    wire.handshake(1.0)
    found = wire.read()
    here, there = found.observation("c1", False), found.observation("s1", False)
    assert here is not None and there is not None
    between = leg(found.case, here, there)
    assert (
        between is not None
        and between.least == pytest.approx(0.1)
        and between.most == pytest.approx(0.1)
    )


def test_a_slow_device_needs_its_time() -> None:
    """r1 hands on what it got only after half a second."""
    net = line("r1")
    late = packet(FLOW, "S", at=1.5, interface="eth1", outgoing=True)
    net.capture("r1", packet(FLOW, "S", at=1.0, interface="eth0", outgoing=False), late)
    point = read(net.case(FLOW)).observation("r1", False)
    assert point is not None and passing(point) == pytest.approx(1.0)


def test_a_capture_surely_ran_from_its_start_or_its_first_packet_to_its_end() -> None:
    wire = Wire(0.2)
    wire.handshake(0.25)
    item = wire.case().answer("c1", Question.CAPTURE)
    assert item is not None
    ran = span(item)
    assert ran is not None and (ran.since, ran.until, ran.end_known) == (0.25, 6.0, True)
    slow = span(replace(item, duration=8.0, records=()))
    # two seconds passed before or after it
    assert slow is not None and (slow.since, slow.until) == (2.5, 6.0)
    pasted = span(replace(item, pasted_by="somebody"))
    assert pasted is not None and (pasted.since, pasted.until, pasted.end_known) == (
        0.25,
        0.45,
        False,
    )
    assert span(replace(item, records=(), pasted_by="somebody")) is None
