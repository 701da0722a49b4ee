"""The timeline in words, and as the figure shows it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.urls import reverse

from workbench.incidents.corrections import correction, newest
from workbench.incidents.models import Event, Run
from workbench.report import words
from workbench.report.figures.timeline_rows import TimelineMark
from workbench.web.presenters import event_words
from workbench.web.presenters.notes import devices_of, note_html


@dataclass(frozen=True, slots=True)
class TimelineLine:
    """One line of the timeline."""

    seq: int
    at: datetime
    who: str
    kind: str
    tone: str
    text: str
    body: str = ""
    device: str = ""
    skew: str = ""  # what the device's own clock said, when it is off
    written_at: datetime | None = None  # where that was later than it happened
    until: datetime | None = None  # of what lasted
    mentions: tuple[str, ...] = ()  # the people whom a note is meant for
    day: str = ""  # of the first line of a day: which
    same: bool = False  # the line above it is by the same person
    html: str = ""  # of a note: its words in Markdown
    corrected_by: str = ""  # of a note that says something else by now
    corrected_at: datetime | None = None
    was: tuple[str, ...] = ()  # what it said before, the newest first
    correct_at: str = ""  # of a note: the address of the form that corrects it


def line(event: Event, devices: frozenset[str] | None = None) -> TimelineLine:
    """An event in words; a note as its newest correction has it. `devices`: those of its incident,
    where they were read already."""
    told, corrected = newest(event), correction(event)
    happened_at = corrected.happened_at if corrected else event.happened_at
    said = event_words.in_words(event.kind, event.payload | _words_of(told))
    if corrected:
        said = replace(said, text=f"{said.text} (corrected by {told.actor_name}, {told.at:%H:%M})")
    who = event.actor_name or ("Bothways" if event.actor_id is None else "somebody")
    kind = "so-far" if event.kind == "judged" and not event.payload.get("final") else event.kind
    return TimelineLine(
        event.seq,
        happened_at or event.at,
        who,
        kind,
        said.tone,
        said.text,
        said.body,
        event.device,
        _skew(event),
        event.at if happened_at else None,
        _until(told),
        tuple(told.payload.get("mentions", ())),
        html=_html(event, said.body, devices) if event.kind == "note" and said.body else "",
        corrected_by=told.actor_name if corrected else "",
        corrected_at=told.at if corrected else None,
        was=_was(event, told),
        correct_at=_correct_at(event) if event.kind == "note" and said.body else "",
    )


def _html(event: Event, text: str, devices: frozenset[str] | None) -> str:
    known = devices_of(event.incident_id) if devices is None else devices
    return note_html(event.incident_id, text, known)


def _correct_at(event: Event) -> str:
    return reverse("correct-note", args=[event.incident_id, event.seq])


def _words_of(told: Event) -> dict[str, Any]:
    return {key: told.payload[key] for key in ("text", "redacted") if key in told.payload}


def _was(event: Event, told: Event) -> tuple[str, ...]:
    """What a note said before its newest correction, and at first; of a correction, what it
    corrected."""
    earlier = (told.payload.get("was"), event.payload.get("text") if told != event else None)
    return tuple(dict.fromkeys(str(text) for text in earlier if text))


def _until(event: Event) -> datetime | None:
    text = event.payload.get("until")
    return datetime.fromisoformat(text) if text else None


GROUPED = timedelta(minutes=10)


def rows(events: Iterable[Event]) -> list[TimelineLine]:
    """The lines of a timeline, newest first: marked where a day begins, and where a line follows
    another one by the same person. static/timeline.js does the same with lines that come later."""
    found: list[TimelineLine] = []
    shown = list(events)
    notes = [event for event in shown if event.kind == "note" and event.payload.get("text")]
    devices = devices_of(notes[0].incident_id) if notes else None
    for event in shown:
        one = line(event, devices)
        found.append(_below(found[-1], one) if found else replace(one, day=_day(one)))
    return found


def _below(above: TimelineLine, one: TimelineLine) -> TimelineLine:
    """A line as it stands under another: does a day begin, or does the same person go on?"""
    if above.at.date() != one.at.date():
        return replace(one, day=_day(one))
    return replace(one, same=above.who == one.who and above.at - one.at < GROUPED)


def _day(one: TimelineLine) -> str:
    return f"{one.at:%a %d %b}"


def _skew(event: Event) -> str:
    if event.clock_offset is None or abs(event.clock_offset) < 0.5:
        return ""
    return f"its clock is {event.clock_offset:+.1f} s off (± {event.clock_uncertainty or 0:.1f} s)"


LANES = {
    "alert": "Alerts",
    "change": "Changes",
    "note": "People",
    "pasted": "People",
    "state-changed": "State",
    "opened": "State",
}


def moments(events: list[Event], runs: list[Run]) -> list[TimelineMark]:
    """What the timeline figure shows."""
    found = [_moment(event) for event in events if event.kind in LANES or _final(event)]
    found += [
        TimelineMark(
            "Runs",
            run.started_at,
            f"run {run.number} {run.state}",
            event_words.end_tone(run.state),
            run.ended_at,
        )
        for run in runs
        if run.started_at
    ]
    return sorted(found, key=lambda moment: moment.at)


def _final(event: Event) -> bool:
    return event.kind == "judged" and bool(event.payload.get("final"))


def _moment(event: Event) -> TimelineMark:
    shown = line(event)
    if event.kind == "judged":
        return TimelineMark("Verdicts", event.at, words.short_title(event.payload), shown.tone)
    text = {
        "note": shown.body,
        "state-changed": event.payload.get("to") or shown.text,
        "opened": "opened",
    }
    words_of_it = text.get(event.kind, shown.text)
    return TimelineMark(LANES[event.kind], shown.at, words_of_it, shown.tone, shown.until)
