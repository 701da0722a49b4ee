"""The checklist and the state boundaries on the page, in the record, the API and the postmortem."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from tests.web import story
from tests.web.conftest import begun, tell
from workbench.incidents import actions, checks, fault, roles
from workbench.incidents.models import Event, Incident, Run
from workbench.report.checklist.words import Mark, Row
from workbench.web.presenters.best_next import best_next
from workbench.web.presenters.next_steps import NextStep

pytestmark = pytest.mark.django_db
Browse = Callable[[str], Client]
People = dict[str, User]


def listed(incident: Incident) -> dict[int, Row]:
    incident.refresh_from_db()
    return {row.number: row for row in checks.checklist(incident, fault.runs_of(incident))}


def best(incident: Incident) -> NextStep:
    incident.refresh_from_db()
    found = best_next(incident, fault.runs_of(incident))
    assert found is not None
    return found


def test_a_run_ticks_the_points_that_it_answered(judged_run: Run) -> None:
    found = listed(judged_run.incident)
    assert found[2].state == "done by run 1" and found[2].evidence == ("e1",)
    assert found[7].mark is Mark.RUN
    assert found[9].finding.startswith("The members of edge do not share this session")
    assert found[6].mark is Mark.OPEN, "nobody was asked for settings"


def test_points_are_ticked_while_the_run_goes_on(incident: Incident, people: People) -> None:
    run = begun(incident, people["responder"])
    assert listed(incident)[2].mark is Mark.OPEN
    tell(run, story.run_events()[:13])
    assert listed(incident)[2].state == "done by run 1"
    assert listed(incident)[3].mark is Mark.OPEN, "the server's capture is not there yet"


def test_a_cancelled_run_keeps_what_it_had_answered(incident: Incident, people: People) -> None:
    run = begun(incident, people["responder"])
    tell(run, story.run_events()[:13])
    Run.objects.filter(pk=run.pk).update(state="cancelled")
    assert listed(incident)[2].mark is Mark.RUN


def test_a_person_skips_a_point_and_takes_it_back(incident: Incident, people: People) -> None:
    event = actions.check(people["responder"], incident, 10, "skipped", "no window tonight")
    assert listed(incident)[10].state == "skipped"
    actions.undo_check(people["responder"], incident, event.seq)
    assert listed(incident)[10].mark is Mark.OPEN
    with pytest.raises(actions.ActionRefused):
        actions.undo_check(people["responder"], incident, event.seq)
    kinds = Event.objects.filter(incident=incident, kind="check").count()
    assert kinds == 2, "nothing is erased"


def test_what_was_said_before_stands_again_after_an_undo(
    incident: Incident, people: People
) -> None:
    actions.check(people["responder"], incident, 12, "done", "alert on fw-b")
    newer = actions.check(people["responder"], incident, 12, "skipped", "not ours")
    actions.undo_check(people["responder"], incident, newer.seq)
    assert listed(incident)[12].finding == "alert on fw-b"


@pytest.mark.parametrize(
    ("row", "mark", "why"),
    [(10, "skipped", " "), (10, "done", ""), (13, "done", "x"), (1, "x", "y")],
)
def test_a_mark_without_words_or_of_no_point_is_refused(
    incident: Incident, people: People, row: int, mark: str, why: str
) -> None:
    with pytest.raises(actions.ActionRefused):
        actions.check(people["responder"], incident, row, mark, why)


def test_only_responders_mark(incident: Incident, people: People) -> None:
    with pytest.raises(roles.NotAllowed):
        actions.check(people["viewer"], incident, 10, "skipped", "x")
    event = actions.check(people["responder"], incident, 10, "skipped", "x")
    with pytest.raises(roles.NotAllowed):
        actions.undo_check(people["viewer"], incident, event.seq)


def test_a_mark_of_another_incident_is_not_taken_back(incident: Incident, people: People) -> None:
    other = actions.open_incident(people["responder"], story.FLOW)
    event = actions.check(people["responder"], incident, 10, "skipped", "x")
    with pytest.raises(actions.ActionRefused):
        actions.undo_check(people["responder"], other, event.seq)


def test_the_page_sends_marks_without_leaving(browse: Browse, incident: Incident) -> None:
    script = {"HTTP_X_REQUESTED_WITH": "bothways"}
    client = browse("responder")
    fields = {"row": "10", "is": "skipped", "why": "<script>alert(1)</script>"}
    assert client.post(reverse("check", args=[incident.pk]), fields, **script).status_code == 200  # type: ignore[arg-type]
    page = client.get(reverse("incident", args=[incident.pk])).content.decode()
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page and "<script>alert(1)" not in page
    refused = client.post(
        reverse("check", args=[incident.pk]), {"row": "10", "is": "done"}, **script
    )  # type: ignore[arg-type]
    assert refused.status_code == 409
    assert browse("viewer").post(reverse("check", args=[incident.pk]), fields).status_code == 403
    news = client.get(reverse("feed", args=[incident.pk]) + "?after=1").json()
    assert "skipped" in news["parts"]["checklist"]


# --- the one thing to do next ---


def test_the_next_thing_is_to_run_then_to_wait_then_to_fix(
    incident: Incident, people: People
) -> None:
    assert best(incident).text == "Start a run."
    run = begun(incident, people["responder"])
    assert best(incident).text == "Wait for run 1."
    tell(run, story.run_events())
    Run.objects.filter(pk=run.pk).update(state="done")
    fix = best(incident)
    assert fix.text.startswith("On r3:") and fix.why.startswith("Run 1: Replies return through")


def test_after_a_mitigation_the_next_thing_is_the_proof(judged_run: Run, people: People) -> None:
    incident = judged_run.incident
    actions.change_state(people["responder"], incident, "mitigated")
    assert best(incident).text == "Run again to prove the repair."


def healed(judged_run: Run, by: User) -> Run:
    again = begun(judged_run.incident, by)
    verdict: dict[str, Any] = {**(judged_run.verdict or {}), "verdict": "healthy"}
    verdict |= {"root_cause": "healthy_symmetric", "guilty_node": None, "fixes": []}
    fields = {"verdict": verdict, "verdict_final": True, "outcome": "healthy", "state": "done"}
    Run.objects.filter(pk=again.pk).update(picture=judged_run.picture, **fields)
    return again


def test_after_the_proof_the_next_thing_is_to_resolve_then_to_watch(
    judged_run: Run, people: People
) -> None:
    incident = judged_run.incident
    healed(judged_run, people["responder"])
    assert best(incident).text == "Resolve the incident."
    assert "run 2 works" not in listed(incident)[10].finding
    assert listed(incident)[10].finding.startswith("Partly: run 2 shows that the flow works")
    actions.change_state(people["responder"], incident, "resolved")
    assert listed(incident)[11].state == "done by hand"
    assert best(incident).text == "Put up what is to be watched."
    actions.check(people["responder"], incident, 12, "done", "alerts are up")
    assert best(incident).text == "Write the postmortem."


# --- the table, the list and the files ---


def test_the_table_stays_with_the_fault_after_the_repair(
    browse: Browse, judged_run: Run, people: People
) -> None:
    healed(judged_run, people["responder"])
    page = browse("viewer").get(reverse("incident", args=[judged_run.incident_id])).content.decode()
    assert "fw-a and fw-b expect to see both SYN and SYN-ACK" in page
    assert "from run 1" in page


def test_before_a_run_the_table_says_that_nothing_is_known(
    browse: Browse, incident: Incident
) -> None:
    page = browse("viewer").get(reverse("incident", args=[incident.pk])).content.decode()
    assert "No run has walked the paths yet." in page


@pytest.mark.parametrize("form", ["md", "html"])
def test_both_are_in_the_postmortem(browse: Browse, judged_run: Run, form: str) -> None:
    address = reverse("postmortem", args=[judged_run.incident_id, form])
    text = browse("viewer").get(address).content.decode()
    assert "Appendix: state boundaries" in text and "Appendix: checklist" in text
    assert "fw-a and fw-b expect to see both SYN and SYN" in text
    assert "done by run 1" in text


def test_the_list_over_all_incidents_and_its_files(browse: Browse, judged_run: Run) -> None:
    client = browse("viewer")
    page = client.get(reverse("boundaries")).content.decode()
    assert "fw-a" in page and "fw-b" in page
    one = client.get(reverse("boundaries"), {"device": "fw-b"}).content.decode()
    assert f"#{judged_run.incident_id} run 1" in one and "suspect" in one
    lines = client.get(reverse("boundaries-file", args=["csv"])).content.decode().splitlines()
    assert lines[0].startswith("device,owner,keeps") and len(lines) == 3
    rows = client.get(reverse("boundaries-file", args=["json"]), {"device": "fw-b"}).json()
    assert [row["direction"] for row in rows["boundaries"]] == ["reverse"]


@pytest.mark.parametrize("address", ["/boundaries", "/boundaries.csv", "/boundaries.json"])
def test_without_the_right_to_see_incidents_there_is_no_list(
    browse: Browse, judged_run: Run, address: str
) -> None:
    assert browse("nobody").get(address).status_code == 403


def test_the_api_lists_marks_and_takes_back(browse: Browse, judged_run: Run) -> None:
    client, pk = browse("responder"), judged_run.incident_id
    first = client.get(f"/api/incidents/{pk}/checks").json()["checks"]
    assert [one["row"] for one in first] == list(range(1, 13))
    body = {"row": 10, "mark": "skipped", "why": "no window"}
    sent = client.post(f"/api/incidents/{pk}/checks", body, "application/json")
    assert sent.status_code == 201
    undone = client.post(f"/api/incidents/{pk}/checks/{sent.json()['seq']}/undo")
    assert undone.status_code == 201
    table = client.get(f"/api/incidents/{pk}/boundaries").json()
    assert table["run"] == 1 and {one["device"] for one in table["boundaries"]} >= {"fw-a", "fw-b"}
    rows = client.get("/api/boundaries?device=fw-b").json()["boundaries"]
    assert [row["suspect"] for row in rows] == [True]


def test_the_api_shows_no_boundary_of_a_restricted_incident(
    browse: Browse, judged_run: Run
) -> None:
    Incident.objects.filter(pk=judged_run.incident_id).update(restricted=True)
    assert browse("viewer").get("/api/boundaries").json()["boundaries"] == []
    assert (
        browse("viewer").get(f"/api/incidents/{judged_run.incident_id}/boundaries").status_code
        == 404
    )
