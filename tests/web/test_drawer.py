"""Addresses of what the drawer shows: answers, devices and reasons can be linked to."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.test import Client

from tests.web import story
from tests.web.conftest import begun, tell
from workbench.incidents.models import Incident, Run

Browse = Callable[[str], Client]


def _drawer(client: Client, run: Run, query: str) -> str:
    return client.get(f"/incidents/{run.incident_id}/drawer?{query}").content.decode()


def test_an_answer_by_its_name_is_the_standing_runs(browse: Browse, judged_run: Run) -> None:
    shown = _drawer(browse("viewer"), judged_run, "e=e31")
    assert 'data-evidence="e31"' in shown and "tcpdump" in shown
    assert f"/incidents/{judged_run.incident_id}?run=1&amp;reason=e31" in shown


def test_a_device_has_an_address(browse: Browse, judged_run: Run) -> None:
    shown = _drawer(browse("viewer"), judged_run, "run=1&hop=fw-b")
    assert 'data-device="fw-b"' in shown and "What this rests on" in shown


def test_a_reason_is_worded_by_the_verdict_not_by_the_address(
    browse: Browse, judged_run: Run
) -> None:
    shown = _drawer(browse("viewer"), judged_run, "reason=e22,e32&text=Your+password+please")
    assert "fw-a holds SYN_SENT" in shown
    assert "password" not in shown


def test_an_answer_that_is_not_there_is_said_so(browse: Browse, judged_run: Run) -> None:
    shown = _drawer(browse("viewer"), judged_run, "e=e999")
    assert "There is no" in shown and "data-waits" not in shown


def test_while_the_run_goes_on_it_is_waited_for(
    browse: Browse, incident: Incident, people: dict[str, User]
) -> None:
    run = begun(incident, people["responder"])
    assert "data-waits" in _drawer(browse("viewer"), run, "e=e31")


def test_an_answer_has_its_own_link_and_can_be_quoted(browse: Browse, judged_run: Run) -> None:
    answer = browse("viewer").get(f"/incidents/{judged_run.incident_id}/runs/1/evidence/e31")
    shown = answer.content.decode()
    assert f"/incidents/{judged_run.incident_id}?run=1&amp;e=e31" in shown
    assert 'data-quote="run 1 e31"' in shown


@pytest.mark.parametrize("query", ["e=e31&run=7", "e=e31&run=1"])
def test_what_is_not_there_or_not_for_somebody(browse: Browse, judged_run: Run, query: str) -> None:
    who = "viewer" if "run=7" in query else "nobody"
    answer = browse(who).get(f"/incidents/{judged_run.incident_id}/drawer?{query}")
    assert answer.status_code in (403, 404)


def test_without_a_run_there_is_nothing_to_open(browse: Browse, incident: Incident) -> None:
    assert browse("viewer").get(f"/incidents/{incident.pk}/drawer?e=e1").status_code == 404


def test_the_feed_names_the_devices_that_answered(
    browse: Browse, incident: Incident, people: dict[str, User]
) -> None:
    run = begun(incident, people["responder"])
    after = Incident.objects.get(pk=incident.pk).last_seq
    tell(run, story.run_events()[:3])
    news = browse("viewer").get(f"/incidents/{incident.pk}/feed?after={after}").json()
    assert news["answered"] == ["app01"]
