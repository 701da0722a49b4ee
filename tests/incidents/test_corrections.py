"""A note is corrected by its author or an administrator; what it said before stays readable."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from tests.incidents.conftest import person
from workbench.incidents import actions, queries
from workbench.incidents.actions import ActionRefused
from workbench.incidents.models import Event, Incident
from workbench.incidents.roles import NotAllowed
from workbench.incidents.search.asked import asked
from workbench.incidents.search.find import find
from workbench.incidents.timeline_pages import TimelineFilter, timeline_page
from workbench.web.presenters.timeline import line

pytestmark = pytest.mark.django_db


@pytest.fixture
def note(incident: Incident, responder: Any) -> Event:
    return actions.add_note(responder, incident, "fw-a drops it, see 198.51.100.7")


def shown(incident: Incident, seq: int) -> Any:
    return line(queries.timeline(incident).get(seq=seq))


def test_the_note_says_what_its_newest_correction_says_and_what_it_was(
    incident: Incident, responder: Any, note: Event
) -> None:
    first = actions.correct_note(responder, incident, note.seq, "fw-b drops it")
    assert first.payload["corrects"] == note.seq and first.payload["was"] == note.payload["text"]
    second = actions.correct_note(responder, incident, first.seq, "fw-c drops it")
    assert (second.payload["note"], second.payload["corrects"]) == (note.seq, first.seq)
    now = shown(incident, note.seq)
    assert now.body == "fw-c drops it" and now.corrected_by == "rita"
    assert now.was == ("fw-b drops it", "fw-a drops it, see 198.51.100.7")
    assert Event.objects.get(pk=note.pk).payload["text"].startswith("fw-a"), "the record stays"


def test_only_the_author_and_administrators_correct(
    incident: Incident, note: Event, viewer: Any
) -> None:
    with pytest.raises(NotAllowed):
        actions.correct_note(viewer, incident, note.seq, "no")
    other = person("riley", "responder")
    with pytest.raises(NotAllowed, match="author"):
        actions.correct_note(other, incident, note.seq, "no")
    other.is_staff = True
    assert actions.correct_note(other, incident, note.seq, "fw-b").actor_name == "riley"


def test_who_started_from_an_older_text_does_not_write_over_a_newer_one(
    incident: Incident, responder: Any, note: Event
) -> None:
    actions.correct_note(responder, incident, note.seq, "one", read=note.seq)
    with pytest.raises(ActionRefused, match="meanwhile"):
        actions.correct_note(responder, incident, note.seq, "two", read=note.seq)


@pytest.mark.parametrize("text", ["", "   "])
def test_a_correction_says_something(
    incident: Incident, responder: Any, note: Event, text: str
) -> None:
    with pytest.raises(ActionRefused):
        actions.correct_note(responder, incident, note.seq, text)


def test_what_is_no_note_or_says_that_already_is_not_corrected(
    incident: Incident, responder: Any, note: Event
) -> None:
    with pytest.raises(ActionRefused, match="no note"):
        actions.correct_note(responder, incident, 1, "x")
    with pytest.raises(ActionRefused, match="already"):
        actions.correct_note(responder, incident, note.seq, note.payload["text"])


def test_sent_twice_is_one_correction(incident: Incident, responder: Any, note: Event) -> None:
    sent = [
        actions.correct_note(responder, incident, note.seq, "fw-b", client_id="c1").seq
        for _ in range(2)
    ]
    assert sent[0] == sent[1]


def test_the_own_time_follows_and_the_timeline_is_in_its_order(
    incident: Incident, responder: Any, note: Event
) -> None:
    then = timezone.now() - timedelta(minutes=50)
    actions.correct_note(responder, incident, note.seq, f"{then:%H:%M} fw-b")
    assert shown(incident, note.seq).at == then.replace(second=0, microsecond=0)
    assert queries.timeline(incident).first().seq == note.seq  # type: ignore[union-attr]
    actions.correct_note(responder, incident, note.seq, "fw-c, at the same time")
    assert shown(incident, note.seq).at == then.replace(second=0, microsecond=0)


def test_search_and_filter_follow_the_newest_text(
    incident: Incident, responder: Any, note: Event
) -> None:
    actions.correct_note(responder, incident, note.seq, "gremlins in 203.0.113.77")
    for query, there in (("gremlins", 1), ("drops", 0), ("203.0.113.77", 1), ("198.51.100.7", 0)):
        assert find(responder, asked(query, timezone.now())).count() == there, query
    for words, seqs in (("gremlins", {note.seq}), ("fw-a", set())):
        page = timeline_page(incident, wanted=TimelineFilter(words=words))
        assert {event.seq for event in page.events} == seqs


def test_pins_and_mentions_follow_the_newest_text(
    incident: Incident, responder: Any, note: Event
) -> None:
    person("riley", "responder")
    actions.pin(responder, incident, note.seq)
    event = actions.correct_note(responder, incident, note.seq, "fw-b, @riley")
    assert event.payload["mentions_added"] == ["riley"]
    again = actions.correct_note(responder, incident, note.seq, "fw-c, @riley")
    assert "mentions_added" not in again.payload and again.payload["mentions"] == ["riley"]
    assert [line(one).body for one in queries.pinned(incident)] == ["fw-c, @riley"]


def test_the_postmortem_shows_the_newest_with_a_mark(
    incident: Incident, responder: Any, note: Event
) -> None:
    from workbench.web.presenters.postmortem import record

    actions.correct_note(responder, incident, note.seq, "fw-b drops it")
    told = next(one for one in record(incident).timeline if one.seq == note.seq)
    assert told.body == "fw-b drops it" and "corrected by rita" in told.text
