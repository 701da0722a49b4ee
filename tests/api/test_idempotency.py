"""What is sent twice with one key is done once."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.db.models import F
from django.test import Client

from tests.incidents.conftest import FLOW
from workbench.api.models import ApiToken, SentRequest
from workbench.incidents.models import Event, Incident

pytestmark = pytest.mark.django_db


def post(token: str, address: str, key: str, **fields: Any) -> Any:
    return Client().post(
        f"/api/{address}",
        json.dumps(fields),
        content_type="application/json",
        headers={"Authorization": f"Bearer {token}", "Idempotency-Key": key},
    )


@pytest.fixture
def token(responder: Any) -> str:
    return ApiToken.issue(responder, "ci")


def test_the_second_answer_is_the_first_one(token: str) -> None:
    first = post(token, "incidents", "k1", flow=str(FLOW), run=True)
    second = post(token, "incidents", "k1", flow=str(FLOW), run=True)
    assert (first.status_code, second.status_code) == (201, 201)
    assert second.json() == first.json() and Incident.objects.count() == 1
    assert second.headers["Idempotent-Replayed"] == "true"
    assert second.headers["Content-Type"] == first.headers["Content-Type"]


def test_another_request_with_the_same_key_is_refused(token: str, incident: Incident) -> None:
    address = f"incidents/{incident.pk}/notes"
    assert post(token, address, "k1", text="a").status_code == 201
    assert post(token, address, "k1", text="b").status_code == 422
    assert post(token, f"incidents/{incident.pk}/runs", "k1").status_code == 422
    assert Event.objects.filter(kind="note").count() == 1


def test_each_token_has_keys_of_its_own(token: str, responder: Any, incident: Incident) -> None:
    other = ApiToken.issue(responder, "another program")
    for one in (token, other):
        assert post(one, f"incidents/{incident.pk}/notes", "k1", text="a").status_code == 201
    assert Event.objects.filter(kind="note").count() == 2


def test_a_refusal_may_be_tried_again(token: str, incident: Incident) -> None:
    address = f"incidents/{incident.pk}/change-state"
    assert post(token, address, "k1", state="open").status_code == 409
    assert not SentRequest.objects.exists()
    Incident.objects.update(state="resolved")
    assert post(token, address, "k1", state="open").status_code == 200


def test_an_old_key_is_forgotten(token: str, incident: Incident) -> None:
    address = f"incidents/{incident.pk}/notes"
    post(token, address, "k1", text="a")
    SentRequest.objects.update(made_at=F("made_at") - timedelta(days=8))
    post(token, address, "k2", text="b")
    assert list(SentRequest.objects.values_list("key", flat=True)) == ["k2"]


@pytest.mark.parametrize("key", ["x" * 201, "a\tb"])
def test_a_key_is_short_and_printable(token: str, incident: Incident, key: str) -> None:
    assert post(token, f"incidents/{incident.pk}/notes", key, text="a").status_code == 400
