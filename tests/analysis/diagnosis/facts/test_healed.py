"""What is lost at first and comes through when it is sent again: a flow that works, and begins
late."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_address

from collectors.model.evidence import Evidence, Query, Question, Status
from collectors.model.flow import Flow, Protocol
from collectors.model.records import Packet, ProbeResult, Socket
from tests.analysis.handshake import ACK, SYN, SYN_ACK
from tests.analysis.topology import packet
from tests.analysis.trace.test_walk import BACK, FLOW, line
from tests.analysis.watched import CLOSED, Watched
from workbench.analysis.case.findings import Attempt, Branch, ConnState, Findings, Use, WatchedFrom
from workbench.analysis.case.verdict import Outcome
from workbench.analysis.diagnosis.facts.ends.hanging import hanging
from workbench.analysis.diagnosis.facts.loss.healed import healed, still_missing
from workbench.analysis.diagnosis.facts.reasons import WORKS, both_ends
from workbench.analysis.diagnosis.facts.stops.visibility_limit import context_of
from workbench.analysis.diagnosis.ranking.rank import judge
from workbench.analysis.evidence.own_attempts import with_hasty_probes_open
from workbench.analysis.evidence.read import read
from workbench.analysis.window import undecided


def exchange(port: int, at: float) -> tuple[tuple[Packet, ...], tuple[Packet, ...]]:
    """A connection from this port, whose first ACK r1 drops twice; what is sent later comes
    through. And those ACKs."""
    flow, answer = FLOW.replace(":4000", f":{port}"), BACK.replace(":4000", f":{port}")
    dropped = tuple(packet(flow, ".", 101, 501, at=at + late) for late in (0.02, 1.02))
    opening = (packet(flow, "S", 100, at=at), packet(answer, "S.", 500, 101, at=at + 0.01))
    again = packet(answer, "S.", 500, 101, at=at + 1.01)
    used = (
        packet(flow, "P.", 101, 501, at=at + 1.3, payload=50),
        packet(answer, "P.", 501, 151, at=at + 1.31, payload=50),
        packet(flow, "F.", 151, 551, at=at + 1.32),
        packet(answer, "F.", 551, 152, at=at + 1.33),
        packet(flow, ".", 152, 552, at=at + 1.34),
    )
    return (*opening, dropped[0], again, dropped[1], *used), dropped


EVERY_PORT = "tcp 10.0.1.10 > 10.0.9.10:443"


def late(*ports: int, then: tuple[Packet, ...] = ()) -> Watched:
    """Connections that lose their first ACKs in r1; `then` is lost there, too."""
    tries = [exchange(port, 1.0 + 2 * number) for number, port in enumerate(ports)]
    packets = tuple(one for whole, _ in tries for one in whole)
    lost = tuple(one for _, dropped in tries for one in dropped)
    return Watched((*packets, *then), unheard=(*lost, *then))


def begun_late(*ports: int) -> Findings:
    return late(*ports).found(EVERY_PORT)


def test_what_is_dropped_at_first_and_passes_when_sent_again_costs_time_only() -> None:
    verdict = judge(begun_late(4000, 4001, 4002))
    assert verdict.outcome is Outcome.HEALTHY
    assert "begin late: r1 drops the ACK at first" in verdict.best.hypothesis.summary


def test_it_speaks_against_whoever_is_accused_of_the_drop() -> None:
    reasons = [
        reason
        for reason in both_ends(context_of(begun_late(4000, 4001)))
        if "came through in the end" in reason.text
    ]
    assert [reason.weight for reason in reasons] == [WORKS]


def test_it_takes_several_exchanges_none_that_failed_and_one_way_for_all() -> None:
    found = begun_late(4000, 4001)
    failed = tried(ConnState.NO_ANSWER, ours=False)
    router = found.forward.hops[1]
    split = replace(
        router, branches=(Branch(router.device, None, "eth1"), Branch(None, None, "eth2"))
    )
    hops = (found.forward.hops[0], split, *found.forward.hops[2:])
    assert healed(found) is not None
    assert healed(begun_late(4000)) is None
    assert healed(replace(found, attempts=(*found.attempts, failed))) is None
    assert healed(replace(found, forward=replace(found.forward, hops=hops))) is None


UNFINISHED = packet(FLOW.replace(":4000", ":4009"), "P.", 501, 901, at=9.0, payload=100)


def test_data_that_was_not_seen_to_go_on_lets_doubt_and_is_watched_longer() -> None:
    """Another connection is used whole; of this one nobody knows whether it goes on."""
    well = Watched((*CLOSED, packet(FLOW, ".", 1102, 7202, at=9.5))).found(EVERY_PORT)
    open_end = Watched((*CLOSED, UNFINISHED), unheard=(UNFINISHED,)).found(EVERY_PORT)
    assert still_missing(open_end) is not None and open_end.flow_works
    assert (judge(well).best.confidence > 0.75, undecided(well, judge(well))) == (True, False)
    assert (judge(open_end).best.confidence <= 0.75, undecided(open_end, judge(open_end))) == (
        True,
        True,
    )


def tried(end: ConnState, ours: bool, use: Use = Use.USED) -> Attempt:
    return Attempt(Flow.parse(FLOW), end, True, 1.0, (), use, WatchedFrom.BOTH_ENDS, ours)


def test_a_probe_that_hangs_up_too_early_says_nothing_beside_exchanges_that_came_through() -> None:
    used, hasty = tried(ConnState.WORKED, ours=False), tried(ConnState.HALF_OPEN, ours=True)
    failed, opened = (
        tried(ConnState.STALLED, ours=False),
        tried(ConnState.WORKED, False, Use.OPENED),
    )
    assert [one.end for one in with_hasty_probes_open((used, hasty))] == [
        ConnState.WORKED,
        ConnState.OPEN,
    ]
    for others in ((used, failed), (opened,), ()):
        assert with_hasty_probes_open((*others, hasty)) == (*others, hasty)


def test_a_socket_that_waited_and_is_seen_no_more_does_not_hang() -> None:
    waiting = Socket(
        Protocol.TCP, "ESTAB", ip_address("10.0.1.10"), 4000, ip_address("10.0.9.10"), 443
    )
    waiting = replace(waiting, send_queue=50, retransmits=3)
    for sockets_after, hangs in (((), False), ((waiting,), True)):
        net = line("r1")
        net.tell("c1", Question.SOCKETS, waiting, sample="early")
        net.tell("c1", Question.SOCKETS, *sockets_after, sample="late")
        assert bool(hanging(context_of(Watched(CLOSED, net=net).found()))) is hangs


def test_a_socket_without_a_port_is_passed_over() -> None:
    odd = Socket(Protocol.TCP, "SYN-SENT", ip_address("10.0.1.10"), 0, ip_address("10.0.9.10"), 443)
    net = line("r1")
    net.tell("c1", Question.SOCKETS, replace(odd, send_queue=1, retransmits=3))
    assert Watched(CLOSED, net=net).ends(EVERY_PORT) == [ConnState.WORKED]


def test_a_syn_ack_that_nobody_was_seen_to_acknowledge_is_no_connection_yet() -> None:
    """The watch ends with it: the ACK may be on its way, and nobody saw the connection made."""
    found = Watched((SYN, SYN_ACK)).verdict()
    assert found.outcome is Outcome.INCONCLUSIVE
    assert "connection was made" not in " ".join(
        reason.text for reason in found.best.hypothesis.reasons
    )
    assert [one.use for one in Watched((SYN, SYN_ACK, ACK)).found().attempts] == [Use.OPENED]


def test_a_probe_that_hung_up_too_early_does_not_make_the_flow_fail() -> None:
    """As the whole reading has it: the client's exchanges came through, the probe reset what was
    not acknowledged."""
    flow, answer = (text.replace(":4000", ":4999") for text in (FLOW, BACK))
    ack, reset = packet(flow, ".", 101, 501, at=8.02), packet(flow, "R.", 101, 501, at=8.03)
    opening = (packet(flow, "S", 100, at=8.0), packet(answer, "S.", 500, 101, at=8.01))
    again = packet(answer, "S.", 500, 101, at=9.01)
    watched = late(4000, 4001)
    watched = replace(watched, packets=(*watched.packets, *opening, ack, reset, again))
    watched = replace(watched, unheard=(*watched.unheard, ack, reset))
    watched.found(EVERY_PORT)
    met = (ProbeResult("connect", ip_address("10.0.9.10"), ok=True, sport=4999),)
    asked = Query("c1", Question.CONNECT)
    probe = Evidence("probe", asked, Status.ANSWERED, records=met, taken_at=7.9, duration=0.2)
    found = read(watched.net.case(EVERY_PORT).with_evidence((probe,)))
    assert any(
        one.ours and one.end is ConnState.OPEN and one.flow.sport == 4999 for one in found.attempts
    )
    assert found.flow_works
