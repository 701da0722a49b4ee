"""Flows on the page: the form reads lines as opening does, and verdicts about other flows say so."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.test import Client

from collectors.model.flow import Flow
from workbench.incidents import actions
from workbench.incidents.models import Incident, Run
from workbench.web import parts

Browse = Callable[[str], Client]
BY_SCRIPT = {"X-Requested-With": "bothways"}
TYPED = {"protocol": "tcp", "src": "192.0.2.99", "sport": "", "dst": "203.0.113.9", "dport": "8443"}
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def nothing_drawn() -> None:
    """Other tests have incidents of the same number."""
    parts.forget_lines()


def test_the_form_shows_the_flow_of_now_and_saves_what_is_typed(
    incident: Incident, browse: Browse
) -> None:
    address = f"/incidents/{incident.pk}/flows"
    form = browse("responder").get(address, headers=BY_SCRIPT).content.decode()
    assert str(incident.flow.src) in form and "corrects flow 1" in form
    sent = TYPED | {"number": "1", "why": "wrong client"}
    assert browse("responder").post(address, sent, headers=BY_SCRIPT).status_code == 200
    incident.refresh_from_db()
    assert str(incident.flow) == "tcp 192.0.2.99:* > 203.0.113.9:8443"
    wrong = browse("responder").post(address, sent | {"src": "x"}, headers=BY_SCRIPT)
    assert wrong.status_code == 409
    assert browse("viewer").post(address, sent, headers=BY_SCRIPT).status_code == 403


def test_a_line_of_the_own_flow_names_no_incident_on_it(incident: Incident, browse: Browse) -> None:
    line = {"line": str(incident.flow)}
    assert "is open" in browse("viewer").post("/incidents/recognise", line).content.decode()
    own = line | {"incident": str(incident.pk)}
    assert "is open" not in browse("viewer").post("/incidents/recognise", own).content.decode()


def test_a_verdict_about_an_earlier_flow_is_not_shown_as_of_this_one(
    judged_run: Run, people: dict[str, User], browse: Browse
) -> None:
    incident = judged_run.incident
    before = browse("viewer").get(f"/incidents/{incident.pk}").content.decode()
    assert "says nothing about this one" not in before
    actions.change_flow(people["responder"], incident, Flow.build(**TYPED), "wrong client")
    page = browse("viewer").get(f"/incidents/{incident.pk}").content.decode()
    assert "says nothing about this one" in page and "Not looked at yet" in page
    pinned = browse("viewer").get(f"/incidents/{incident.pk}?run=1").content.decode()
    assert "is about an earlier flow, corrected since" in pinned
    postmortem = browse("viewer").get(f"/incidents/{incident.pk}/postmortem.md").content.decode()
    assert "Root cause" in postmortem and "none found" in postmortem
    assert "wrong client" in postmortem


def test_a_further_flow_has_its_line_and_its_run(
    judged_run: Run, people: dict[str, User], browse: Browse
) -> None:
    incident = judged_run.incident
    assert 'class="flows' not in browse("viewer").get(f"/incidents/{incident.pk}").content.decode()
    actions.add_flow(people["responder"], incident, Flow.build(**TYPED), "another client")
    page = browse("responder").get(f"/incidents/{incident.pk}").content.decode()
    assert "another client" in page and "not looked at" in page
    browse("responder").post(f"/incidents/{incident.pk}/runs", {"flow": "2"})
    assert Run.objects.get(incident=incident, number=2).flow == Flow.build(**TYPED)
