"""A client closes its half after the question; the answer comes after the device forgot half-closed
connections.

[client] - (r1) - [fw] - (r2) - [server]: the connection began while we watched, and its answer
stops at fw.
"""

from __future__ import annotations

from dataclasses import replace

from collectors.model.evidence import Question
from collectors.model.records import Packet, Session, SessionEvent
from collectors.platforms.linux.knobs import setting_of
from tests.analysis.diagnosis.built_findings import FLOW, STATEFUL, Scene
from workbench.analysis.case.findings import Attempt, ConnState, Observation, Use
from workbench.analysis.case.verdict import Cause, FixClass, Hypothesis

WAYS = ("client r1 fw r2 server", "server r2 fw r1 client")
KEY = "net.netfilter.nf_conntrack_tcp_timeout_close_wait"
LOOSE = setting_of("net.netfilter.nf_conntrack_tcp_loose", "0")
CLOSED = 2.0  # when the acknowledgement of the client's FIN passed
HALF = Session(FLOW, FLOW.reversed(), "CLOSE_WAIT", assured=True)


def passing(at: float, flags: str, reverse: bool, payload: int = 0) -> tuple[Packet, Packet]:
    flow = FLOW.reversed() if reverse else FLOW
    came = Packet(
        at, "to-r2" if reverse else "to-r1", False, flow, 60, flags=flags, seq=1000, payload=payload
    )
    came = replace(came, ip_id=int(at * 1000))
    return came, replace(came, outgoing=True)


def exchange(*, farewell: str = "F.") -> list[tuple[Packet, Packet]]:
    """Handshake, question, the client's farewell and its acknowledgement: all of it passes fw."""
    there = [(1.0, "S", 0), (1.2, ".", 0), (1.3, "P.", 50), (1.9, farewell, 0)]
    back = [(1.1, "S."), (CLOSED, ".")]
    passed = [passing(at, flags, False, size) for at, flags, size in there]
    return passed + [passing(at, flags, True) for at, flags in back]


def scene(
    answered_after: float, *more: SessionEvent, seconds: int | None = 3, farewell: str = "F."
) -> Scene:
    """The answer comes so many seconds after the farewell, again and again, and stops at fw."""
    made = (
        Scene(*WAYS, works=False)
        .filters("fw", *STATEFUL, counted=4)
        .moved("fw", 4, "invalid", "conntrack")
    )
    known = [setting_of(KEY, str(seconds))] if seconds is not None else []
    made.say("fw", Question.SETTINGS, LOOSE, *known).say("fw", Question.SESSIONS)
    made.say("fw", Question.SESSION_EVENTS, *more)
    passed = exchange(farewell=farewell)
    lost = [passing(CLOSED + answered_after + 0.3 * again, "P.", True, 80)[0] for again in range(4)]
    made.say("fw", Question.CAPTURE, *(one for both in passed for one in both), *lost)
    for reverse in (False, True):
        mine = [both for both in passed if (both[0].flow != FLOW) is reverse]
        came = (*(one for one, _ in mine), *(lost if reverse else ()))
        made.observations.append(
            Observation("fw", reverse, tuple(came), tuple(out for _, out in mine), ("capture",))
        )
    made.attempts.append(
        Attempt(FLOW, ConnState.STALLED, True, evidence=("capture",), use=Use.WAITING)
    )
    return made.dropped("fw", "data", reverse=True)


def best_of(made: Scene) -> Hypothesis:
    return made.verdict().best.hypothesis


def test_the_answer_comes_after_the_device_forgot_the_half_closed_connection() -> None:
    best = scene(4.5).verdict().best
    found = best.hypothesis
    assert (found.cause, found.guilty_node, found.direction) == (
        Cause.MIDFLOW_STATE_LOSS,
        "fw",
        "reverse",
    )
    assert (
        "half-closed session 3 s after its last packet" in found.summary
        and "4.5 s" in found.summary
    )
    assert best.confidence >= 0.8


def test_the_timer_is_raised_and_no_rule_or_new_connection_is_offered() -> None:
    """A new connection is cut like the others."""
    fixes = best_of(scene(4.5)).fixes
    assert fixes[0].commands == (f"sysctl -w {KEY}=60",) and fixes[0].rollback == (
        f"sysctl -w {KEY}=3",
    )
    assert not {FixClass.REESTABLISH_SESSION, FixClass.ADD_FIREWALL_RULE} & {
        fix.fix_class for fix in fixes
    }


def test_the_session_of_another_connection_tells_the_time_as_well() -> None:
    """The setting could not be read; the events tell with what time a session came into that
    state."""
    other = Session(
        replace(FLOW, sport=41000), replace(FLOW, sport=41000).reversed(), "CLOSE_WAIT", timeout=3
    )
    found = best_of(scene(4.5, SessionEvent(9.0, "UPDATE", other), seconds=None))
    assert found.cause is Cause.MIDFLOW_STATE_LOSS and "3 s after its last packet" in found.summary


def test_the_device_tells_that_it_gave_the_session_up_as_the_answer_came() -> None:
    """A session whose time is over goes when the next packet looks for it."""
    gone = SessionEvent(CLOSED + 4.5003, "DESTROY", HALF)
    reasons = best_of(scene(4.5, gone)).reasons
    assert any("removed the session just as" in reason.text for reason in reasons)
    assert any("only one side had closed" in reason.text for reason in reasons)


def test_an_answer_that_comes_in_time_and_is_refused_is_no_matter_of_the_timer() -> None:
    assert best_of(scene(1.0)).cause is Cause.TRANSIT_POLICY_DENY


def test_what_comes_after_a_reset_belongs_to_no_session() -> None:
    assert best_of(scene(4.5, farewell="R.")).cause is not Cause.MIDFLOW_STATE_LOSS


def test_a_connection_that_nobody_closed_is_remembered_for_days() -> None:
    """Its pause is longer than the timer of half-closed ones, which is none of it."""
    assert best_of(scene(4.5, farewell=".")).cause is Cause.TRANSIT_POLICY_DENY
