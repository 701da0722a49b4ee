"""The tape: each answer a line, in the order in which they came, fetched in pieces."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from tests.web import story
from tests.web.conftest import begun, tell
from workbench.incidents import tape
from workbench.incidents.models import EvidenceRow, Incident, Run
from workbench.web import parts
from workbench.web.presenters.tape import tape_line
from workbench.web.views import tape as views

Browse = Callable[[str], Client]
SCRIPT = {"X-Requested-With": "bothways"}


@pytest.fixture(autouse=True)
def nothing_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test has a database of its own, with the same numbers."""
    monkeypatch.setattr(parts, "shared", parts.SharedParts())
    monkeypatch.setattr(views, "kept", views.KeptLines())


def _piece(client: Client, incident: Incident, query: str = "") -> dict[str, Any]:
    found: dict[str, Any] = client.get(
        f"/incidents/{incident.pk}/tape{query}", headers=SCRIPT
    ).json()
    return found


def test_the_lines_stand_in_the_order_of_the_answers(browse: Browse, judged_run: Run) -> None:
    piece = _piece(browse("viewer"), judged_run.incident)
    assert [line["id"] for line in piece["lines"]] == sorted(line["id"] for line in piece["lines"])
    assert len(piece["lines"]) == len(story.answers())
    assert piece["awaited"] == [] and piece["earlier"] == 0


def test_pieces_neither_repeat_nor_lose_a_line(
    browse: Browse, judged_run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tape, "PIECE", 10)
    client, incident = browse("viewer"), judged_run.incident
    newest = _piece(client, incident)
    assert newest["earlier"] == len(story.answers()) - 10
    earlier = _piece(client, incident, f"?before={newest['lines'][0]['id']}")
    ids = [line["id"] for line in [*earlier["lines"], *newest["lines"]]]
    first = earlier["lines"][0]["id"]
    again = [line["id"] for line in _piece(client, incident, f"?after={first - 1}")["lines"]]
    more = [line["id"] for line in _piece(client, incident, f"?after={again[-1]}")["lines"]]
    assert again + more == ids


def test_what_is_asked_and_not_answered_is_awaited(
    browse: Browse, incident: Incident, people: dict[str, User]
) -> None:
    run = begun(incident, people["responder"])
    tell(run, story.run_events()[:3])  # twelve questions, two answers
    awaited = _piece(browse("viewer"), incident)["awaited"]
    assert len(awaited) == 10
    assert {one["device"] for one in awaited} >= {"app01", "r1"}


def test_the_command_stands_without_what_is_around_it(judged_run: Run) -> None:
    row = EvidenceRow.objects.get(run=judged_run, evidence_id="e31")
    assert tape_line(row).command.startswith("tcpdump -i any")


def test_a_refusal_says_why_and_an_answer_what_it_means(judged_run: Run) -> None:
    lines = [tape_line(row) for row in EvidenceRow.objects.filter(run=judged_run)]
    said = {line.sentence for line in lines}
    assert "refused: sudo refused: a password is required" in said
    assert all(said)


def test_what_devices_print_stays_words(browse: Browse, judged_run: Run) -> None:
    EvidenceRow.objects.filter(evidence_id="e31").update(
        command="<script>alert(1)</script>\x1b[31m"
    )
    page = browse("viewer").get(f"/incidents/{judged_run.incident_id}/tape?after=0&run=1")
    assert "<script>alert" not in page.content.decode()
    assert "\x1b" not in page.content.decode()


def test_without_scripts_it_is_a_page(browse: Browse, judged_run: Run) -> None:
    page = browse("viewer").get(f"/incidents/{judged_run.incident_id}/tape").content.decode()
    assert "tcpdump -i any" in page and "<h1>Answers as they come</h1>" in page


def test_only_for_who_may_see_the_incident(browse: Browse, judged_run: Run) -> None:
    assert browse("nobody").get(f"/incidents/{judged_run.incident_id}/tape").status_code in (
        403,
        404,
    )
    assert (
        browse("viewer").get(f"/incidents/{judged_run.incident_id}/tape?run=9").status_code == 404
    )
