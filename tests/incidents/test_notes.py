"""Notes that say when, for whom, and which lines people mark as important."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from tests.incidents.conftest import person
from workbench.incidents import actions, queries
from workbench.incidents.actions import ActionRefused
from workbench.incidents.models import Event, Incident
from workbench.incidents.roles import NotAllowed

pytestmark = pytest.mark.django_db


def test_a_note_that_begins_with_a_time_is_about_that_time(
    incident: Incident, responder: Any
) -> None:
    then = timezone.now() - timedelta(minutes=90)
    note = actions.add_note(responder, incident, f"{then:%H:%M} rolled back")
    assert note.payload["text"] == "rolled back"
    assert note.happened_at == then.replace(second=0, microsecond=0)


def test_what_lasted_has_an_end(incident: Incident, responder: Any) -> None:
    end = timezone.now().astimezone(UTC) - timedelta(minutes=30)
    begin = end - timedelta(minutes=15)
    note = actions.add_note(responder, incident, f"{begin:%H:%M}-{end:%H:%M} link down")
    until = datetime.fromisoformat(note.payload["until"])
    assert note.happened_at is not None
    assert until - note.happened_at == timedelta(minutes=15)


def test_what_lasted_does_not_end_before_it_begins(incident: Incident, responder: Any) -> None:
    now = timezone.now()
    with pytest.raises(ActionRefused, match="ends after it begins"):
        actions.add_note(
            responder, incident, "x", happened_at=now, until=now - timedelta(minutes=1)
        )


def test_a_note_names_the_people_whom_it_mentions(incident: Incident, responder: Any) -> None:
    person("riley", "responder")
    person("sam.b", "viewer")
    person("guest", "")
    text = f"@riley and @sam.b. please; not @guest, @nobody, mail@riley or @{responder.username}"
    note = actions.add_note(responder, incident, text)
    assert note.payload["mentions"] == ["riley", "sam.b"]


def test_who_may_not_see_the_incident_is_not_mentioned(responder: Any) -> None:
    from tests.incidents.conftest import FLOW

    person("riley", "responder")
    closed = actions.open_incident(responder, FLOW, restricted=True)
    assert "mentions" not in actions.add_note(responder, closed, "@riley look").payload


def test_a_pinned_line_stays_pinned_until_somebody_takes_the_pin_away(
    incident: Incident, responder: Any
) -> None:
    first, second = (actions.add_note(responder, incident, text) for text in ("one", "two"))
    actions.pin(responder, incident, second.seq)
    actions.pin(responder, incident, first.seq)
    assert [event.seq for event in queries.pinned(incident)] == [first.seq, second.seq]
    actions.unpin(responder, incident, second.seq)
    assert [event.seq for event in queries.pinned(incident)] == [first.seq]
    actions.pin(responder, incident, second.seq)
    assert queries.pinned_numbers(incident) == [first.seq, second.seq]


def test_a_pin_is_refused_for_what_is_no_line_of_this_timeline(
    incident: Incident, responder: Any
) -> None:
    note = actions.add_note(responder, incident, "one")
    pin = actions.pin(responder, incident, note.seq)
    other = actions.open_incident(responder, incident.flow)
    for there, seq in ((incident, 99), (incident, pin.seq), (other, note.seq + 1)):
        with pytest.raises(ActionRefused, match="there is no line"):
            actions.pin(responder, there, seq)
    with pytest.raises(ActionRefused, match="pinned already"):
        actions.pin(responder, incident, note.seq)


def test_a_viewer_pins_nothing(incident: Incident, responder: Any, viewer: Any) -> None:
    note = actions.add_note(responder, incident, "one")
    with pytest.raises(NotAllowed):
        actions.pin(viewer, incident, note.seq)
    assert not Event.objects.filter(kind=Event.Kind.PINNED).exists()
