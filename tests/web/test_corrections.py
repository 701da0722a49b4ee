"""Correcting and redacting on the page: who is offered it, and what other viewers get."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.test import Client

from tests.incidents.test_images import png
from workbench.incidents import actions
from workbench.incidents.models import Incident
from workbench.web import parts

Browse = Callable[[str], Client]
BY_SCRIPT = {"X-Requested-With": "bothways"}
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def nothing_drawn() -> None:
    """Other tests have incidents of the same number."""
    parts.forget_lines()


@pytest.fixture
def note(incident: Incident, people: dict[str, User]) -> int:
    return actions.add_note(people["responder"], incident, "the password is <b>hunter2</b>").seq


def address(incident: Incident, note: int) -> str:
    return f"/incidents/{incident.pk}/notes/{note}/correct"


def test_a_correction_reaches_pages_that_have_the_old_line(
    incident: Incident, browse: Browse, note: int
) -> None:
    browse("responder").post(address(incident, note), {"text": "it <i>was</i>"}, headers=BY_SCRIPT)
    feed = browse("viewer").get(f"/incidents/{incident.pk}/feed?after={note}").json()
    assert [one["seq"] for one in feed["changed"]] == [note]
    html = feed["changed"][0]["html"]
    assert "it &lt;i&gt;was&lt;/i&gt;" in html and "corrected by" in html
    assert "the password is &lt;b&gt;hunter2&lt;/b&gt;" in html, "what it was, escaped"


def test_the_form_is_for_the_author_and_administrators(
    incident: Incident, browse: Browse, note: int
) -> None:
    for role, offered in (("responder", True), ("admin", True), ("viewer", False)):
        page = browse(role).get(address(incident, note), headers=BY_SCRIPT).content.decode()
        assert ("<form" in page) is offered
        assert ("redact" in page.lower()) is (role == "admin")
    assert browse("viewer").post(address(incident, note), {"text": "x"}).status_code == 403
    assert browse("responder").get(address(incident, 1)).status_code == 404


def test_a_redaction_takes_the_words_from_pages_and_memory(
    incident: Incident,
    browse: Browse,
    note: int,
    django_capture_on_commit_callbacks: Callable[..., object],
) -> None:
    page = f"/incidents/{incident.pk}"
    assert "hunter2" in browse("viewer").get(page).content.decode()
    redact = {"what": f"n{note}", "why": "a password", "secret": "hunter2"}
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[attr-defined]
        assert browse("admin").post(f"{page}/redact", redact).status_code == 302
    assert parts.event_row.cache_info().currsize == 0
    feed = browse("viewer").get(f"{page}/feed?after={note}").json()
    assert note in [one["seq"] for one in feed["changed"]]
    for shown in (page, f"{page}/feed?after=0", f"{page}/postmortem", f"{page}/postmortem.html"):
        assert "hunter2" not in browse("admin").get(shown).content.decode(), shown
    assert "a password" in browse("viewer").get(page).content.decode()


@pytest.mark.parametrize("role, status", [("viewer", 403), ("responder", 403), ("nobody", 404)])
def test_nobody_else_redacts(
    incident: Incident, browse: Browse, note: int, role: str, status: int
) -> None:
    for method in ("get", "post"):
        act = getattr(browse(role), method)
        assert act(f"/incidents/{incident.pk}/redact", {"what": f"n{note}"}).status_code == status


def test_an_image_that_was_redacted_says_so(
    incident: Incident, browse: Browse, people: dict[str, User]
) -> None:
    actions.add_image(people["responder"], incident, png())
    actions.redact(people["admin"], incident, "image 1", "a badge")
    answer = browse("viewer").get(f"/incidents/{incident.pk}/images/1")
    assert answer.status_code == 410 and b"image redacted" in answer.content
    assert browse("viewer").get(f"/api/incidents/{incident.pk}/images/1").status_code == 410
