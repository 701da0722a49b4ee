"""What the palette offers: only what this person may see."""

from __future__ import annotations

from collections.abc import Callable

from django.test import Client

from workbench.incidents.models import Incident, Run

Browse = Callable[[str], Client]


def test_devices_runs_and_incidents_of_the_page(browse: Browse, judged_run: Run) -> None:
    found = browse("viewer").get(f"/palette?incident={judged_run.incident_id}").json()
    assert [one["hop"] for one in found["devices"]] == sorted(
        ["app01", "db01", "fw-a", "fw-b", "r1", "r3"]
    )
    assert found["runs"][0]["url"] == f"/incidents/{judged_run.incident_id}?run=1"
    assert found["incidents"][0]["words"] == f"#{judged_run.incident_id} checkout <b>fails</b>"


def test_without_an_incident_there_are_only_incidents(browse: Browse, judged_run: Run) -> None:
    found = browse("viewer").get("/palette").json()
    assert len(found["incidents"]) == 1
    assert found["runs"] == found["devices"] == []


def test_a_restricted_incident_is_in_no_list(browse: Browse, judged_run: Run) -> None:
    Incident.objects.update(restricted=True)
    assert browse("viewer").get("/palette").json()["incidents"] == []
    assert browse("viewer").get(f"/palette?incident={judged_run.incident_id}").status_code == 404


def test_an_incident_without_a_run(browse: Browse, incident: Incident) -> None:
    found = browse("viewer").get(f"/palette?incident={incident.pk}").json()
    assert found["runs"] == found["devices"] == []
