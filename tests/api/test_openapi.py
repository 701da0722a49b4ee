"""`/api/openapi.json` is a valid document, and answers are as it says."""

from __future__ import annotations

import re
from typing import Any

import jsonschema
import pytest
from openapi_spec_validator import validate

from tests.api.test_api import Program, learnt, rita, vera
from workbench.api.urls import api
from workbench.incidents import actions
from workbench.incidents.models import Run

__all__ = ["learnt", "rita", "vera"]
pytestmark = pytest.mark.django_db


@pytest.fixture
def document(rita: Program) -> dict[str, Any]:
    answer = rita.get("openapi.json")
    assert answer.status_code == 200
    found: dict[str, Any] = answer.json()
    return found


def test_the_document_is_valid(document: dict[str, Any]) -> None:
    validate(document)
    assert document["openapi"].startswith("3.1")


def test_it_tells_every_address_and_method(document: dict[str, Any]) -> None:
    patterns = {
        re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", f"/api/{pattern.pattern}")
        for pattern in api.urls[0]
        if pattern.name not in ("api-root", "openapi-json")
    }
    assert patterns == set(document["paths"])
    assert set(document["paths"]["/api/incidents"]) == {"get", "post"}


def test_every_operation_has_a_name_of_its_own_and_words(document: dict[str, Any]) -> None:
    operations = [one for methods in document["paths"].values() for one in methods.values()]
    assert len({one["operationId"] for one in operations}) == len(operations)
    assert [one["operationId"] for one in operations if not one.get("description")] == []
    assert all("default" in one["responses"] and one["security"] for one in operations)


def test_bodies_allow_no_other_fields_and_posts_take_a_key(document: dict[str, Any]) -> None:
    shapes = document["components"]["schemas"]
    assert shapes["NewIncident"]["additionalProperties"] is False
    assert "restricted" in shapes["NewIncident"]["properties"]
    post = document["paths"]["/api/incidents"]["post"]
    assert "Idempotency-Key" in [one["name"] for one in post["parameters"]]


def test_answers_are_as_the_document_says(
    rita: Program, learnt: Run, responder: Any, document: dict[str, Any]
) -> None:
    """Every GET that answers JSON, on an incident with a run, a note and a paste."""
    actions.add_note(responder, learnt.incident, "called the carrier")
    text = "192.0.2.1 dev eth0 lladdr 02:00:00:00:00:01 REACHABLE\n"
    rita.post(f"incidents/{learnt.incident_id}/pasted", device="fw-a", text=text)
    values = {
        "incident_id": learnt.incident_id,
        "number": 1,
        "other": 1,
        "device": "edge-fw-a",
        "section": "summary",
    }
    looked_at = 0
    for path, methods in document["paths"].items():
        content = methods.get("get", {}).get("responses", {}).get("200", {}).get("content")
        if not content:
            continue
        answer = rita.get(path.removeprefix("/api/").format(**values))
        assert answer.status_code == 200, (path, answer.content)
        _fits(answer.json(), content["application/json"]["schema"], document)
        looked_at += 1
    assert looked_at >= 12


def _fits(answer: Any, shape: dict[str, Any], document: dict[str, Any]) -> None:
    """Also that it has no field that the document does not name."""
    closed = {
        name: {"additionalProperties": False, **one} if "properties" in one else one
        for name, one in document["components"]["schemas"].items()
    }
    whole = {**shape, "components": {"schemas": closed}}
    jsonschema.Draft202012Validator(whole).validate(answer)
