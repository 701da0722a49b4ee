"""The timeline in words, and as the figure shows it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from workbench.incidents.models import Event, Run
from workbench.report import words
from workbench.report.figures.timeline_figure import TimelineMark


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


def line(event: Event) -> TimelineLine:
    """An event in words."""
    text, tone, body = _in_words(event.kind, event.payload)
    who = event.actor_name or ("Bothways" if event.actor_id is None else "somebody")
    kind = "so-far" if event.kind == "judged" and not event.payload.get("final") else event.kind
    return TimelineLine(
        event.seq,
        event.happened_at or event.at,
        who,
        kind,
        tone,
        text,
        body,
        event.device,
        _skew(event),
        event.at if event.happened_at else None,
    )


def _skew(event: Event) -> str:
    if event.clock_offset is None or abs(event.clock_offset) < 0.5:
        return ""
    return f"its clock is {event.clock_offset:+.1f} s off (± {event.clock_uncertainty or 0:.1f} s)"


def _in_words(kind: str, payload: dict[str, Any]) -> tuple[str, str, str]:
    run = f"Run {payload.get('run', '')}"
    match kind:
        case "opened":
            return f"opened the incident for {payload.get('flow', '')}", "none", ""
        case "run-queued":
            return f"asked for run {payload.get('run', '')}", "none", ""
        case "run-started":
            return (
                f"{run} started" + (" from recordings" if payload.get("recording") else ""),
                "none",
                "",
            )
        case "walked":
            return (
                "paths: "
                + _path(payload.get("forward"))
                + "  |  back: "
                + _path(payload.get("reverse")),
                "none",
                "",
            )
        case "judged":
            sure = round(100 * float(payload.get("confidence", 0)))
            when = "Verdict" if payload.get("final") else "So far"
            title = words.short_title(payload)
            said = payload.get("summary", "") if payload.get("final") else ""
            return f"{when}: {title} ({sure} %)", words.tone(payload), said
        case "run-ended":
            return (
                f"{run} ended: {payload.get('state', '')}",
                _ended(payload),
                _problem(payload),
            )
        case "cancel-asked":
            return f"asked run {payload.get('run', '')} to stop", "open", ""
        case "state-changed":
            return _changed(payload), "note", payload.get("why", "")
        case "note":
            return "wrote", "note", payload.get("text", "")
        case "pasted":
            did = "withdrew what was pasted" if payload.get("withdrawn") else "pasted"
            return f"{did}: {words.question_title(str(payload.get('question', '')))}", "note", ""
        case "run-chosen":
            return _chosen(payload), "note", ""
        case "exported":
            return f"exported the incident as {payload.get('form', '')}", "none", ""
        case "host-key":
            return "accepted a host key", "note", payload.get("fingerprint", "")
    return kind.replace("-", " "), "none", ""


def _path(names: list[str] | None) -> str:
    return " → ".join(names or ["not known yet"])


def _ended(payload: dict[str, Any]) -> str:
    return {"done": "good", "cancelled": "open"}.get(str(payload.get("state")), "bad")


def _problem(payload: dict[str, Any]) -> str:
    """Why it ended otherwise than done, where the state does not say it already."""
    problem = str(payload.get("problem", ""))
    return "" if problem == payload.get("state") else problem


def _changed(payload: dict[str, Any]) -> str:
    if "probes" in payload:
        return f"set probes to {payload['probes']}"
    if "invited" in payload:
        return f"invited {payload['invited']}"
    change = f"the state from {payload.get('from')} to {payload.get('to')}"
    if "undoes" in payload:
        return f"took back a change: {change}"
    proof = f"; run {payload['proof']} shows it" if payload.get("proof") else ""
    return f"changed {change}{proof}"


def _chosen(payload: dict[str, Any]) -> str:
    which, run = next(iter(payload.items()), ("fault", None))
    shows = "the fault" if which == "fault" else "the repair"
    return f"chose run {run} as the one that shows {shows}" if run else f"left {shows} to be found"


LANES = {"note": "People", "pasted": "People", "state-changed": "State", "opened": "State"}


def moments(events: list[Event], runs: list[Run]) -> list[TimelineMark]:
    """What the timeline figure shows."""
    found = [_moment(event) for event in events if event.kind in LANES or _final(event)]
    found += [
        TimelineMark(
            "Runs",
            run.started_at,
            f"run {run.number} {run.state}",
            _ended({"state": run.state}),
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
    return TimelineMark(LANES[event.kind], shown.at, text.get(event.kind, shown.text), shown.tone)
