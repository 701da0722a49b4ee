"""The head of an incident: what it says, who changes it, and that nobody writes over somebody."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from tests.incidents.conftest import FLOW, person
from workbench.incidents import actions, head, queries
from workbench.incidents.actions import ActionRefused, HeadClash
from workbench.incidents.models import Event, Incident, Run
from workbench.incidents.moments import moments_of
from workbench.incidents.roles import NotAllowed

pytestmark = pytest.mark.django_db


def changes(incident: Incident) -> list[dict[str, Any]]:
    found = Event.objects.filter(incident=incident, kind="head-changed").order_by("seq")
    return [event.payload for event in found]


def test_each_field_is_an_event_with_its_earlier_value(incident: Incident, responder: Any) -> None:
    actions.change_head(responder, incident, {"severity": "SEV2", "service": "ledger"})
    actions.change_head(responder, incident, {"severity": "3"}, why="half of it is back")
    assert (incident.severity, incident.service) == (3, "ledger")
    assert changes(incident) == [
        {"field": "severity", "from": "", "to": "2"},
        {"field": "service", "from": "", "to": "ledger"},
        {"field": "severity", "from": "2", "to": "3", "why": "half of it is back"},
    ]


def test_what_is_the_same_is_no_event(incident: Incident, responder: Any) -> None:
    actions.change_head(responder, incident, {"tags": "vpn fra1"})
    assert actions.change_head(responder, incident, {"tags": " vpn, fra1 ", "scribe": ""}) == []
    assert Incident.objects.filter(tags__contains=" vpn ").get() == incident


@pytest.mark.parametrize(
    ("field", "text", "says"),
    [
        ("title", " \n ", "a title is needed"),
        ("severity", "5", "1, 2, 3 or 4"),
        ("impact", "x" * 501, "at most 500"),
        ("tags", "<b>", "is no tag"),
        ("tags", " ".join(f"t{n}" for n in range(13)), "at most 12"),
        ("links", "javascript:alert(1)", "http:// or https://"),
        ("links", "https://", "http:// or https://"),
        ("commander", "nobody-here", "may see this incident"),
        ("started", "soon", "is no time"),
        ("resolved", "2999-01-01 00:00", "still to come"),
        ("colour", "red", "no field"),
    ],
)
def test_what_is_no_value_is_refused(
    incident: Incident, responder: Any, field: str, text: str, says: str
) -> None:
    with pytest.raises(ActionRefused, match=says):
        actions.change_head(responder, incident, {"service": "ledger", field: text})
    assert changes(incident) == [], "all or none"


def test_a_viewer_changes_nothing(incident: Incident, viewer: Any) -> None:
    for act in (
        lambda: actions.change_head(viewer, incident, {"severity": "1"}),
        lambda: actions.take_role(viewer, incident, "commander"),
        lambda: actions.take_role(viewer, incident, "hands"),
    ):
        with pytest.raises(NotAllowed):
            act()


def test_the_later_editor_is_shown_both_values(incident: Incident, responder: Any) -> None:
    started = head.texts(incident)
    actions.change_head(responder, incident, {"title": "Ledger down"}, started)
    with pytest.raises(HeadClash) as refused:
        actions.change_head(
            responder, incident, {"title": "Checkout down", "severity": "1"}, started
        )
    [clash] = refused.value.clashes
    assert (clash.field, clash.now, clash.yours) == ("title", "Ledger down", "Checkout down")
    incident.refresh_from_db()
    assert (incident.title, incident.severity) == ("Ledger down", None)
    # who wants the same as the other one has no quarrel
    assert actions.change_head(responder, incident, {"title": "Ledger down"}, started) == []


def test_roles_are_taken_by_one_click(incident: Incident, responder: Any) -> None:
    riley = person("riley", "responder")
    assert actions.take_role(responder, incident, "commander")
    assert actions.take_role(riley, incident, "commander")
    assert not actions.take_role(riley, incident, "commander")
    assert actions.take_role(riley, incident, "hands")
    assert actions.take_role(responder, incident, "hands")
    assert head.texts(incident)["hands"] == "riley rita"
    actions.take_role(riley, incident, "hands")
    assert (incident.commander, head.texts(incident)["hands"]) == (riley, "rita")
    assert changes(incident)[1] == {"field": "commander", "from": "rita", "to": "riley"}


def test_nobody_gets_a_role_who_may_not_see_the_incident(responder: Any) -> None:
    riley = person("riley", "responder")
    closed = actions.open_incident(responder, FLOW, restricted=True)
    with pytest.raises(ActionRefused, match="may see this incident"):
        actions.change_head(responder, closed, {"commander": "riley"})
    with pytest.raises(NotAllowed):
        actions.take_role(riley, closed, "commander")
    actions.invite(responder, closed, riley)
    assert actions.take_role(riley, closed, "commander")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_the_record_gives_the_times_until_a_person_does(incident: Incident, responder: Any) -> None:
    found = moments_of(incident)
    assert (found.started.at, found.detected.at) == (None, incident.opened_at)
    assert found.acknowledged.at == queries.events_after(incident, 0)[0].at
    assert found.mitigated.at is None
    opened = incident.opened_at
    minutes = {name: opened - timedelta(minutes=n) for name, n in (("started", 9), ("detected", 4))}
    actions.change_head(responder, incident, {k: head.as_text(v) for k, v in minutes.items()})
    found = moments_of(incident)
    assert found.started.by_hand and not found.acknowledged.by_hand
    [detect] = [one for one in found.durations if one.name == "detect"]
    assert (detect.took, detect.since) == (timedelta(minutes=5), "started")
    actions.change_head(responder, incident, {"detected": ""})
    assert moments_of(incident).detected.at == opened
    assert changes(incident)[-1]["from"] == head.as_text(minutes["detected"])


def test_a_person_acknowledges_what_nobody_opened(responder: Any) -> None:
    alerted = actions.open_incident(None, FLOW)
    assert moments_of(alerted).acknowledged.at is None
    note = actions.add_note(responder, alerted, "I look")
    assert moments_of(alerted).acknowledged.at == note.at


def test_the_state_gives_two_of_the_times_also_when_it_is_taken_back(
    incident: Incident, responder: Any
) -> None:
    early = timezone.now() - timedelta(minutes=3)
    actions.change_state(responder, incident, "mitigated", happened_at=early)
    actions.change_state(responder, incident, "resolved")
    assert moments_of(incident).resolved.at is not None
    last = queries.last_state_change(incident)
    assert last is not None
    actions.undo_state(responder, incident, last.seq)
    found = moments_of(incident)
    assert (found.mitigated.at, found.resolved.at) == (early, None)
    actions.change_state(responder, incident, "open", "it came back")
    assert moments_of(incident).mitigated.at is None


def test_the_first_failure_that_a_device_logged_is_the_start(
    incident: Incident, run: Run, responder: Any
) -> None:
    logged = timezone.now() - timedelta(hours=1)
    Run.objects.filter(pk=run.pk).update(
        state="done", verdict_final=True, outcome="broken", first_failure_at=logged
    )
    assert moments_of(incident).started.at == logged
    found = {one.name: one for one in moments_of(incident).durations}
    assert found["detect"].took == incident.opened_at - logged
