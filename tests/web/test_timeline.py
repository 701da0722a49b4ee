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


def _older(client: Client, incident: Incident, **query: int | str) -> dict[str, Any]:
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


@pytest.fixture
def mixed(incident: Incident, people: dict[str, User]) -> Incident:
    """Notes of two people, and a change of the state."""
    then = timezone.now() - timedelta(hours=2)
    actions.add_note(people["responder"], incident, "the CHG-119 of yesterday", happened_at=then)
    actions.add_note(people["admin"], incident, "<b>asked</b> the carrier")
    actions.change_state(people["responder"], incident, "mitigated", "moved by CHG-120")
    return incident


@pytest.mark.parametrize(
    ("query", "kinds"),
    [
        ({"kinds": "people"}, ["note", "note"]),
        ({"kinds": "changes"}, ["state-changed", "opened"]),
        ({"kinds": "runs"}, []),
        ({"kinds": "nonsense"}, []),
        ({"who": "ADMIN"}, ["note"]),
        ({"words": "chg-1"}, ["state-changed", "note"]),
        ({"words": "%"}, []),
        ({"words": "carrier", "who": "responder"}, []),
    ],
)
def test_a_timeline_is_narrowed(
    browse: Callable[[str], Client], mixed: Incident, query: dict[str, str], kinds: list[str]
) -> None:
    found = _older(browse("viewer"), mixed, **query)
    assert re.findall(r'data-kind="([\w-]+)"', "".join(e["html"] for e in found["events"])) == kinds


def test_a_timeline_is_shown_up_to_a_moment(
    browse: Callable[[str], Client], mixed: Incident
) -> None:
    until = (timezone.now() - timedelta(hours=1)).isoformat()
    found = _older(browse("viewer"), mixed, until=until)
    assert ["CHG-119" in event["html"] for event in found["events"]] == [True]
    answer = browse("viewer").get(f"/incidents/{mixed.pk}/timeline", {"until": "soon"})
    assert (answer.status_code, "no time" in answer.json()["error"]) == (400, True)


def test_a_filtered_timeline_goes_on_where_it_stopped(
    browse: Callable[[str], Client], long: Incident
) -> None:
    client, query = browse("viewer"), {"words": "note 1", "kinds": "people"}
    first = _older(client, long, **query)
    second = _older(client, long, before=first["events"][-1]["seq"], **query)
    seen = [event["seq"] for page in (first, second) for event in page["events"]]
    assert sorted(seen) == sorted({n for n in range(2, 252) if str(n).startswith("1")})
    assert (first["older"], second["older"]) == (len(second["events"]), 0)


def test_a_note_is_shown_in_markdown_and_its_markup_is_words(
    browse: Callable[[str], Client], incident: Incident, people: dict[str, User]
) -> None:
    actions.add_note(people["responder"], incident, "**r2** is <i>it</i>, see e12 and run 2")
    page = _page(browse("viewer"), incident)
    assert "<strong>r2</strong>" in page and "<i>it</i>" not in page
    assert f'href="/incidents/{incident.pk}?e=e12"' in page
    assert f'href="/incidents/{incident.pk}?run=2"' in page


def test_what_is_pinned_stands_above_the_timeline(
    browse: Callable[[str], Client], incident: Incident, people: dict[str, User]
) -> None:
    note = actions.add_note(people["responder"], incident, "the carrier works on it")
    actions.pin(people["responder"], incident, note.seq)
    feed = browse("viewer").get(f"/incidents/{incident.pk}/feed", {"after": note.seq}).json()
    assert "the carrier works on it" in feed["parts"]["pinned"]
    assert "data-unpin" not in feed["parts"]["pinned"]
    assert "data-unpin" in _page(browse("responder"), incident)
