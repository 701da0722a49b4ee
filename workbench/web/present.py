"""Rows turned into what the templates of an incident show."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from workbench.incidents.models import Event, Run
from workbench.incidents.queries import Change, Progress
from workbench.report import words
from workbench.report.ladder_figure import says
from workbench.report.picture import HopView, Picture
from workbench.report.timeline_figure import Moment

TONES = {"broken": "bad", "healthy": "good", "inconclusive": "open"}
MOMENTS = {
    "survey": "Who are you: addresses, routes, rules",
    "track": "Following the exact route, hop by hop",
    "before": "First sample of what is counted",
    "window": "Watching the flow: captures, sessions, probes",
    "after": "Second sample of what is counted",
    "settle": "Asking what would settle the open questions",
}
ORDER = tuple(MOMENTS)


@dataclass(frozen=True, slots=True)
class VerdictView:
    """The verdict as the page shows it."""

    told: dict[str, Any]
    final: bool

    @property
    def tone(self) -> str:
        """good, bad or open; a guess is never more than open."""
        return TONES.get(self.told["verdict"], "open") if self.confidence >= words.LIKELY else "open"

    @property
    def confidence(self) -> float:
        """How sure, 0 to 1."""
        return round(float(self.told["confidence"]), 2)

    @property
    def title(self) -> str:
        """The cause in a few words, with the doubt that there is."""
        title = words.cause_title(self.told["root_cause"])
        if self.told["verdict"] == "inconclusive" and self.told["root_cause"] != "unknown_beyond_visibility":
            return f"Not certain. Best guess: {title[:1].lower()}{title[1:]}"
        return words.doubted(title, self.confidence)

    @property
    def sentence(self) -> str:
        """What, where and why, in one sentence."""
        return str(self.told.get("summary") or words.cause_meaning(self.told["root_cause"]))

    @property
    def percent(self) -> int:
        """The confidence, 0 to 100."""
        return round(100 * self.confidence)

    @property
    def sureness(self) -> str:
        """The confidence in a word."""
        return words.sureness(self.confidence, self.told["verdict"])

    @property
    def reasons(self) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        """The reasons for and those against, the weightiest first."""
        return split(self.told.get("reasons", []))

    @property
    def alternatives(self) -> list[dict[str, Any]]:
        """The other hypotheses with their reasons."""
        return [_alternative(other) for other in self.told.get("alternatives", [])]

    @property
    def also(self) -> list[dict[str, Any]]:
        """Further faults besides the best explained one."""
        return [_alternative(other) for other in self.told.get("also", [])]

    @property
    def fixes(self) -> list[dict[str, Any]]:
        """What to change, as proposed."""
        return [fix | {"title": words.fix_title(fix["class"])} for fix in self.told.get("fixes", [])]


def verdict_view(run: Run | None) -> VerdictView | None:
    """The run's verdict so far; None = none yet."""
    return VerdictView(run.verdict, run.verdict_final) if run and run.verdict else None


def split(reasons: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Reasons for and against, each sorted by weight."""
    ordered = sorted((_weighed(r) for r in reasons), key=lambda reason: -abs(reason["weight"]))
    return [r for r in ordered if r["weight"] > 0], [r for r in ordered if r["weight"] <= 0]


def _weighed(reason: dict[str, Any]) -> dict[str, Any]:
    dots = max(1, min(5, round(abs(reason["weight"]))))
    return reason | {"dots": "●" * dots, "ids": ",".join(reason.get("evidence", []))}


def _alternative(other: dict[str, Any]) -> dict[str, Any]:
    pro, contra = split(other.get("reasons", []))
    return other | {
        "title": words.cause_title(other["root_cause"]),
        "percent": round(100 * float(other["confidence"])),
        "for": pro,
        "against": contra,
    }


@dataclass(frozen=True, slots=True)
class Bar:
    """How far one device or step has come, as a bar."""

    name: str
    title: str
    asked: int
    answered: int
    statuses: tuple[tuple[str, str, int], ...]  # (css class, words, how many)

    @property
    def trouble(self) -> bool:
        """Did something end otherwise than answered?"""
        count = {name: n for _, name, n in self.statuses}
        return count.get("no answer", 0) > 0 or count.get("refused", 0) + count.get("unparsed", 0) > TOLERATED


TOLERATED = 2  # refused questions of a device that are no trouble yet: they are told beside its bar
STATUS_TONES = {"answered": "good", "refused": "open", "unparsed": "open", "no answer": "bad", "not asked": "none"}


def bars(found: list[Progress], titles: dict[str, str] | None = None) -> list[Bar]:
    """Progress as bars."""
    return [
        Bar(p.name, (titles or {}).get(p.name, p.name), p.asked, p.answered, _statuses(p.statuses))
        for p in found
        if p.name
    ]


def _statuses(counts: dict[str, int]) -> tuple[tuple[str, str, int], ...]:
    return tuple((STATUS_TONES.get(name, "none"), name, n) for name, n in counts.items())


@dataclass(frozen=True, slots=True)
class Direction:
    """One direction of the picture, for the table that says the same as the figure."""

    name: str
    title: str
    outcome: str
    hops: tuple[HopView, ...]


def sides(picture: Picture) -> dict[str, list[Direction]]:
    """Both directions of a picture."""
    forward = Direction("forward", "▼ Forward, client → server", picture.forward.outcome, picture.forward.hops)
    reverse = Direction("reverse", "▲ Reverse, server → client", picture.reverse.outcome, picture.reverse.hops)
    return {"sides": [forward, reverse]}


def run_line(run: Run) -> dict[str, Any]:
    """One run for the list of runs."""
    took = (run.ended_at - run.started_at).total_seconds() if run.ended_at and run.started_at else None
    told = run.verdict or {}
    cause = f"{words.cause_title(told['root_cause'])} ({round(100 * told['confidence'])} %)" if told else run.problem
    return {
        "pk": run.pk,
        "number": run.number,
        "state": run.state,
        "cause": cause,
        "took": "" if took is None else f"{took:.1f} s",
    }


@dataclass(frozen=True, slots=True)
class Line:
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


def line(event: Event) -> Line:
    """An event in words."""
    text, tone, body = _told(event.kind, event.payload)
    who = event.actor_name or ("Bothways" if event.actor_id is None else "somebody")
    kind = "so-far" if event.kind == "judged" and not event.payload.get("final") else event.kind
    return Line(event.seq, event.at, who, kind, tone, text, body, event.device, _skew(event))


def _skew(event: Event) -> str:
    if event.clock_offset is None or abs(event.clock_offset) < 0.5:
        return ""
    return f"its clock is {event.clock_offset:+.1f} s off (± {event.clock_uncertainty or 0:.1f} s)"


def _told(kind: str, told: dict[str, Any]) -> tuple[str, str, str]:
    run = f"Run {told.get('run', '')}"
    match kind:
        case "opened":
            return f"opened the incident for {told.get('flow', '')}", "none", ""
        case "run-queued":
            return f"asked for run {told.get('run', '')}", "none", ""
        case "run-started":
            return f"{run} started" + (" from recordings" if told.get("recording") else ""), "none", ""
        case "walked":
            return "paths: " + _path(told.get("forward")) + "  |  back: " + _path(told.get("reverse")), "none", ""
        case "judged":
            sure = round(100 * float(told.get("confidence", 0)))
            when = "Verdict" if told.get("final") else "So far"
            title = words.cause_title(str(told.get("root_cause", "")))
            said = told.get("summary", "") if told.get("final") else ""
            return f"{when}: {title} ({sure} %)", TONES.get(str(told.get("verdict")), "open"), said
        case "run-ended":
            return f"{run} ended: {told.get('state', '')}", _ended(told), told.get("problem", "")
        case "cancel-asked":
            return f"asked run {told.get('run', '')} to stop", "open", ""
        case "state-changed":
            return _changed(told), "note", told.get("why", "")
        case "note":
            return "wrote", "note", told.get("text", "")
        case "pasted":
            return f"pasted output of {told.get('question', '')}", "note", ""
        case "exported":
            return f"exported the incident as {told.get('form', '')}", "none", ""
        case "host-key":
            return "accepted a host key", "note", told.get("fingerprint", "")
    return kind.replace("-", " "), "none", ""


def _path(names: list[str] | None) -> str:
    return " → ".join(names or ["not known yet"])


def _ended(told: dict[str, Any]) -> str:
    return {"done": "good", "cancelled": "open"}.get(str(told.get("state")), "bad")


def _changed(told: dict[str, Any]) -> str:
    if "probes" in told:
        return f"set probes to {told['probes']}"
    if "invited" in told:
        return f"invited {told['invited']}"
    return f"changed the state from {told.get('from')} to {told.get('to')}"


COMPARED = {
    "root_cause": "Cause",
    "verdict": "Verdict",
    "guilty_node": "Where",
    "direction": "Direction",
    "decided_by": "Sent there by",
    "confidence": "Confidence",
    "divergent": "The directions differ",
    "forward_path": "Forward path",
    "reverse_path": "Reverse path",
    "drop": "Drop",
}


def change(found: Change) -> dict[str, str]:
    """One difference between two runs, in words."""
    return {
        "title": COMPARED.get(found.what, found.what),
        "was": _compared(found.what, found.before),
        "now": _compared(found.what, found.after),
    }


def _compared(what: str, value: Any) -> str:
    if value is None:
        return "–"
    if isinstance(value, list):
        return " → ".join(map(str, value))
    if isinstance(value, dict):
        return f"{value.get('packet')} at {value.get('node')}: {value.get('where')}"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return words.cause_title(value) if what == "root_cause" else str(value)


LANES = {"note": "People", "pasted": "People", "state-changed": "State", "opened": "State"}


def moments(events: list[Event], runs: list[Run]) -> list[Moment]:
    """What the timeline figure shows."""
    found = [_moment(event) for event in events if event.kind in LANES or _final(event)]
    found += [
        Moment("Runs", run.started_at, f"run {run.number} {run.state}", _ended({"state": run.state}), run.ended_at)
        for run in runs
        if run.started_at
    ]
    return sorted(found, key=lambda moment: moment.at)


def _final(event: Event) -> bool:
    return event.kind == "judged" and bool(event.payload.get("final"))


def _moment(event: Event) -> Moment:
    told = line(event)
    if event.kind == "judged":
        return Moment("Verdicts", event.at, words.cause_title(event.payload["root_cause"]), told.tone)
    text = {"note": told.body, "state-changed": event.payload.get("to") or told.text, "opened": "opened"}
    return Moment(LANES[event.kind], event.at, text.get(event.kind, told.text), told.tone)


def packets(run: Run | None) -> list[dict[str, Any]]:
    """The rows of the ladder with what each shows, for the table beside the figure."""
    ladder = ((run.picture if run else None) or {}).get("ladder") or {}
    names = [point["device"] for point in ladder.get("points", [])]
    return [row | {"says": says(row, names), "at": ", ".join(row["seen"])} for row in ladder.get("rows", [])]
