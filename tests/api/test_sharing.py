"""Programs share as people do."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from tests.api.test_api import Program
from workbench.incidents.models import Incident

pytestmark = pytest.mark.django_db


def test_a_link_is_made_listed_and_revoked(incident: Incident, responder: Any) -> None:
    rita, at = Program(responder), f"incidents/{incident.pk}/shares"
    made = rita.post(at, label="the provider", devices="letters")
    assert made.status_code == 201 and made.json()["valid"]
    path = made.json()["url"].removeprefix("http://testserver")
    assert Client().get(path).status_code == 200
    (listed,) = rita.get(at).json()["shares"]
    assert (listed["opened"], "url" in listed) == (1, False)
    revoked = rita.post(f"{at}/{listed['id']}/revoke")
    assert revoked.status_code == 200 and not revoked.json()["valid"]
    assert Client().get(path).status_code == 404


def test_what_is_no_link_is_refused(incident: Incident, responder: Any, viewer: Any) -> None:
    at = f"incidents/{incident.pk}/shares"
    assert Program(responder).post(at, label="x", days=91).status_code == 400
    assert Program(responder).post(at, label=" ").status_code == 409
    assert Program(viewer).post(at, label="x").status_code == 403
    assert Program(responder).post(f"{at}/7/revoke").status_code == 404
