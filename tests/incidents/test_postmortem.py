"""A postmortem is written in versions: nobody's words are lost, and a review says what it saw."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import DatabaseError, connection, transaction

from tests.incidents.conftest import person
from workbench.incidents import actions, roles, written
from workbench.incidents.append_only import AppendOnly
from workbench.incidents.models import Event, Incident, SectionVersion


def save(by: User, incident: Incident, text: str, base: int = 0, **more: Any) -> SectionVersion:
    client_id = more.pop("client_id", "")
    record = more.pop("record", "the record says so")
    draft = actions.Draft("summary", text, base, record, **more)
    return actions.write_section(by, incident, draft, client_id=client_id)


def test_a_section_is_written_in_versions(responder: User, incident: Incident) -> None:
    save(responder, incident, "first")
    save(responder, incident, "second", base=1)
    now = written.section(incident, "summary")
    assert now.stands is not None
    assert (now.stands.text, now.number, now.beside) == ("second", 2, ())
    assert [one.text for one in written.versions(incident, "summary")] == ["second", "first"]


def test_it_is_an_event_with_section_version_and_state(responder: User, incident: Incident) -> None:
    save(responder, incident, "first")
    event = Event.objects.filter(incident=incident, kind="postmortem").get()
    assert event.payload == {"section": "summary", "version": 1, "state": "draft"}
    assert event.actor == responder


def test_two_who_write_at_once_both_keep_their_words(responder: User, incident: Incident) -> None:
    other = person("ori", "responder")
    save(responder, incident, "rita's")
    late = save(other, incident, "ori's")  # saw the record, not rita's version
    now = written.section(incident, "summary")
    assert late.beside
    assert now.stands is not None
    assert now.stands.text == "rita's"
    assert [one.text for one in now.beside] == ["ori's"]


def test_a_later_version_settles_what_stands_beside(responder: User, incident: Incident) -> None:
    save(responder, incident, "one")
    save(responder, incident, "two")
    save(responder, incident, "both", base=1, settles=(2, 99))
    now = written.section(incident, "summary")
    assert now.stands is not None
    assert (now.stands.text, now.beside, now.stands.settles) == ("both", (), [2])


def test_what_stands_beside_settles_nothing(responder: User, incident: Incident) -> None:
    save(responder, incident, "one")
    save(responder, incident, "two")
    save(responder, incident, "three", base=0, settles=(2,))
    assert [one.text for one in written.section(incident, "summary").beside] == ["two", "three"]


def test_a_section_can_be_given_back_to_the_record(responder: User, incident: Incident) -> None:
    save(responder, incident, "mine")
    save(responder, incident, "", base=1, follows=True)
    assert written.section(incident, "summary").follows
    assert written.versions(incident, "summary")[1].text == "mine"  # not lost


def test_what_a_page_sends_twice_is_one_version(responder: User, incident: Incident) -> None:
    one = save(responder, incident, "text", client_id="abc")
    again = save(responder, incident, "text", client_id="abc")
    assert one == again
    assert SectionVersion.objects.count() == 1


@pytest.mark.parametrize("section", ["pictures", "items", "nothing", "../x"])
def test_what_is_no_section_is_refused(responder: User, incident: Incident, section: str) -> None:
    with pytest.raises(actions.ActionRefused, match="no section"):
        actions.write_section(responder, incident, actions.Draft(section, "x", 0))


def test_an_empty_or_endless_section_is_refused(responder: User, incident: Incident) -> None:
    with pytest.raises(actions.ActionRefused, match="empty"):
        save(responder, incident, "  \n")
    with pytest.raises(actions.ActionRefused, match="at most"):
        save(responder, incident, "x" * 20_001)


def test_a_viewer_writes_nothing(viewer: User, incident: Incident) -> None:
    with pytest.raises(roles.NotAllowed):
        save(viewer, incident, "x")
    with pytest.raises(roles.NotAllowed):
        actions.review_postmortem(viewer, incident, 0, {})


def test_a_version_is_never_changed(responder: User, incident: Incident) -> None:
    version = save(responder, incident, "x")
    with pytest.raises(AppendOnly):
        version.save()
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE incidents_sectionversion SET text = 'y'")


def test_a_review_says_what_it_saw(responder: User, incident: Incident) -> None:
    save(responder, incident, "x")
    actions.review_postmortem(responder, incident, 1, {"summary": "x"})
    review = written.review(incident)
    assert (review.state, review.reviewed_by_name) == ("reviewed", "rita")
    assert review.reviewed_text == {"summary": "x"}


def test_an_edit_after_the_review_makes_it_a_draft_again(
    responder: User, incident: Incident
) -> None:
    actions.review_postmortem(responder, incident, 0, {})
    save(responder, incident, "x")
    assert written.review(incident).state == "draft"


def test_nobody_reviews_what_they_did_not_see(responder: User, incident: Incident) -> None:
    save(responder, incident, "x")
    with pytest.raises(actions.ActionRefused, match="read it again"):
        actions.review_postmortem(responder, incident, 0, {})


def test_a_postmortem_with_two_texts_cannot_be_reviewed(
    responder: User, incident: Incident
) -> None:
    save(responder, incident, "one")
    save(responder, incident, "two")
    with pytest.raises(actions.ActionRefused, match="two texts"):
        actions.review_postmortem(responder, incident, 2, {})
