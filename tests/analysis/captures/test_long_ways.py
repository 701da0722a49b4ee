"""What is in flight is not lost: the same exchange over 0.2, 150 and 330 ms, cut by windows at any
moment."""

from __future__ import annotations

from dataclasses import replace

import pytest

from collectors.model.evidence import Evidence, Query, Question, Status
from collectors.model.inventory import Device, Inventory, Role
from collectors.model.records import Socket
from tests.analysis.long_ways import Wire
from tests.analysis.trace.test_walk import FLOW, line
from workbench.analysis.case.case import Case
from workbench.analysis.case.findings import ConnState, Findings
from workbench.analysis.evidence.read import read

TRIPS = [0.0002, 0.15, 0.33]
GOOD = (ConnState.WORKED, ConnState.OPEN)


def conversation(rtt: float) -> Wire:
    """A connection that asks every second and is answered, from 0.5 s on."""
    wire = Wire(rtt)
    at = wire.handshake(0.5)
    for number in range(5):
        asked, answered = 1001 + 100 * number, 7001 + 500 * number
        wire.send(at + number, "P.", asked, answered, payload=100)
        wire.reply(at + number + rtt / 2, "P.", answered, asked + 100, payload=500)
        wire.send(at + number + rtt, ".", asked + 100, answered + 500)
    return wire


@pytest.mark.parametrize("rtt", TRIPS)
@pytest.mark.parametrize("cut", [0.01, 0.07, 0.14, 0.2, 0.3, 0.4])
def test_a_window_that_ends_while_packets_are_on_their_way_shows_no_loss(
    rtt: float, cut: float
) -> None:
    end = 0.5 + rtt + 2.0 + cut * max(rtt, 0.1)
    assert conversation(rtt).read((0.0, end)).drops == ()


@pytest.mark.parametrize("rtt", TRIPS)
def test_captures_that_begin_and_end_at_different_moments_are_compared_where_both_ran(
    rtt: float,
) -> None:
    wire = conversation(rtt)
    assert wire.read(c1=(0.0, 6.0), r1=(0.7, 4.0), s1=(2.2, 3.1)).drops == ()
    assert wire.read(c1=(2.1, 3.0), r1=(0.0, 6.0), s1=(0.0, 6.0)).drops == ()


@pytest.mark.parametrize("rtt", TRIPS)
def test_what_is_lost_is_found_at_any_distance(rtt: float) -> None:
    wire = Wire(rtt)
    for at in (0.5, 1.5, 3.5):
        wire.send(at, "S", 1000, lost="r1")
    drop = wire.read().drop
    assert drop is not None and (drop.node, drop.packet) == ("r1", "SYN")


@pytest.mark.parametrize("rtt", TRIPS)
def test_a_last_packet_that_has_had_its_time_is_lost(rtt: float) -> None:
    wire = Wire(rtt)
    wire.send(1.0, "S", 1000, lost="r1")
    assert wire.read((0.0, 6.0)).drop is not None
    assert wire.read((0.0, 1.0 + rtt / 4 + 0.02)).drop is None


def from_files(wire: Wire, **windows: tuple[float, float]) -> Findings:
    """The same captures, brought as files by somebody: nobody knows when they were started and
    ended."""
    files = [item for item in wire.case(**windows).evidence if item.question is Question.CAPTURE]
    captures = tuple(
        Evidence(
            e.device,
            Query(e.device, Question.CAPTURE),
            Status.ANSWERED,
            records=e.records,
            pasted_by="me",
        )
        for e in files
    )
    devices = Inventory(tuple(Device(item.device, Role.HOST) for item in files))
    return read(Case(wire.case().flow, devices, captures))


@pytest.mark.parametrize("rtt", TRIPS)
def test_files_that_begin_at_different_moments_are_compared_where_both_ran(rtt: float) -> None:
    """The server's was started in the middle of the connection: the SYN is not lost."""
    assert str(conversation(rtt).case().flow) == FLOW
    assert from_files(conversation(rtt), s1=(1.4, 6.0)).drops == ()
    assert from_files(conversation(rtt), c1=(1.4, 6.0), s1=(0.0, 3.4)).drops == ()


@pytest.mark.parametrize("rtt", TRIPS)
def test_data_that_never_comes_is_lost_in_files_too(rtt: float) -> None:
    wire = Wire(rtt)
    at = wire.handshake(0.5)
    for after in (0.1, 0.1 + rtt + 0.3, 0.1 + 3 * (rtt + 0.3)):
        wire.send(at + after, "P.", 1001, 7001, payload=100, lost="r1")
    drop = from_files(wire).drop
    assert drop is not None and drop.packet == "data"


@pytest.mark.parametrize("rtt", TRIPS)
@pytest.mark.parametrize("after", [0.1, 0.3, 0.5, 0.7, 0.9])
def test_an_attempt_that_is_still_going_on_has_not_failed(rtt: float, after: float) -> None:
    """The window ends while SYN, SYN-ACK, ACK or data are on their way."""
    wire = conversation(rtt)
    for end in (0.5 + rtt * after, 2.5 + rtt * (1 + after)):
        attempts = wire.read((0.0, end)).attempts
        assert attempts and all(one.end in GOOD for one in attempts)


@pytest.mark.parametrize("rtt", TRIPS)
def test_one_loss_that_the_sender_repairs_is_no_stall(rtt: float) -> None:
    """Data is lost, sent again after TCP's own timeout, and acknowledged only when the window is
    over."""
    wire = Wire(rtt)
    at = wire.handshake(0.5)
    wire.send(at + 0.1, "P.", 1001, 7001, payload=100, lost="r1")
    again = at + 0.1 + rtt + 0.2
    wire.send(again, "P.", 1001, 7001, payload=100)
    wire.reply(again + rtt / 2, ".", 7001, 1101)
    for end in (again + rtt / 4, again + rtt * 0.9, 6.0):
        assert [one.end for one in wire.read((0.0, end)).attempts] == [ConnState.WORKED]


@pytest.mark.parametrize("rtt", TRIPS)
def test_data_that_is_sent_again_and_again_is_a_stall(rtt: float) -> None:
    wire = Wire(rtt)
    at, timeout = wire.handshake(0.5), rtt + 0.2
    for after in (0.0, timeout, 3 * timeout, 7 * timeout):
        wire.send(at + 0.1 + after, "P.", 1001, 7001, payload=100, lost="r1")
    assert [one.end for one in wire.read().attempts] == [ConnState.STALLED]


@pytest.mark.parametrize("rtt", TRIPS)
def test_a_syn_that_is_never_answered_failed_once_its_answer_had_time_to_come(rtt: float) -> None:
    wire = Wire(rtt)
    wire.send(1.0, "S", 1000, lost="r1")
    assert [one.end for one in wire.read().attempts] == [ConnState.NO_ANSWER]
    assert [one.end for one in wire.read((0.0, 1.2)).attempts] == [ConnState.OPEN]


def held(state: str, rtt_ms: float, **more: int) -> Findings:
    """The client's socket of the flow, in one sample."""
    net = line("r1")
    flow = net.case(FLOW).flow
    known = rtt_ms if state != "SYN-SENT" else None
    socket = Socket(flow.protocol, state, flow.src, 4000, flow.dst, 443, rtt_ms=known, **more)
    net.tell("c1", Question.SOCKETS, socket)
    return read(net.case(FLOW))


@pytest.mark.parametrize("rtt_ms", [0.2, 150.0, 330.0])
def test_a_fin_on_its_way_is_no_data_that_nobody_acknowledges(rtt_ms: float) -> None:
    assert held("LAST-ACK", rtt_ms, send_queue=1).attempts == ()
    assert held("LAST-ACK", rtt_ms, send_queue=1, retransmits=1).attempts == ()
    assert held("FIN-WAIT-1", rtt_ms, send_queue=1, retransmits=2).attempts == ()


@pytest.mark.parametrize("rtt_ms", [0.2, 150.0, 330.0])
def test_a_socket_hangs_when_it_has_repeated_itself_for_longer_than_an_answer_takes(
    rtt_ms: float,
) -> None:
    assert held("ESTAB", rtt_ms, send_queue=1000, retransmits=1).attempts == ()
    assert [one.end for one in held("ESTAB", rtt_ms, send_queue=1000, retransmits=3).attempts] == [
        ConnState.STALLED
    ]
    assert [one.end for one in held("SYN-SENT", rtt_ms, send_queue=1, retransmits=1).attempts] == [
        ConnState.NO_ANSWER
    ]


@pytest.mark.parametrize("rtt", TRIPS)
@pytest.mark.parametrize("gap", [0.3, 0.6, 0.9])
@pytest.mark.parametrize("end", [1.5001, 1.55, 1.6, 1.7, 1.83, 1.9, 2.0])
def test_between_two_captures_nobody_watched(rtt: float, gap: float, end: float) -> None:
    """A client that connects every second, from one port, watched with a break: no connection
    failed."""
    wire = Wire(rtt)
    for number in range(6):
        seq = 1000 + 100_000 * number
        at = wire.handshake(0.5 + number, seq)
        wire.send(at, "P.", seq + 1, 7001, payload=6)
        wire.reply(at + rtt / 2, "F.", 7001, seq + 7)
    before, after = wire.case((0.0, end)), wire.case((end + gap, 6.6))
    captures = [
        replace(e, id=f"{e.id}-again") for e in after.evidence if e.question is Question.CAPTURE
    ]
    found = read(before.with_evidence(captures))
    assert found.drops == ()
    assert found.attempts and {one.end for one in found.attempts} <= set(GOOD)
