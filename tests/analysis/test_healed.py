"""What is lost at first and comes through when it is sent again: a flow that works, and begins late."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_address

from collectors.model.evidence import Question
from collectors.model.flow import Flow, Protocol
from collectors.model.records import Packet, Socket
from tests.analysis.test_crossing import ACK, SYN, SYN_ACK
from tests.analysis.test_healthy import CLOSED, Watched
from tests.analysis.test_path import BACK, FLOW, line
from tests.analysis.topology import packet
from workbench.analysis.facts.hanging import hanging
from workbench.analysis.facts.horizon import scene_of
from workbench.analysis.findings import Attempt, AttemptEnd, Use, Watch
from workbench.analysis.own_attempts import with_hasty_probes_open
from workbench.analysis.rank import judge
from workbench.analysis.verdict import Outcome, Verdict


def exchange(port: int, at: float) -> tuple[tuple[Packet, ...], tuple[Packet, ...]]:
    """A connection from this port, whose first ACK r1 drops twice; what is sent later comes through. And those ACKs."""
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


def begun_late(*ports: int) -> Verdict:
    """Connections that lose their first ACK in r1."""
    tries = [exchange(port, 1.0 + 2 * number) for number, port in enumerate(ports)]
    packets = tuple(one for whole, _ in tries for one in whole)
    watched = Watched(packets, unheard=tuple(one for _, dropped in tries for one in dropped))
    return judge(watched.found("tcp 10.0.1.10 > 10.0.9.10:443"))


def test_what_is_dropped_at_first_and_passes_when_sent_again_costs_time_only() -> None:
    verdict = begun_late(4000, 4001, 4002)
    assert verdict.outcome is Outcome.HEALTHY
    assert "begin late: r1 drops the ACK at first" in verdict.best.hypothesis.summary


def tried(end: AttemptEnd, ours: bool, use: Use = Use.USED) -> Attempt:
    return Attempt(Flow.parse(FLOW), end, True, 1.0, (), use, Watch.BOTH_ENDS, ours)


def test_a_probe_that_hangs_up_too_early_says_nothing_beside_exchanges_that_came_through() -> None:
    used, hasty = tried(AttemptEnd.WORKED, ours=False), tried(AttemptEnd.HALF_OPEN, ours=True)
    failed, opened = tried(AttemptEnd.STALLED, ours=False), tried(AttemptEnd.WORKED, False, Use.OPENED)
    assert [one.end for one in with_hasty_probes_open((used, hasty))] == [AttemptEnd.WORKED, AttemptEnd.OPEN]
    for others in ((used, failed), (opened,), ()):
        assert with_hasty_probes_open((*others, hasty)) == (*others, hasty)


def test_a_socket_that_waited_and_is_seen_no_more_does_not_hang() -> None:
    waiting = Socket(Protocol.TCP, "ESTAB", ip_address("10.0.1.10"), 4000, ip_address("10.0.9.10"), 443)
    waiting = replace(waiting, send_queue=50, retransmits=3)
    for sockets_after, hangs in (((), False), ((waiting,), True)):
        net = line("r1")
        net.tell("c1", Question.SOCKETS, waiting, sample="early")
        net.tell("c1", Question.SOCKETS, *sockets_after, sample="late")
        assert bool(hanging(scene_of(Watched(CLOSED, net=net).found()))) is hangs


def test_a_syn_ack_that_nobody_was_seen_to_acknowledge_is_no_connection_yet() -> None:
    """The watch ends with it: the ACK may be on its way, and nobody saw the connection made."""
    found = Watched((SYN, SYN_ACK)).verdict()
    assert found.outcome is Outcome.INCONCLUSIVE
    assert "connection was made" not in " ".join(reason.text for reason in found.best.hypothesis.reasons)
    assert [one.use for one in Watched((SYN, SYN_ACK, ACK)).found().attempts] == [Use.OPENED]
