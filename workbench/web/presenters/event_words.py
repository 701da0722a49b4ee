"""What one event of an incident says: a table from its kind to its words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from workbench.incidents.head import FIELDS
from workbench.incidents.models import Event
from workbench.incidents.moments import TIMES
from workbench.report import words
from workbench.report.postmortem.sections import BY_NAME

Payload = dict[str, Any]
Kind = Event.Kind


@dataclass(frozen=True, slots=True)
class EventWords:
    """The words of an event: one line, what a person wrote or what is worth more lines, a tone."""

    text: str
    tone: str = "none"
    body: str = ""


def in_words(kind: str, payload: Payload) -> EventWords:
    """What happened, in words."""
    spell = WORDS.get(kind)
    return spell(payload) if spell else EventWords(kind.replace("-", " "))


def _opened(payload: Payload) -> EventWords:
    return EventWords(f"opened the incident for {payload.get('flow', '')}")


def _run_queued(payload: Payload) -> EventWords:
    return EventWords(f"asked for run {payload.get('run', '')}")


def _run_started(payload: Payload) -> EventWords:
    source = " from recordings" if payload.get("recording") else ""
    return EventWords(f"{_run(payload)} started{source}")


def _walked(payload: Payload) -> EventWords:
    forward, reverse = _path(payload.get("forward")), _path(payload.get("reverse"))
    return EventWords(f"paths: {forward}  |  back: {reverse}")


def _judged(payload: Payload) -> EventWords:
    sure = round(100 * float(payload.get("confidence", 0)))
    when = "Verdict" if payload.get("final") else "So far"
    summary = payload.get("summary", "") if payload.get("final") else ""
    title = words.short_title(payload)
    on = f" on {payload['flow']}" if payload.get("flow") else ""
    return EventWords(f"{when}{on}: {title} ({sure} %)", words.tone(payload), summary)


def _run_ended(payload: Payload) -> EventWords:
    state = str(payload.get("state", ""))
    return EventWords(f"{_run(payload)} ended: {state}", end_tone(state), _problem(payload))


def _cancel_asked(payload: Payload) -> EventWords:
    return EventWords(f"asked run {payload.get('run', '')} to stop", "open")


def _state_changed(payload: Payload) -> EventWords:
    return EventWords(_change(payload), "note", payload.get("why", ""))


def _note(payload: Payload) -> EventWords:
    if "redacted" in payload:
        return EventWords(_tombstone(payload["redacted"]))
    return EventWords("wrote", "note", payload.get("text", ""))


def _tombstone(of: Payload) -> str:
    return (
        f"wrote what {of.get('by', '')} redacted: {of.get('why', '')}"
        f" ({of.get('size')} bytes, SHA-256 {of.get('sha256', '')})"
    )


def _corrected(payload: Payload) -> EventWords:
    if "redacted" in payload:
        return EventWords(f"corrected line {payload.get('note')}, redacted since")
    return EventWords(f"corrected line {payload.get('note')}")


def _redacted(payload: Payload) -> EventWords:
    left = f"{payload.get('size')} bytes, SHA-256 {payload.get('sha256', '')}"
    said = f"redacted {payload.get('what', '')} (r{payload.get('redaction')}): {left}"
    return EventWords(said, "note", str(payload.get("why", "")))


def _pasted(payload: Payload) -> EventWords:
    did = "withdrew what was pasted" if payload.get("withdrawn") else "pasted"
    question = words.question_title(str(payload.get("question", "")))
    return EventWords(f"{did}: {question}", "note")


def _run_chosen(payload: Payload) -> EventWords:
    which, run = next(iter(payload.items()), ("fault", None))
    shows = "the fault" if which == "fault" else "the repair"
    chosen = f"chose run {run} as the one that shows {shows}"
    return EventWords(chosen if run else f"left {shows} to be found", "note")


def _exported(payload: Payload) -> EventWords:
    form = str(payload.get("form", ""))
    if form == "bundle":
        return EventWords("exported the incident as a bundle for another installation")
    return EventWords(f"exported the incident as {form}")


def _imported(payload: Payload) -> EventWords:
    by = f" by {payload['exported_by']}" if payload.get("exported_by") else ""
    when = f"exported there{by} at {payload.get('exported_at', '')}"
    text = f"imported the incident from {payload.get('origin', 'another installation')}"
    return EventWords(text, "note", f"{when}; SHA-256 of the bundle {payload.get('sha256', '')}")


def _host_key(payload: Payload) -> EventWords:
    return EventWords("accepted a host key", "note", payload.get("fingerprint", ""))


def _pinned(payload: Payload) -> EventWords:
    line = payload.get("event", "")
    return EventWords(f"pinned line {line}" if payload.get("pinned") else f"unpinned line {line}")


def _postmortem(payload: Payload) -> EventWords:
    section = BY_NAME.get(str(payload.get("section", "")))
    if section is None:
        reviewed = payload.get("state") == "reviewed"
        return EventWords(
            "reviewed the postmortem" if reviewed else "made the postmortem a draft again"
        )
    did = "gave back to the record" if payload.get("follows") else "wrote"
    beside = ", beside what somebody else had saved" if payload.get("beside") else ""
    return EventWords(f"{did} the postmortem: {section.title}{beside}")


def _action_item(payload: Payload) -> EventWords:
    item = f"action item a{payload.get('item', '')}"
    if "text" in payload and "state" not in payload:
        return EventWords(f"wrote {item}", "note", str(payload["text"]))
    state = {"done": "finished", "dropped": "dropped", "open": "opened again"}
    did = state.get(str(payload.get("state", "")), "changed")
    return EventWords(f"{did} {item}", "note", str(payload.get("why", "")))


MARKED = {"done": "marked as done", "skipped": "skipped", "reopened": "opened again"}


def _check(payload: Payload) -> EventWords:
    point = f"point {payload.get('row', '')} of the checklist ({payload.get('title', '')})"
    if "undoes" in payload:
        return EventWords(f"took back what was said of {point}", "note")
    did = MARKED.get(str(payload.get("is", "")), "marked")
    return EventWords(f"{did}: {point}", "note", payload.get("why", ""))


PLACES = ("commander", "scribe")  # held by one person


def _head_changed(payload: Payload) -> EventWords:
    name = str(payload.get("field", ""))
    title = FIELDS[name].title.lower() if name in FIELDS else name
    before, after = (_value(payload.get(key)) for key in ("from", "to"))
    what = f"the time of {title}" if name in TIMES else title
    return EventWords(_head_said(name, what, before, after), "note", payload.get("why", ""))


def _head_said(name: str, what: str, before: str, after: str) -> str:
    """Which value of the head became which; empty = there was none."""
    if name in PLACES and after:
        return f"made {after} {what}" + (f" in place of {before}" if before else "")
    if not before:
        return f"set {what} to {after}"
    if not after:
        return f"took {what} away (it was {before})"
    return f"changed {what} from {before} to {after}"


def _value(text: object) -> str:
    """A value of the head in one line."""
    return " ".join(str(text or "").split())


def _flow_changed(payload: Payload) -> EventWords:
    which = "the flow" if payload.get("number") == 1 else f"flow {payload.get('number')}"
    said = f"corrected {which} from {payload.get('from')} to {payload.get('to')}"
    return EventWords(said, "note", str(payload.get("why", "")))


def _flow_added(payload: Payload) -> EventWords:
    said = f"added flow {payload.get('number')}: {payload.get('flow')}"
    return EventWords(said, "note", str(payload.get("why", "")))


def _changed(payload: Payload) -> EventWords:
    did = payload.get("did")
    if did == "reported":
        source = payload.get("source", "")
        return EventWords(f"{source} reports a change: {payload.get('summary', '')}", "note")
    return EventWords(
        f"{DID.get(str(did), 'changed')} {_what_change(payload)}", "note", _how(payload)
    )


def _alert(payload: Payload) -> EventWords:
    fires = payload.get("status") == "firing"
    said = f"{payload.get('source', '')}: “{payload.get('title', '')}”"
    summary, title = str(payload.get("summary", "")), payload.get("title")
    body = "" if summary == title else summary
    return EventWords(
        f"{said} {'fires' if fires else 'is resolved'}", "bad" if fires else "good", body
    )


def _shared(payload: Payload) -> EventWords:
    whom = f"“{payload.get('for', '')}”"
    if payload.get("did") == "revoked":
        return EventWords(f"revoked the share link for {whom}", "note")
    until = str(payload.get("expires", ""))[:16].replace("T", " ")
    return EventWords(f"made a share link for {whom}, good until {until} UTC", "note")


def _what_change(payload: Payload) -> str:
    if not payload.get("title"):
        return "something else"
    proposed = f" (fix {payload['fix']} of run {payload['run']})" if payload.get("fix") else ""
    return f"“{payload['title']}”{proposed}"


def _how(payload: Payload) -> str:
    """Why, and the commands where the device really was changed."""
    commands = payload.get("commands", []) if payload.get("did") == "applied" else []
    return "\n".join(filter(None, [payload.get("why", ""), *commands]))


DID = {
    "claimed": "is applying",
    "released": "no longer applies",
    "applied": "applied",
    "rolled-back": "rolled back",
}


WORDS: dict[str, Callable[[Payload], EventWords]] = {
    Kind.OPENED: _opened,
    Kind.RUN_QUEUED: _run_queued,
    Kind.RUN_STARTED: _run_started,
    Kind.WALKED: _walked,
    Kind.JUDGED: _judged,
    Kind.RUN_ENDED: _run_ended,
    Kind.CANCEL_ASKED: _cancel_asked,
    Kind.STATE_CHANGED: _state_changed,
    Kind.NOTE: _note,
    Kind.CORRECTED: _corrected,
    Kind.REDACTED: _redacted,
    Kind.PASTED: _pasted,
    Kind.RUN_CHOSEN: _run_chosen,
    Kind.EXPORTED: _exported,
    Kind.IMPORTED: _imported,
    Kind.HOST_KEY: _host_key,
    Kind.PINNED: _pinned,
    Kind.POSTMORTEM: _postmortem,
    Kind.ACTION_ITEM: _action_item,
    Kind.CHECK: _check,
    Kind.HEAD_CHANGED: _head_changed,
    Kind.CHANGE: _changed,
    Kind.ALERT: _alert,
    Kind.SHARED: _shared,
    Kind.FLOW_CHANGED: _flow_changed,
    Kind.FLOW_ADDED: _flow_added,
}


def end_tone(state: str) -> str:
    """The tone of a run that ended in this state."""
    return {"done": "none", "cancelled": "open"}.get(state, "bad")


def _run(payload: Payload) -> str:
    return f"Run {payload.get('run', '')}"


def _path(names: list[str] | None) -> str:
    return " → ".join(names or ["not known yet"])


def _problem(payload: Payload) -> str:
    """Why it ended otherwise than done, where the state does not say it already."""
    problem = str(payload.get("problem", ""))
    return "" if problem == payload.get("state") else problem


def _change(payload: Payload) -> str:
    if "probes" in payload:
        return f"set probes to {payload['probes']}"
    if "invited" in payload:
        return f"invited {payload['invited']}"
    change = f"the state from {payload.get('from')} to {payload.get('to')}"
    if "undoes" in payload:
        return f"took back a change: {change}"
    proof = f"; run {payload['proof']} shows it" if payload.get("proof") else ""
    return f"changed {change}{proof}"
