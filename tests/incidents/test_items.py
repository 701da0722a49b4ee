"""Action items: who does what until when, proposed for the cause, never lost between two people."""

from __future__ import annotations

from datetime import date

import pytest
from django.contrib.auth.models import User

from tests.incidents.conftest import person
from workbench.incidents import actions, roles, written
from workbench.incidents.actions import ItemFields
from workbench.incidents.models import ActionItem, Event, Incident


@pytest.fixture
def item(responder: User, incident: Incident) -> ActionItem:
    said = ItemFields(text="Pin the route", kind="prevent", owner="rita", due="2026-12-24")
    return actions.add_item(responder, incident, said)


def test_an_item_has_an_owner_a_date_and_a_kind(item: ActionItem) -> None:
    assert (item.number, item.owner_name, item.due) == (1, "rita", date(2026, 12, 24))
    event = Event.objects.get(kind="action-item")
    assert event.payload == {
        "item": 1, "text": "Pin the route", "kind": "prevent", "owner_name": "rita", "due": "2026-12-24",
    }  # fmt: skip


def test_each_change_is_an_event_with_what_changed(responder: User, item: ActionItem) -> None:
    actions.change_item(responder, item, ItemFields(state="done", text="Pin the route"))
    assert Event.objects.filter(kind="action-item").latest("seq").payload == {
        "item": 1,
        "state": "done",
    }


def test_nothing_changed_is_no_event(responder: User, item: ActionItem) -> None:
    actions.change_item(responder, item, ItemFields(text="Pin the route"))
    assert Event.objects.filter(kind="action-item").count() == 1


def test_dropping_needs_a_reason(responder: User, item: ActionItem) -> None:
    with pytest.raises(actions.ActionRefused, match="say why"):
        actions.change_item(responder, item, ItemFields(state="dropped"))
    actions.change_item(responder, item, ItemFields(state="dropped", why="the pair is replaced"))
    item.refresh_from_db()
    assert item.state == "dropped"


def test_two_do_not_undo_each_other(responder: User, item: ActionItem) -> None:
    seen = item.edits
    actions.change_item(responder, item, ItemFields(text="Pin both routes"), seen)
    with pytest.raises(actions.ActionRefused, match="meanwhile"):
        actions.change_item(responder, item, ItemFields(text="Pin no route"), seen)
    item.refresh_from_db()
    assert item.text == "Pin both routes"


REFUSED = {
    "without words": (ItemFields(text="  "), "what is to be done"),
    "of another kind": (ItemFields(text="x", kind="hope"), "prevents"),
    "in another state": (ItemFields(text="x", state="maybe"), "open, done or dropped"),
    "until no date": (ItemFields(text="x", due="tomorrow"), "no date"),
    "by nobody": (ItemFields(text="x", owner="nobody-here"), "no user"),
    "with a script as its link": (ItemFields(text="x", link="javascript:alert(1)"), "link"),
    "with a link that is none": (ItemFields(text="x", link="http://[x"), "link"),
}


@pytest.mark.parametrize("said, why", REFUSED.values(), ids=REFUSED)
def test_an_item_is_refused(
    responder: User, incident: Incident, said: ItemFields, why: str
) -> None:
    with pytest.raises(actions.ActionRefused, match=why):
        actions.add_item(responder, incident, said)
    assert not ActionItem.objects.exists()


def test_the_owner_may_see_the_incident(responder: User, viewer: User, incident: Incident) -> None:
    Incident.objects.filter(pk=incident.pk).update(restricted=True)
    incident.refresh_from_db()
    with pytest.raises(actions.ActionRefused, match="no user"):
        actions.add_item(responder, incident, ItemFields(text="x", owner=viewer.username))


def test_a_viewer_writes_none(viewer: User, incident: Incident) -> None:
    with pytest.raises(roles.NotAllowed):
        actions.add_item(viewer, incident, ItemFields(text="x"))


def test_the_list_shows_what_is_late_and_nothing_of_closed_incidents(
    responder: User, viewer: User, incident: Incident, item: ActionItem
) -> None:
    actions.add_item(responder, incident, ItemFields(text="No date"))
    late = written.ItemFilter(overdue_on=date(2027, 1, 1))
    assert [one.number for one in written.action_items(viewer, late)] == [1]
    assert not written.action_items(viewer, written.ItemFilter(overdue_on=date(2026, 12, 24)))
    assert written.action_items(viewer, written.ItemFilter(owner="rita")).count() == 1
    Incident.objects.filter(pk=incident.pk).update(restricted=True)
    assert not written.action_items(viewer)
    assert written.action_items(responder).count() == 2
    assert not written.action_items(person("nina", ""))
