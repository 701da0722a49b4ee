"""Images and pins as the page sends them, and who may see an image."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tests.incidents.test_images import png
from workbench.incidents import actions, queries
from workbench.incidents.models import Image, Incident

Browse = Callable[[str], Client]
BY_SCRIPT = {"X-Requested-With": "bothways"}
pytestmark = pytest.mark.django_db


def upload(client: Client, incident: Incident, raw: bytes) -> object:
    file = SimpleUploadedFile("x.png", raw, content_type="text/html")
    address = f"/incidents/{incident.pk}/images"
    return client.post(address, {"image": file}, headers=BY_SCRIPT)


def test_a_pasted_image_gives_the_words_that_show_it(incident: Incident, browse: Browse) -> None:
    answer = upload(browse("responder"), incident, png())
    assert answer.json() == {"number": 1, "words": "![image](image:1)"}  # type: ignore[attr-defined]
    shown = browse("viewer").get(f"/incidents/{incident.pk}/images/1")
    assert shown["Content-Type"] == "image/png"
    assert shown["X-Content-Type-Options"] == "nosniff"
    assert shown.content.startswith(b"\x89PNG")


def test_what_is_no_image_is_refused_by_the_page(incident: Incident, browse: Browse) -> None:
    answer = upload(browse("responder"), incident, b"<script>")
    assert answer.status_code == 409  # type: ignore[attr-defined]
    assert "no PNG" in answer.json()["messages"][0]["text"]  # type: ignore[attr-defined]


def test_a_viewer_adds_no_image_and_pins_nothing(incident: Incident, browse: Browse) -> None:
    assert upload(browse("viewer"), incident, png()).status_code == 403  # type: ignore[attr-defined]
    pins = f"/incidents/{incident.pk}/pins"
    assert browse("viewer").post(pins, {"event": 1, "pinned": "yes"}).status_code == 403
    assert not Image.objects.exists() and not queries.pinned(incident)


def test_an_image_of_a_closed_incident_is_not_shown_to_others(
    people: dict[str, User], incident: Incident, browse: Browse
) -> None:
    closed = actions.open_incident(people["admin"], incident.flow, restricted=True)
    actions.add_image(people["admin"], closed, png())
    assert browse("admin").get(f"/incidents/{closed.pk}/images/1").status_code == 200
    for role in ("viewer", "responder", "nobody"):
        assert browse(role).get(f"/incidents/{closed.pk}/images/1").status_code == 404
    assert browse("admin").get(f"/incidents/{incident.pk}/images/1").status_code == 404


def test_a_line_is_pinned_and_unpinned(incident: Incident, browse: Browse) -> None:
    client, address = browse("responder"), f"/incidents/{incident.pk}/pins"
    client.post(address, {"event": 1, "pinned": "yes"}, headers=BY_SCRIPT)
    assert queries.pinned_numbers(incident) == [1]
    client.post(address, {"event": 1, "pinned": "no"}, headers=BY_SCRIPT)
    assert queries.pinned_numbers(incident) == []
