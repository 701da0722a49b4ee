"""The head of an incident by JSON."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.api.test_api import Program
from workbench.incidents import actions
from workbench.incidents.models import Incident

pytestmark = pytest.mark.django_db


def patch(program: Program, address: str, **fields: Any) -> Any:
    return program._client.patch(
        f"/api/{address}",
        json.dumps(fields),
        content_type="application/json",
        headers={"Authorization": f"Bearer {program._token}"},
    )


def test_fields_are_changed_and_read(incident: Incident, responder: Any, viewer: Any) -> None:
    rita, address = Program(responder), f"incidents/{incident.pk}/head"
    fields = {"severity": 2, "tags": ["vpn", "fra1"], "links": ["https://a.example/1"]}
    answer = patch(rita, address, **fields, commander="rita", why="as agreed").json()
    assert (answer["last"], answer["severity"]) == (5, "2")
    read = Program(viewer).get(address).json()
    assert (read["severity"], read["tags"], read["commander"]) == ("2", "vpn fra1", "rita")
    shown = Program(viewer).get(f"incidents/{incident.pk}").json()
    assert (shown["severity"], shown["tags"]) == (2, ["vpn", "fra1"])
    assert patch(Program(viewer), address, severity=1).status_code == 403
    assert patch(rita, address, severity=None).json()["severity"] == ""


def test_a_clash_names_both_values(incident: Incident, responder: Any) -> None:
    rita, address = Program(responder), f"incidents/{incident.pk}/head"
    actions.change_head(responder, incident, {"severity": "3"})
    answer = patch(rita, address, severity=1, was={"severity": 2})
    assert answer.status_code == 409
    clash = {"field": "severity", "was": "2", "now": "3", "yours": "1"}
    assert answer.json()["clashes"] == [clash]
    assert patch(rita, address, severity=1, was={"severity": 3}).status_code == 200


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"colour": "red"}, 400),
        ({"severity": True}, 400),
        ({"severity": {"a": 1}}, 400),
        ({"was": [1]}, 400),
        ({"severity": 9}, 409),
        ({"links": ["ftp://a.example"]}, 409),
        ({"started": "when it broke"}, 409),
    ],
)
def test_what_cannot_be_read_is_refused(
    incident: Incident, responder: Any, fields: dict[str, Any], status: int
) -> None:
    answer = patch(Program(responder), f"incidents/{incident.pk}/head", **fields)
    assert (answer.status_code, set(answer.json())) == (
        status,
        {"error"} | ({"fields"} if status == 400 else set()),
    )
