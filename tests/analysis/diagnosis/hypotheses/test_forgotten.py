"""A firewall that drops packets of a connection: had it lost the session before, and was that a
fault?

[c1] -- (r1) -- [s1]: a connection that works until r1 drops what comes.
"""

from __future__ import annotations

from dataclasses import replace

from collectors.model.evidence import Evidence, Query, QueryParams, Question, Status
from collectors.model.flow import Flow
from collectors.model.records import Record, Session, SessionEvent
from tests.analysis.diagnosis.built_findings import Scene
from tests.analysis.long_ways import Wire
from tests.analysis.topology import packet
from tests.analysis.trace.test_walk import FLOW
from workbench.analysis.case.findings import Observation
from workbench.analysis.diagnosis.facts.reasons import passed_here
from workbench.analysis.diagnosis.facts.state.forgotten import Forgotten, forgotten
from workbench.analysis.diagnosis.facts.stops.visibility_limit import context_of
from workbench.analysis.evidence.read import read

OURS = Flow.parse(FLOW)
HELD = Session(OURS, OURS.reversed(), "ESTABLISHED", assured=True)
RTT = 0.01


def conversation(begins: float = 1.0) -> Wire:
    """A handshake, a question and its answer."""
    wire = Wire(RTT)
    now = wire.handshake(begins)
    wire.send(now, "P.", 1001, 7001, payload=100)
    wire.reply(now + RTT, "P.", 7001, 1101, payload=200)
    wire.send(now + 2 * RTT, ".", 1101, 7201)
    return wire


def cut(wire: Wire) -> Wire:
    """Two seconds later: the client's data, three times."""
    for at in (3.0, 3.4, 4.2):
        wire.send(at, "P.", 1101, 7201, payload=100, lost="r1")
    return wire


def asked(at: float, *records: Record, question: Question = Question.SESSIONS) -> Evidence:
    """r1 is asked at that moment."""
    return Evidence(
        f"at-{at}",
        Query("r1", question, QueryParams()),
        Status.ANSWERED,
        records=records,
        taken_at=at,
    )


def story(wire: Wire, *more: Evidence) -> Forgotten:
    scene = context_of(read(wire.case().with_evidence(more)))
    (found,) = forgotten(scene, "r1", [OURS])
    return found


def gone(at: float) -> Evidence:
    return asked(0.0, SessionEvent(at, "DESTROY", HELD), question=Question.SESSION_EVENTS)


def test_a_session_that_was_looked_for_in_vain_before_the_first_dropped_packet() -> None:
    found = story(cut(conversation()), asked(2.5))
    assert found.first and found.absent == ("at-2.5",)


def test_a_session_that_the_device_itself_tells_it_gave_up() -> None:
    found = story(cut(conversation()), gone(2.6))
    assert found.first and "removed the session 0.4 s before" in found.text


def test_a_session_that_was_missing_only_afterwards_shows_nothing() -> None:
    """Whoever drops its packets loses the session in time, whatever the reason was."""
    assert not story(cut(conversation()), asked(5.0)).first
    assert not story(cut(conversation()), gone(4.0)).first


def test_a_look_from_before_the_connection_began_shows_nothing() -> None:
    assert not story(cut(conversation(2.0)), asked(1.5)).first


def test_a_session_that_is_held_while_packets_are_dropped_is_not_lost() -> None:
    found = story(cut(conversation()), asked(3.5, HELD))
    assert not found.first and "still held the session" in found.text


def test_a_connection_that_was_closed_has_no_session_to_lose() -> None:
    """FINs of both sides, or a RST: what comes after them belongs to nothing."""
    for closing in ("F.", "R."):
        wire = conversation()
        wire.reply(2.0, closing, 7201, 1101)
        if closing == "F.":
            wire.send(2.1, "F.", 1101, 7202)
            wire.reply(2.2, ".", 7202, 1102)
        found = story(cut(wire), gone(2.5))
        assert found.closed and not found.first and "no fault" in found.text


def test_the_end_of_an_earlier_connection_of_the_same_ports_is_none_of_this_one() -> None:
    earlier = replace(HELD, state="TIME_WAIT")
    events = asked(0.0, SessionEvent(0.5, "DESTROY", earlier), question=Question.SESSION_EVENTS)
    assert not story(cut(conversation()), events).first


def test_a_session_that_a_new_one_of_the_same_ports_follows_at_once_was_another_ones() -> None:
    """A SYN takes the place of a closed session: the kernel ends that one and begins the next."""
    ends = SessionEvent(2.9, "DESTROY", replace(HELD, state="CLOSE"))
    begins = SessionEvent(2.9, "NEW", replace(HELD, state="SYN_SENT", assured=False))
    events = asked(0.0, ends, begins, question=Question.SESSION_EVENTS)
    assert not story(cut(conversation(2.8)), events).first
    later = replace(begins, time=3.1)  # begun by what came after the loss
    events = asked(0.0, ends, later, question=Question.SESSION_EVENTS)
    assert story(cut(conversation(2.8)), events).first


def test_what_goes_out_again_is_not_dropped() -> None:
    scene = context_of(read(conversation().case().with_evidence([asked(5.0)])))
    assert forgotten(scene, "r1", [OURS]) == ()


def test_packets_of_other_connections_that_pass_say_nothing_of_the_one_that_is_cut() -> None:
    other = replace(OURS, sport=40001)
    came = packet(FLOW, "P.", 1101, at=3.0, payload=100)
    passed = packet(str(other), "P.", 5001, at=3.1, payload=100)
    found = Scene("client fw server", "server fw client").findings()
    seen = Observation("fw", False, (came, passed), (passed,), ("capture",))
    scene = context_of(replace(found, observations=(seen,)))
    assert list(passed_here(scene, "fw", False, [other]))
    assert not list(passed_here(scene, "fw", False, [OURS]))
