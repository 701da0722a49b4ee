"""What people write is kept once, at the time that they mean, and can be taken back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from collectors.model.evidence import Evidence, Query, Question, Status
from tests.incidents.test_fault import ended
from workbench.incidents import actions, fault
from workbench.incidents.actions import ActionRefused
from workbench.incidents.models import Event, Incident

pytestmark = pytest.mark.django_db


def test_a_note_that_is_sent_twice_is_one_note(incident: Incident, responder: Any) -> None:
    first = actions.add_note(responder, incident, "rolled back", client_id="tab-1")
    again = actions.add_note(responder, incident, "rolled back", client_id="tab-1")
    other = actions.add_note(responder, incident, "rolled back", client_id="tab-2")
    assert (again.pk, other.pk != first.pk) == (first.pk, True)
    assert Event.objects.filter(incident=incident, kind="note").count() == 2
    incident.refresh_from_db()
    assert incident.last_seq == other.seq


def test_the_same_id_in_another_incident_is_another_note(
    incident: Incident, responder: Any
) -> None:
    actions.add_note(responder, incident, "here", client_id="tab-1")
    other = actions.open_incident(responder, incident.flow)
    assert actions.add_note(responder, other, "there", client_id="tab-1").incident_id == other.pk


def test_a_note_may_be_about_an_earlier_time_but_not_about_a_later_one(
    incident: Incident, responder: Any
) -> None:
    then = timezone.now() - timedelta(hours=3)
    note = actions.add_note(responder, incident, "first page", happened_at=then)
    assert note.happened_at == then < note.at
    with pytest.raises(ActionRefused, match="still to come"):
        soon = timezone.now() + timedelta(hours=1)
        actions.add_note(responder, incident, "later", happened_at=soon)


def test_a_change_of_the_state_names_its_time_and_its_proof(
    incident: Incident, responder: Any
) -> None:
    ended(incident, "broken")
    run = ended(incident, "healthy")
    then = timezone.now() - timedelta(minutes=9)
    actions.change_state(responder, incident, "resolved", "fixed", happened_at=then, proof=run)
    event = Event.objects.get(incident=incident, kind="state-changed")
    assert (event.happened_at, event.payload) == (
        then,
        {"why": "fixed", "proof": 2, "from": "open", "to": "resolved"},
    )
    assert fault.runs_of(incident).proof == run


def test_a_change_of_the_state_can_be_taken_back(incident: Incident, responder: Any) -> None:
    actions.change_state(responder, incident, "mitigated")
    changed = Event.objects.get(incident=incident, kind="state-changed")
    assert actions.undo_state(responder, incident, changed.seq).state == "open"
    last = Event.objects.filter(incident=incident).latest("seq")
    assert (last.payload["from"], last.payload["to"], last.payload["undoes"]) == (
        "mitigated",
        "open",
        changed.seq,
    )


def test_an_older_change_cannot_be_taken_back(incident: Incident, responder: Any) -> None:
    actions.change_state(responder, incident, "mitigated")
    old = Event.objects.get(incident=incident, kind="state-changed")
    actions.change_state(responder, incident, "resolved")
    with pytest.raises(ActionRefused, match="changed again"):
        actions.undo_state(responder, incident, old.seq)
    incident.refresh_from_db()
    assert incident.state == "resolved"


def test_an_output_that_is_sent_twice_is_kept_once(incident: Incident, responder: Any) -> None:
    query = Query("r1", Question.ROUTES)
    answer = Evidence("", query, Status.ANSWERED, stdout=b"default via 192.0.2.1 dev eth0")
    first = actions.paste(responder, incident, answer, client_id="form-1.0")
    again = actions.paste(responder, incident, answer, client_id="form-1.0")
    other = actions.paste(responder, incident, answer, client_id="form-1.1")
    assert (first.number, again.number, other.number) == (1, 1, 2)
    assert incident.pasted.count() == 2
