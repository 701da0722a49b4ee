"""What nobody declared is refused by its name, and every refusal is JSON."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from tests.api.test_api import Program, rita, vera
from tests.incidents.conftest import FLOW
from workbench.incidents import queries
from workbench.incidents.models import Incident

__all__ = ["rita", "vera"]
pytestmark = pytest.mark.django_db


def test_a_restricted_incident_is_restricted(rita: Program, vera: Program) -> None:
    opened = rita.post("incidents", flow=str(FLOW), restricted=True).json()
    assert opened["restricted"] is True and Incident.objects.get().restricted
    assert vera.get(f"incidents/{opened['id']}").status_code == 404


def test_an_unknown_field_is_refused_and_nothing_is_done(rita: Program) -> None:
    answer = rita.post("incidents", flow=str(FLOW), restrictd=True, titel="x")
    assert answer.status_code == 400 and answer.json()["fields"] == ["restrictd", "titel"]
    assert "'restrictd'" in answer.json()["error"] and not Incident.objects.exists()


@pytest.mark.parametrize(
    "address",
    [
        "incidents?stat=open",
        "commands?devices=fw-a",
        "metrics?x=1",
        "incidents/{pk}?run=1",
        "incidents/{pk}/state?after=1",
        "incidents/{pk}/events?since=1",
        "incidents/{pk}/runs?page=2",
        "incidents/{pk}/runs/1/evidence?status=answered",
    ],
)
def test_an_unknown_parameter_is_refused(rita: Program, run: Any, address: str) -> None:
    name = address.partition("?")[2].partition("=")[0]
    answer = rita.get(address.format(pk=run.incident_id))
    assert (answer.status_code, answer.json()["fields"]) == (400, [name])


def test_every_body_names_what_it_does_not_know(rita: Program, run: Any) -> None:
    of = f"incidents/{run.incident_id}"
    for address in ("notes", "change-state", "choose-runs", "runs", "pasted"):
        answer = rita.post(f"{of}/{address}", nonsense=1)
        assert (answer.status_code, "nonsense" in answer.json()["fields"]) == (400, True), address


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"restricted": "perhaps"}, "restricted"),
        ({"title": ["x"]}, "title"),
        ({"probes": "loud"}, "probes"),
        ({"run": {"a": 1}}, "run"),
    ],
)
def test_a_wrong_kind_of_value_is_refused(rita: Program, fields: Any, named: str) -> None:
    answer = rita.post("incidents", flow=str(FLOW), **fields)
    assert answer.status_code == 400 and named in answer.json()["error"]


def test_a_form_is_read_as_strictly_as_json(responder: Any, incident: Incident) -> None:
    client = Client()
    client.force_login(responder)
    address = f"/api/incidents/{incident.pk}/notes"
    assert client.post(address, {"text": "by form"}).status_code == 201
    assert client.post(address, {"text": "x", "txt": "y"}).json()["fields"] == ["txt"]


@pytest.mark.parametrize(
    ("method", "address", "status"),
    [
        ("get", "/api/nowhere", 404),
        ("get", "/api/incidents/1x", 404),
        ("get", "/api/incidents/99999999999999999999999", 404),
        ("delete", "/api/incidents", 405),
        ("put", "/api/inventory", 405),
        ("get", "/api/incidents/1/runs/1/evidence/e1/stdin", 404),
    ],
)
def test_what_is_not_there_is_said_in_json(
    responder: Any, method: str, address: str, status: int
) -> None:
    client = Client()
    client.force_login(responder)
    answer = getattr(client, method)(address)
    assert answer.status_code == status and answer.json()["error"]
    assert (status == 405) == ("Allow" in answer.headers)


def test_a_bug_is_said_in_json_and_not_shown(
    rita: Program, responder: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(*args: Any) -> None:
        raise RuntimeError("the secret is 42")

    monkeypatch.setattr(queries, "incidents", breaks)
    client = Client(raise_request_exception=False)
    client.force_login(responder)
    answer = client.get("/api/incidents")
    assert answer.status_code == 500 and "log" in answer.json()["error"]
    assert b"42" not in answer.content
