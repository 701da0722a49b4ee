"""Who keeps state, sees which direction and shares the session, from what the devices said.

[app01] -- (r1) -- {fw-a} -- (r3) -- [db01]
              \\--- {fw-b} ---/          SYN by fw-a, SYN-ACK by fw-b
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from collectors.model.evidence import Evidence, Question, Status
from collectors.model.records import Session
from collectors.model.step import Options
from collectors.offline.replay import ReplayDriver, load_recording
from collectors.platforms import platform_named
from tests.web import story
from workbench.analysis.case.case import Case
from workbench.analysis.case.findings import Attempt, ConnState, Findings
from workbench.analysis.case.run_events import Judged
from workbench.analysis.case.state_boundary import Holds, Sharing, Sight, StateBoundary, StateKept
from workbench.analysis.case.verdict import Verdict
from workbench.analysis.diagnosis.facts.state.boundary_table import boundary_table
from workbench.analysis.diagnosis.facts.stops.visibility_limit import context_of
from workbench.analysis.run import investigate
from workbench.lab import topologies

RECORDINGS = Path(topologies.__file__).parents[1] / "recordings"
SYN_SENT = Session(story.FLOW, story.FLOW.reversed(), "SYN_SENT", unreplied=True)


def rows(findings: Findings) -> dict[str, StateBoundary]:
    return {row.device: row for row in boundary_table(context_of(findings))}


def with_sessions(answers: dict[str, Evidence], **more: object) -> Findings:
    """The findings of the story, with these answers in place of some session look-ups."""
    found = story.findings()
    kept = [
        replace(item, **changed) if (changed := answers.get(item.device)) else item  # type: ignore[arg-type]
        for item in found.case.evidence
        if item.question is Question.SESSIONS
    ]
    others = [item for item in found.case.evidence if item.question is not Question.SESSIONS]
    case = Case(found.case.flow, found.case.inventory, (*others, *kept))
    return replace(found, case=case, **more)  # type: ignore[arg-type]


def judged(name: str) -> Verdict:
    recording = load_recording(RECORDINGS / name)
    case = Case(recording.flow, recording.inventory)
    driver = ReplayDriver(recording)
    run_events = investigate(case, driver, Options(), platforms=platform_named)
    return [one for one in run_events if isinstance(one, Judged)][-1].verdict


def told(verdict: Verdict) -> dict[str, tuple[object, ...]]:
    return {
        row.device: (row.request, row.reply, row.holds, row.sharing, row.suspect)
        for row in verdict.boundaries
        if not row.end
    }


def test_a_pair_without_sync_on_a_real_network() -> None:
    half, none = Holds.REQUEST, Holds.NONE
    assert told(judged("fw-pair-nosync")) == {
        "fw-a": (Sight.SEEN, Sight.BYPASSED, half, Sharing.REFUTED, False),
        "fw-b": (Sight.BYPASSED, Sight.SEEN, none, Sharing.REFUTED, True),
    }


def test_the_standby_of_a_healthy_pair_is_in_the_table() -> None:
    found = told(judged("fw-pair-healthy"))
    assert found["fw-a"][:3] == (Sight.SEEN, Sight.SEEN, Holds.BOTH)
    assert found["fw-b"][:3] == (Sight.BYPASSED, Sight.BYPASSED, Holds.NONE)
    assert not any(suspect for *_, suspect in found.values())


def test_routers_keep_no_state() -> None:
    assert told(judged("asym-routers")) == {}


def test_a_strict_check_at_an_end_stands_beside_its_socket() -> None:
    server = next(row for row in judged("rp-filter").boundaries if row.device == "server")
    assert server.keeps == (StateKept.SOCKET, StateKept.REVERSE_PATH) and server.suspect


@pytest.mark.parametrize(
    ("changed", "holds"),
    [
        ({"status": Status.REFUSED, "records": ()}, Holds.REFUSED),
        ({"status": Status.NO_ANSWER, "records": ()}, Holds.NO_ANSWER),
        ({"truncated": True, "records": ()}, Holds.UNREAD),
    ],
    ids=["refused", "lost", "cut"],
)
def test_what_a_device_did_not_show_is_not_none(changed: dict[str, object], holds: Holds) -> None:
    found = rows(with_sessions({"fw-b": changed}))  # type: ignore[dict-item]
    assert found["fw-b"].holds is holds
    assert found["fw-a"].sharing is Sharing.UNKNOWN, "one member is not known"


def test_a_session_on_the_member_that_the_request_does_not_pass_is_shared() -> None:
    fresh = Attempt(story.FLOW, ConnState.WORKED)
    both = with_sessions({"fw-b": {"records": (SYN_SENT,)}})  # type: ignore[dict-item]
    assert rows(replace(both, attempts=(fresh,)))["fw-a"].sharing is Sharing.PROVED


def test_a_session_from_before_a_reroute_proves_no_sharing() -> None:
    older = Attempt(story.FLOW, ConnState.STALLED, fresh=False)
    both = with_sessions({"fw-b": {"records": (SYN_SENT,)}})  # type: ignore[dict-item]
    assert rows(replace(both, attempts=(older,)))["fw-a"].sharing is not Sharing.PROVED


def test_an_empty_capture_says_nothing_when_nobody_tried() -> None:
    quiet = replace(story.findings(), attempts_seen=False)
    assert rows(story.findings())["app01"].reply is Sight.MISSED
    assert rows(quiet)["app01"].reply is Sight.ROUTED
