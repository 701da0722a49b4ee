"""The timeline: the newest first, older lines on demand, and what is new costs each page little."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from tests.web import story
from tests.web.conftest import begun, tell
from workbench.incidents import actions
from workbench.incidents.models import Event, Incident, Run
from workbench.web import parts
from workbench.web.presenters import timeline

ROW = re.compile(r'data-seq="(\d+)"')


@pytest.fixture
def long(incident: Incident, people: dict[str, User]) -> Incident:
    """An incident with 250 notes."""
    writer, now = people["responder"], timezone.now()
    Event.objects.bulk_create(
        Event(
            incident=incident,
            seq=seq,
            kind="note",
            at=now + timedelta(seconds=seq),
            actor=writer,
            actor_name="responder",
            payload={"text": f"note {seq}"},
        )
        for seq in range(2, 252)
    )
    Incident.objects.filter(pk=incident.pk).update(last_seq=251)
    incident.refresh_from_db()
    return incident


def _page(client: Client, incident: Incident) -> str:
    return client.get(f"/incidents/{incident.pk}").content.decode()


def _older(client: Client, incident: Incident, **query: int) -> dict[str, Any]:
    answer: dict[str, Any] = client.get(f"/incidents/{incident.pk}/timeline", query).json()
    return answer


def test_a_page_begins_with_the_newest_hundred(
    browse: Callable[[str], Client], long: Incident
) -> None:
    page = _page(browse("viewer"), long)
    shown = [int(seq) for seq in ROW.findall(page)]
    assert shown == list(range(long.last_seq, long.last_seq - 100, -1))
    assert "<span>151</span> more" in page


def test_older_lines_come_on_demand_without_gap_or_repetition(
    browse: Callable[[str], Client], long: Incident
) -> None:
    client = browse("viewer")
    have = [int(seq) for seq in ROW.findall(_page(client, long))]
    left = [51, 0]
    for remaining in left:
        answer = _older(client, long, before=have[-1])
        have += [event["seq"] for event in answer["events"]]
        assert answer["older"] == remaining
    assert have == list(range(long.last_seq, 0, -1))


def test_a_link_to_an_old_line_brings_everything_down_to_it(
    browse: Callable[[str], Client], long: Incident
) -> None:
    answer = _older(browse("viewer"), long, before=152, upto=20)
    assert [event["seq"] for event in answer["events"]] == list(range(151, 19, -1))
    assert answer["older"] == 19


def test_what_was_written_later_stands_where_it_happened(
    browse: Callable[[str], Client], long: Incident, people: dict[str, User]
) -> None:
    """Sorted by when it happened, also across the border between two stretches."""
    opened = Event.objects.get(incident=long, seq=1).at
    before = actions.add_note(
        people["responder"], long, "it began here", happened_at=opened - timedelta(hours=1)
    )
    client = browse("viewer")
    assert f'data-seq="{before.seq}"' not in _page(client, long)
    assert _older(client, long, before=2)["events"][-1]["seq"] == before.seq


def test_nobody_reads_the_older_lines_of_an_incident_that_is_not_for_them(
    browse: Callable[[str], Client], long: Incident
) -> None:
    Incident.objects.filter(pk=long.pk).update(restricted=True)
    assert browse("viewer").get(f"/incidents/{long.pk}/timeline?before=9").status_code == 404


def test_days_and_persons_are_grouped() -> None:
    now = timezone.now().replace(hour=12)
    told = [
        ("ada", timedelta()),
        ("ada", timedelta(minutes=1)),  # the same person just before
        ("bob", timedelta(minutes=2)),
        ("bob", timedelta(minutes=30)),  # much earlier
        ("bob", timedelta(days=1)),  # another day
    ]
    events = [
        Event(seq=9 - n, kind="note", actor_name=who, actor_id=1, at=now - ago, payload={})
        for n, (who, ago) in enumerate(told)
    ]
    rows = timeline.rows(events)
    assert [row.same for row in rows] == [False, True, False, False, False]
    assert [bool(row.day) for row in rows] == [True, False, False, False, True]


def test_every_kind_of_event_says_what_it_changes() -> None:
    """A kind that is not listed makes every page fetch everything."""
    everything = {"opened", "run-queued", "run-started", "run-ended"}
    later = {"head-changed", "flow-changed", "flow-added", "imported"}
    assert set(Event.Kind.values) - set(parts.TOUCHED) <= everything | later


def test_a_note_costs_a_page_less_than_three_kilobytes(
    browse: Callable[[str], Client], judged_run: Run, people: dict[str, User]
) -> None:
    client = browse("viewer")
    last = Event.objects.filter(incident=judged_run.incident).count()
    actions.add_note(people["responder"], judged_run.incident, "rolled back CHG-119 at 02:20")
    answer = client.get(f"/incidents/{judged_run.incident_id}/feed?after={last}")
    assert len(answer.content) < 3000
    assert answer.json()["parts"] == {}


def test_folded_parts_say_in_a_line_what_is_in_them(
    browse: Callable[[str], Client], judged_run: Run
) -> None:
    page = _page(browse("viewer"), judged_run.incident)
    for words in (
        "the SYN-ACK came in at fw-b and did not go out, three times · 3 for, 1 against",
        "29 of 30 questions answered by 6 devices, 1 refused",
        "6 packets, 3 lost",
    ):
        assert words in page, words


def test_the_lines_of_folded_parts_come_with_the_parts(
    browse: Callable[[str], Client], incident: Incident
) -> None:
    client = browse("viewer")
    run = begun(incident, incident.opened_by)  # type: ignore[arg-type]
    tell(run, story.run_events())
    news = client.get(f"/incidents/{incident.pk}/feed?after=3").json()
    assert "3 for, 1 against" in news["parts"]["why-line"]
    assert "<script" not in json.dumps(news["parts"])


def test_an_empty_part_is_hidden(browse: Callable[[str], Client], incident: Incident) -> None:
    page = _page(browse("viewer"), incident)
    for name in ("why", "ladder", "moves", "spread"):
        assert re.search(rf'<details [^>]*id="{name}" hidden>', page), name
