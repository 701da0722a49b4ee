"""Folded parts: the page has their lines, their content comes to who opens them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from django.contrib.auth.models import User
from django.test import Client

from tests.web import story
from tests.web.conftest import begun, tell
from workbench.incidents import actions
from workbench.incidents.models import Event, Incident, Run
from workbench.web import parts
from workbench.web.folded import ON_OPENING, opened_parts
from workbench.web.presenters import timeline

Browse = Callable[[str], Client]
SCRIPT = {"X-Requested-With": "bothways"}
REASON = "What would decide it"  # stands among the reasons only


def _part(client: Client, incident: Incident, name: str, query: str = "") -> dict[str, str]:
    answer = client.get(f"/incidents/{incident.pk}/parts/{name}{query}", headers=SCRIPT).json()
    assert answer["upto"] == Event.objects.filter(incident=incident).count()
    found: dict[str, str] = answer["parts"]
    return found


def test_the_page_has_the_line_and_a_link_to_the_content(browse: Browse, judged_run: Run) -> None:
    page = browse("viewer").get(f"/incidents/{judged_run.incident_id}").content.decode()
    assert "3 for, 1 against" in page
    assert REASON not in page
    assert f'href="/incidents/{judged_run.incident_id}/parts/why"' in page


@pytest.mark.parametrize("name", ON_OPENING)
def test_each_part_comes_by_itself(browse: Browse, judged_run: Run, name: str) -> None:
    found = _part(browse("viewer"), judged_run.incident, name)
    assert set(found) <= {name, f"{name}-line"}
    assert found[name].strip() or name in ("spread", "moves")  # this run has neither


def test_without_scripts_a_part_is_a_page(browse: Browse, judged_run: Run) -> None:
    page = browse("responder").get(f"/incidents/{judged_run.incident_id}/parts/why")
    assert page["Content-Type"].startswith("text/html")
    assert REASON in page.content.decode()
    assert f"/incidents/{judged_run.incident_id}#why" in page.content.decode()


def test_only_parts_that_are_folded_have_an_address(browse: Browse, judged_run: Run) -> None:
    for name in ("verdict", "event", "x"):
        answer = browse("viewer").get(f"/incidents/{judged_run.incident_id}/parts/{name}")
        assert answer.status_code == 404


def test_a_part_of_an_incident_that_is_not_for_somebody(browse: Browse, judged_run: Run) -> None:
    address = f"/incidents/{judged_run.incident_id}/parts/why"
    assert browse("nobody").get(address).status_code == 404
    Incident.objects.filter(pk=judged_run.incident_id).update(restricted=True)
    assert browse("viewer").get(address, headers=SCRIPT).status_code == 404


def test_a_pinned_run_has_its_own_parts(browse: Browse, judged_run: Run) -> None:
    begun(judged_run.incident, judged_run.requested_by)  # type: ignore[arg-type]
    client, incident = browse("viewer"), judged_run.incident
    page = client.get(f"/incidents/{incident.pk}?run=1").content.decode()
    assert f"/incidents/{incident.pk}/parts/progress?run=1" in page
    assert "by 6 devices" in _part(client, incident, "progress", "?run=1")["progress-line"]
    assert "by 6 devices" not in _part(client, incident, "progress")["progress-line"]


def test_the_feed_brings_what_was_opened_and_of_the_rest_the_lines(
    browse: Browse, incident: Incident
) -> None:
    tell(begun(incident, incident.opened_by), story.run_events())  # type: ignore[arg-type]
    client = browse("viewer")
    closed = client.get(f"/incidents/{incident.pk}/feed?after=3").json()["parts"]
    assert not set(closed) & set(ON_OPENING)
    assert {"why-line", "progress-line", "verdict"} <= set(closed)
    opened = client.get(f"/incidents/{incident.pk}/feed?after=3&opened=why,x").json()["parts"]
    assert set(opened) - set(closed) == {"why"}
    assert REASON in opened["why"]


def test_what_somebody_may_press_comes_only_to_who_may(browse: Browse, judged_run: Run) -> None:
    """The first to ask makes the part for all of the same rights only."""
    assert "data-send" in _part(browse("responder"), judged_run.incident, "runs")["runs"]
    assert "data-send" not in _part(browse("viewer"), judged_run.incident, "runs")["runs"]


def test_names_from_an_address_are_bounded() -> None:
    assert opened_parts("runs,why,why,verdict,") == {"runs", "why"}
    assert opened_parts("x" * 199 + ",why") == frozenset()


def test_a_line_is_drawn_once_until_it_says_something_else(
    browse: Browse, incident: Incident, people: dict[str, User]
) -> None:
    note = actions.add_note(people["responder"], incident, "the carrier works on it")
    address = f"/incidents/{incident.pk}"
    assert "the carrier works on it" in browse("viewer").get(address).content.decode()
    drawn = parts.event_row.cache_info().misses
    browse("responder").get(address)
    assert parts.event_row.cache_info().misses == drawn
    corrected = replace(timeline.line(note), html="<p>the carrier is done</p>")
    assert "the carrier is done" in parts.event_row(corrected)
