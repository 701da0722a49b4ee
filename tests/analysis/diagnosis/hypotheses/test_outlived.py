"""An answer that comes after the device on its way has forgotten the request: its timer, and never
a filter.

[client] - (r1) - [fw] - (r2) - [server]: datagrams of the client pass fw, the answers do not.
"""

from __future__ import annotations

from dataclasses import replace

from collectors.model.evidence import Question
from collectors.model.flow import Flow
from collectors.model.records import LogLine, Match, Packet, Session, SessionEvent
from collectors.platforms.linux.knobs import setting_of
from tests.analysis.diagnosis.built_findings import Scene, port, rule, state
from workbench.analysis.case.findings import Boundary, ConnState, Observation
from workbench.analysis.case.verdict import Cause, FixClass, Ranked

UDP = Flow.parse("udp 10.0.1.20:40000 > 10.0.2.10:123")
WAYS = ("client r1 fw r2 server", "server r2 fw r1 client")
KEY = "net.netfilter.nf_conntrack_udp_timeout"
KEEPS = (rule("accept", state("established", "related")), rule("accept", port(123)))
ENTRY = Session(UDP, UDP.reversed(), unreplied=True, timeout=1)


def scene(answered_after: float, *, remembers: int | None = 1) -> Scene:
    """A request, and its answer so many seconds later; `remembers`: what the setting says."""
    made = Scene(*WAYS, flow=UDP, works=False, boundaries={"fw": Boundary.FIREWALL})
    made.filters("fw", *KEEPS, policy="drop").attempt(ConnState.NO_ANSWER)
    if remembers is not None:
        made.say("fw", Question.SETTINGS, setting_of(KEY, str(remembers)))
    asked = Packet(1.0, "eth0", False, UDP, 60, ip_id=1)
    answer = Packet(1.0 + answered_after, "eth1", False, UDP.reversed(), 60, ip_id=2)
    made.observations += [
        Observation(
            "fw", False, (asked,), (replace(asked, outgoing=True, interface="eth1"),), ("capture",)
        ),
        Observation("fw", True, (answer,), (), ("capture",)),
    ]
    return made.dropped("fw", "UDP", reverse=True)


def best(made: Scene) -> Ranked:
    return made.verdict().best


def logs(made: Scene) -> Scene:
    """fw logs what its default drops."""
    line = LogLine(
        None,
        "default",
        "eth1",
        "eth0",
        UDP.reversed(),
        "",
        f"default IN=eth1 OUT=eth0 {UDP.reversed()}",
    )
    made.evidence = [one for one in made.evidence if one.question is not Question.FILTER]
    writes = replace(rule("continue"), log_prefix="default ", text="-A FORWARD -j NFLOG")
    made.filters("fw", *KEEPS, writes, policy="drop")
    return made.say("fw", Question.LOGS, sample="before").say(
        "fw", Question.LOGS, line, sample="after"
    )


def test_the_answer_takes_longer_than_the_device_remembers() -> None:
    found = best(scene(1.6))
    hypothesis = found.hypothesis
    assert (hypothesis.cause, hypothesis.guilty_node, hypothesis.direction) == (
        Cause.MIDFLOW_STATE_LOSS,
        "fw",
        "reverse",
    )
    assert (
        "1 s after its last packet" in hypothesis.summary and "1.6 s after it" in hypothesis.summary
    )
    assert found.confidence >= 0.8


def test_the_fix_is_the_timer_and_not_a_rule() -> None:
    fixes = best(scene(1.6)).hypothesis.fixes
    assert [fix.fix_class for fix in fixes] == [FixClass.RAISE_LIMIT]
    assert fixes[0].commands == (f"sysctl -w {KEY}=30",) and fixes[0].rollback == (
        f"sysctl -w {KEY}=1",
    )


def test_a_timer_that_only_the_events_tell_counts_as_well() -> None:
    """A rule gave the session another time than the setting says: the setting would mend
    nothing."""
    made = scene(1.6, remembers=30).say(
        "fw", Question.SESSION_EVENTS, SessionEvent(1.0, "NEW", ENTRY)
    )
    hypothesis = best(made).hypothesis
    assert hypothesis.cause is Cause.MIDFLOW_STATE_LOSS and KEY not in hypothesis.summary
    assert "nft list ruleset" in hypothesis.fixes[0].commands[0]


def test_a_default_drop_that_is_logged_refuses_for_want_of_a_session() -> None:
    """Though no timer explains it: the device let the request pass, so this is no filter without
    state."""
    hypothesis = best(logs(scene(0.05, remembers=30))).hypothesis
    assert hypothesis.cause is Cause.MIDFLOW_STATE_LOSS and not hypothesis.fixes
    assert "stateless" not in hypothesis.summary


def test_what_only_logs_is_not_told_as_what_refuses() -> None:
    reasons = " ".join(one.text for one in best(logs(scene(1.6))).hypothesis.reasons)
    assert "policy drop of chain forward" in reasons and "NFLOG" not in reasons


def test_an_answer_in_time_that_vanishes_is_not_the_timer_s_doing() -> None:
    hypothesis = best(scene(0.05, remembers=30)).hypothesis
    assert hypothesis.cause is not Cause.MIDFLOW_STATE_LOSS


def test_a_filter_that_refuses_the_answer_of_a_known_session_stays_a_filter() -> None:
    made = scene(1.6)
    made.evidence = [one for one in made.evidence if one.question is not Question.FILTER]
    made.filters("fw", rule("drop", Match("sport", ((123, 123),))), *KEEPS, policy="drop")
    assert best(made).hypothesis.cause is Cause.ACL_PATH
