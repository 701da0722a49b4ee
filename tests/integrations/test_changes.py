"""Who applies which fix, and which changes came shortly before the failure."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import transaction
from django.test import Client
from django.utils import timezone

from tests.web import story
from workbench.analysis.case.findings import Attempt, ConnState
from workbench.incidents import actions as incident_actions
from workbench.incidents import checks, fault, roles
from workbench.incidents.actions import ActionRefused
from workbench.incidents.models import Event, Incident, Run
from workbench.incidents.storage import evidence_rows
from workbench.integrations import actions, nearby
from workbench.integrations.first_failure import first_failure
from workbench.integrations.models import Change, ManualChange
from workbench.integrations.web_links import web_link
from workbench.report.checklist.facts import Afterwards
from workbench.web.presenters.changes import how_long, near


def changes(incident: Incident) -> list[dict[str, Any]]:
    rows = Event.objects.filter(incident=incident, kind=Event.Kind.CHANGE).order_by("seq")
    return list(rows.values_list("payload", flat=True))


def reported(by: User, device: str = "fw-b", **fields: Any) -> Change:
    """A change that another system reports, told to incidents as after the commit."""
    change, _ = actions.report_change(by, "ansible", device, "policy 42", **fields)
    nearby.tell_incidents(change)
    return change


def failing_at(run: Run, at: datetime) -> None:
    """Let the run have seen an attempt fail at this moment."""
    findings = evidence_rows.unpack_findings(run.packed_findings)
    attempt = Attempt(story.FLOW, ConnState.NO_ANSWER, started=at.timestamp())
    packed = evidence_rows.pack_findings(dataclasses.replace(findings, attempts=(attempt,)))
    Run.objects.filter(pk=run.pk).update(packed_findings=packed, ended_at=timezone.now())


# --- applying a fix -----------------------------------------------------------------------------


def test_one_person_at_a_time_applies_a_fix(judged_run: Run, people: dict[str, User]) -> None:
    claimed = actions.claim_fix(people["responder"], judged_run, 1)
    with pytest.raises(ActionRefused, match="responder is applying this"):
        actions.claim_fix(people["admin"], judged_run, 1)
    with pytest.raises(ActionRefused, match="release it first"):
        actions.apply_fix(people["admin"], judged_run, 1)
    actions.release_fix(people["admin"], claimed)
    actions.apply_fix(people["admin"], judged_run, 1)
    did = [one["did"] for one in changes(judged_run.incident)]
    assert did == ["claimed", "released", "applied"]


def test_what_was_applied_says_how_when_and_why(judged_run: Run, people: dict[str, User]) -> None:
    at = timezone.now() - timedelta(minutes=4)
    actions.apply_fix(people["responder"], judged_run, 1, "CHG-7", happened_at=at)
    event = Event.objects.filter(kind="change").get()
    fix = judged_run.verdict["fixes"][0]  # type: ignore[index]
    assert event.payload["commands"] == fix["commands"]
    assert (event.payload["run"], event.payload["fix"], event.payload["why"]) == (1, 1, "CHG-7")
    assert (event.device, event.happened_at, event.run) == (fix["device"], at, judged_run)


def test_a_fix_is_rolled_back_once_and_can_be_applied_again(
    judged_run: Run, people: dict[str, User]
) -> None:
    applied = actions.apply_fix(people["responder"], judged_run, 1)
    with pytest.raises(ActionRefused, match="before it was applied"):
        before = timezone.now() - timedelta(hours=1)
        actions.roll_back(people["admin"], applied, happened_at=before)
    actions.roll_back(people["admin"], applied)
    with pytest.raises(ActionRefused, match="meanwhile"):
        actions.roll_back(people["responder"], applied)
    assert actions.apply_fix(people["admin"], judged_run, 1).pk != applied.pk


def test_only_what_was_applied_and_stands_counts_as_the_repair(
    judged_run: Run, people: dict[str, User]
) -> None:
    incident, by = judged_run.incident, people["responder"]

    def repair() -> Afterwards:
        return checks.afterwards_of(incident, fault.runs_of(incident))

    claimed = actions.claim_fix(by, judged_run, 1)
    reported(by)
    actions.release_fix(by, claimed)
    assert repair().changes == ()
    applied = actions.apply_fix(by, judged_run, 1)
    assert [one.device for one in repair().changes] == [applied.device]
    actions.roll_back(by, applied)
    back = repair().taken_back
    assert repair().changes == () and back is not None and back.device == applied.device


def test_what_was_applied_is_not_released(judged_run: Run, people: dict[str, User]) -> None:
    applied = actions.apply_fix(people["responder"], judged_run, 1)
    with pytest.raises(ActionRefused, match="meanwhile"):
        actions.release_fix(people["responder"], applied)


def test_a_fix_that_is_not_proposed_is_not_claimed(
    judged_run: Run, people: dict[str, User]
) -> None:
    with pytest.raises(ActionRefused, match="no such fix"):
        actions.claim_fix(people["responder"], judged_run, 99)


def test_viewers_change_nothing(judged_run: Run, people: dict[str, User]) -> None:
    viewer, incident = people["viewer"], judged_run.incident
    for verb in (
        lambda: actions.claim_fix(viewer, judged_run, 1),
        lambda: actions.apply_fix(viewer, judged_run, 1),
        lambda: actions.record_change(viewer, incident, "r1", "reload", ""),
        lambda: actions.report_change(viewer, "ci", "r1", "reload"),
    ):
        with pytest.raises(roles.NotAllowed):
            verb()
    assert not ManualChange.objects.exists() and not Change.objects.exists()


def test_another_change_is_written_down_once(incident: Incident, people: dict[str, User]) -> None:
    for _ in range(2):
        actions.record_change(
            people["responder"], incident, "r9", "reload\n\n", "why not", client_id="c1"
        )
    assert [one["commands"] for one in changes(incident)] == [["reload"]]
    with pytest.raises(ActionRefused, match="on which device"):
        actions.record_change(people["responder"], incident, "", "reload", "")
    with pytest.raises(ActionRefused, match="still to come"):
        later = timezone.now() + timedelta(hours=1)
        actions.record_change(people["responder"], incident, "r9", "reload", "", happened_at=later)


# --- the page -----------------------------------------------------------------------------------


def test_the_page_shows_who_applies_what_to_everybody(
    browse: Callable[[str], Client], judged_run: Run
) -> None:
    address = f"/incidents/{judged_run.incident_id}"
    browse("responder").post(f"{address}/runs/1/fixes/1", {"do": "claim"})
    assert (
        "<b>responder</b> is applying this since" in browse("viewer").get(address).content.decode()
    )
    feed = browse("viewer").get(f"{address}/feed?after=0").json()
    assert "is applying this since" in feed["parts"]["fixes"]
    assert "Release it" not in feed["parts"]["fixes"]


def test_running_again_is_offered_after_a_change(
    browse: Callable[[str], Client], judged_run: Run, people: dict[str, User]
) -> None:
    address, client = f"/incidents/{judged_run.incident_id}", browse("responder")
    offer = "after run 1 was started"
    assert offer not in client.get(address).content.decode()
    client.post(f"{address}/runs/1/fixes/1", {"do": "apply", "at": ""})
    assert offer in client.get(address).content.decode()
    incident_actions.start_run(people["responder"], judged_run.incident)
    assert offer not in client.get(address).content.decode()


def test_changes_of_other_incidents_are_refused(
    browse: Callable[[str], Client], judged_run: Run, people: dict[str, User]
) -> None:
    mine = actions.claim_fix(people["responder"], judged_run, 1)
    other = incident_actions.open_incident(people["responder"], story.FLOW)
    answer = browse("responder").post(f"/incidents/{other.pk}/changes/{mine.pk}", {"do": "release"})
    assert answer.status_code == 404
    mine.refresh_from_db()
    assert mine.released_at is None


# --- changes that others report -----------------------------------------------------------------


def test_a_change_on_the_path_comes_into_the_timeline_at_its_own_time(
    judged_run: Run, people: dict[str, User]
) -> None:
    at = timezone.now() - timedelta(minutes=30)
    reported(people["responder"], at=at, url="https://git.example.org/1")
    event = Event.objects.get(kind="change")
    assert (event.happened_at, event.device, event.payload["did"]) == (at, "fw-b", "reported")
    nearby.tell_incident(judged_run.incident)
    assert len(changes(judged_run.incident)) == 1


@pytest.mark.parametrize(
    ("device", "before", "told"),
    [
        ("FW-B", timedelta(hours=23), 1),
        ("fw-b", timedelta(hours=25), 0),
        ("elsewhere", timedelta(minutes=1), 0),
    ],
)
def test_only_what_is_on_the_path_and_within_a_day_is_told(
    judged_run: Run, people: dict[str, User], device: str, before: timedelta, told: int
) -> None:
    reported(people["responder"], device, at=timezone.now() - before)
    assert len(changes(judged_run.incident)) == told


def test_what_came_before_the_paths_were_known_is_told_with_the_verdict(
    incident: Incident, people: dict[str, User], django_capture_on_commit_callbacks: Any
) -> None:
    from tests.web.conftest import begun, tell

    reported(people["responder"])
    assert changes(incident) == []
    with django_capture_on_commit_callbacks(execute=True):
        tell(begun(incident, people["responder"]), story.run_events())
    assert [one["source"] for one in changes(incident)] == ["ansible"]


def test_a_resolved_incident_hears_of_changes_for_one_more_day(
    judged_run: Run, people: dict[str, User], monkeypatch: pytest.MonkeyPatch
) -> None:
    incident_actions.change_state(people["responder"], judged_run.incident, "resolved")
    later = timezone.now() + timedelta(days=3)
    monkeypatch.setattr(timezone, "now", lambda: later)
    reported(people["responder"], at=later - timedelta(days=2, hours=1))
    assert len(changes(judged_run.incident)) == 1
    reported(people["responder"], at=later - timedelta(hours=1))
    assert len(changes(judged_run.incident)) == 1


def test_what_is_reported_twice_is_kept_once(people: dict[str, User]) -> None:
    at = timezone.now()
    first, second = (
        actions.report_change(people["responder"], "ci", "r1", "reload", at=at) for _ in range(2)
    )
    assert (first[1], second) == (True, (first[0], False))


# --- how long before the first failure ----------------------------------------------------------


def test_the_page_says_how_long_before_the_first_failure_that_was_seen(
    browse: Callable[[str], Client], judged_run: Run, people: dict[str, User]
) -> None:
    failed = timezone.now() - timedelta(minutes=20)
    failing_at(judged_run, failed)
    reported(people["responder"], at=failed - timedelta(minutes=6))
    page = browse("viewer").get(f"/incidents/{judged_run.incident_id}").content.decode()
    assert (
        "<b>fw-b</b> changed <b>6 minutes</b> before the first failed attempt that was seen" in page
    )
    assert "does not make it the cause" in page


def test_without_a_failed_attempt_the_opening_is_named(
    judged_run: Run, people: dict[str, User]
) -> None:
    opened = judged_run.incident.opened_at
    reported(people["responder"], at=opened - timedelta(hours=2))
    found = near(judged_run.incident, fault.runs_of(judged_run.incident))
    assert [one.earlier for one in found.before] == ["2 hours"]
    assert found.known_by == "this incident was opened"


def test_the_start_that_a_person_wrote_down_stands(judged_run: Run) -> None:
    incident = judged_run.incident
    failing_at(judged_run, incident.opened_at - timedelta(hours=3))
    incident.started_at = incident.opened_at - timedelta(hours=1)
    assert first_failure(incident).at == incident.started_at


def test_our_own_attempts_and_those_that_worked_are_no_failure(judged_run: Run) -> None:
    early = datetime(2026, 1, 1, tzinfo=UTC).timestamp()
    findings = evidence_rows.unpack_findings(judged_run.packed_findings)
    attempts = (
        Attempt(story.FLOW, ConnState.NO_ANSWER, started=early, ours=True),
        Attempt(story.FLOW, ConnState.WORKED, started=early),
    )
    packed = evidence_rows.pack_findings(dataclasses.replace(findings, attempts=attempts))
    Run.objects.filter(pk=judged_run.pk).update(packed_findings=packed, ended_at=timezone.now())
    assert first_failure(judged_run.incident).at == judged_run.incident.opened_at


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0 seconds"), (61, "1 minute"), (7300, "2 hours"), (86_400, "1 day")],
)
def test_lengths_of_time_in_words(seconds: float, words: str) -> None:
    assert how_long(timedelta(seconds=seconds)) == words


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "https://", "ftp://x/", "https://x/ y", "http://[", "//x"]
)
def test_only_addresses_of_the_web_become_links(url: str) -> None:
    assert web_link(url) == ""
    assert web_link(" https://git.example.org/1?a=b ") == "https://git.example.org/1?a=b"


def test_a_claim_race_has_one_winner(judged_run: Run, people: dict[str, User]) -> None:
    """The database refuses a second row, whatever the code has looked at before."""
    from django.db import IntegrityError

    actions.claim_fix(people["responder"], judged_run, 1)
    with pytest.raises(IntegrityError), transaction.atomic():
        ManualChange.objects.create(
            incident=judged_run.incident,
            run=judged_run,
            fix=1,
            by=people["admin"],
            claimed_at=timezone.now(),
        )
