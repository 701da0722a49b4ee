"""The live parts of the incident page: which events touch which part, and each part as HTML,
rendered once for all."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Collection, Iterable
from functools import cache, lru_cache
from typing import Any

from django.template.loader import get_template, render_to_string
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from workbench.incidents import queries
from workbench.incidents.fault import IncidentRuns
from workbench.incidents.models import Event, Incident, Run
from workbench.report.picture.picture import load
from workbench.web.folded import FOLDED, FOLDED_PARTS, ON_OPENING
from workbench.web.presenters import (
    best_next,
    changes,
    checklist,
    flows,
    head,
    next_steps,
    progress,
    summaries,
    tables,
    timeline,
)
from workbench.web.presenters.notes import note_html
from workbench.web.presenters.probes import LEVELS, probes
from workbench.web.presenters.standing import Standing
from workbench.web.presenters.verdict import verdict_view

Kind = Event.Kind
ALL = (
    *(
        "banner",
        "title",
        "head",
        "standing",
        "verdict",
        "controls",
        "strip",
        "table",
        "why",
        "fixes",
        "progress",
    ),
    *("runs", "state", "proof", "ladder", "moves", "spread", "pinned", "changed"),
    *("checklist", "boundaries", "flow", "flows"),
)
JUDGING = (
    *("changed", "verdict", "table", "why", "fixes", "strip", "runs"),
    *("ladder", "moves", "spread", "flows"),
)
# what an event of each kind changes beside its own line; a kind that is not named here changes all
TOUCHED: dict[str, tuple[str, ...]] = {
    Kind.FLOW_CHANGED: ALL,
    Kind.FLOW_ADDED: ("flow", "flows", "controls"),
    Kind.ASKING: ("standing", "strip", "progress"),
    Kind.ANSWERED: ("strip", "progress", "checklist"),
    Kind.PASTED: ("strip", "progress", "checklist"),
    Kind.HOST_KEY: ("progress", "checklist"),
    Kind.WALKED: ("strip", "table", "checklist", "boundaries"),
    Kind.JUDGED: (*JUDGING, "checklist", "boundaries"),
    Kind.RUN_CHOSEN: ("changed", "standing", "runs", "checklist", "boundaries"),
    Kind.CHANGE: ("changed", "fixes", "checklist"),
    Kind.STATE_CHANGED: ("state", "controls", "checklist", "head"),
    Kind.HEAD_CHANGED: ("changed", "title", "head"),
    Kind.ALERT: ("changed", "head"),
    Kind.CANCEL_ASKED: ("controls", "strip"),
    **dict.fromkeys((Kind.PINNED, Kind.CORRECTED), ("pinned",)),
    Kind.REDACTED: ALL,
    **dict.fromkeys((Kind.CHECK, Kind.ACTION_ITEM), ("checklist",)),
    **dict.fromkeys((Kind.NOTE, Kind.EXPORTED, Kind.POSTMORTEM), ()),
    **dict.fromkeys((Kind.SHARED, Kind.IMPORTED), ()),
}
DRAWN: dict[str, tuple[str, ...]] = {
    Kind.WALKED: ("paths",),
    Kind.JUDGED: ("paths", "ladder", "moves", "spread", "timeline"),
    Kind.RUN_STARTED: ("timeline",),
    Kind.RUN_ENDED: ("paths", "ladder", "moves", "spread", "timeline"),
    Kind.NOTE: ("timeline",),
    Kind.ALERT: ("timeline",),
    Kind.CORRECTED: ("timeline",),
    Kind.REDACTED: ("timeline",),
    Kind.STATE_CHANGED: ("timeline",),
}


def touched(kinds: Iterable[str]) -> list[str]:
    """Which parts do these events change?"""
    names = {name for kind in kinds for name in TOUCHED.get(kind, ALL)}
    return [name for name in ALL if name in names]


def redrawn(kinds: Iterable[str]) -> list[str]:
    """Which figures do these events change?"""
    return sorted({name for kind in kinds for name in DRAWN.get(kind, ())})


def answered(events: Iterable[Event]) -> list[str]:
    """Which devices answered in these events?"""
    return sorted({event.device for event in events if event.kind == Kind.ANSWERED} - {""})


def context(incident: Incident, speaking: IncidentRuns, can_act: bool) -> dict[str, Any]:
    """What the parts' templates may use; costly things only when they are asked for. `run` is what
    is going on, `shown` is the run whose verdict, paths and fixes stand."""
    run, shown = speaking.newest, speaking.shown
    view = verdict_view(shown)
    picture = (shown.picture if shown else None) or {}
    found = {
        "incident": incident,
        "head": cache(lambda: head.head_view(incident)),
        "run": run,
        "shown": shown,
        "speaking": speaking,
        "can_act": can_act,
        "verdict": view,
        "standing": cache(lambda: standing(speaking)),
        "next_steps": cache(lambda: next_steps.next_steps(shown, view)),
        "picture": lambda: tables.sides(load(picture)) if picture else None,
        "figures": picture,
        "packets": cache(lambda: tables.packets(shown)),
        "moves": cache(lambda: tables.moves(shown)),
        "probe_choices": LEVELS,
        "probes": probes,
        "devices": cache(lambda: progress.bars(queries.progress(run, "device")) if run else []),
        "steps": lambda: progress.bars(queries.progress(run, "step"), step_titles()) if run else [],
        "moment": lambda: moment(run),
        "whom": lambda: progress.whom(queries.devices_asked(run)) if run else "",
        "offered": cache(lambda: queries.offered_keys(run) if run else []),
        "runs": lambda: [progress.run_line(one, speaking) for one in queries.runs(incident)],
        "states": Incident.State.values,
        "flow_lines": cache(lambda: flows.flow_lines(incident)),
        "earlier_runs": cache(lambda: flows.earlier_runs(incident)),
        "shown_about": flows.about(shown, incident),
        "running_about": flows.about(run, incident) if run and run.active and run != shown else "",
        "fixes": cache(lambda: changes.proposals(shown, view)),
        "changed": cache(lambda: changes.near(incident, speaking)),
        "pinned_lines": lambda: [timeline.line(event) for event in queries.pinned(incident)],
        "last_change": lambda: last_change(incident),
        "checklist": cache(lambda: checklist.checklist(incident, speaking)),
        "boundaries": lambda: checklist.boundary_table(incident, speaking),
        "best_next": lambda: best_next.best_next(incident, speaking),
        "points": checklist.points,
    }
    return found | {
        "folded": lambda: [(part, summaries.line(part.name, found)) for part in FOLDED_PARTS]
    }


def standing(speaking: IncidentRuns) -> Standing:
    """Whose verdict stands, and what else has to be known about it?"""
    looking = speaking.looking
    now = moment(looking)
    return Standing(
        speaking, round(100 * now["at"] / now["of"]) if now.get("of") else 0 if looking else None
    )


def last_change(incident: Incident) -> timeline.TimelineLine | None:
    """The change of the state that could still be taken back."""
    event = queries.last_state_change(incident)
    return timeline.line(event) if event and "undoes" not in event.payload else None


def step_titles() -> dict[str, str]:
    """The titles of the playbook's steps by their ids."""
    from collectors.playbook import STEPS

    return {step.id: step.title for step in STEPS}


def moment(run: Run | None) -> dict[str, Any]:
    """Where in the run are we?"""
    if run is None or not run.active:
        return {}
    newest = (
        Event.objects.filter(run=run, kind=Kind.ASKING)
        .order_by("-seq")
        .values_list("payload", flat=True)
        .first()
    )
    if newest is None:
        return {
            "name": "",
            "title": "Waiting for a worker" if run.state == "queued" else "Logging in",
            "at": 0,
        }
    name = newest["moment"]
    at = progress.ORDER.index(name) + 1 if name in progress.ORDER else 0
    return {
        "name": name,
        "title": progress.MOMENTS.get(name, name),
        "at": at,
        "of": len(progress.ORDER),
    }


def render(
    names: Iterable[str],
    incident: Incident,
    speaking: IncidentRuns,
    can_act: bool,
    opened: Collection[str] = (),
) -> dict[str, str]:
    """The parts as HTML; of those that are folded away the lines that sum them up, and the content
    where it was opened."""
    wanted = list(names)
    shared = context(incident, speaking, can_act)
    found: dict[str, str] = {
        name: render_to_string(f"web/parts/{name}.html", shared)
        for name in wanted
        if name not in ON_OPENING or name in opened
    }
    folded = (name for name in wanted if name in FOLDED)
    return found | {f"{name}-line": escape(summaries.line(name, shared)) for name in folded}


def event_lines(events: Iterable[Event]) -> list[dict[str, Any]]:
    """The events that the timeline shows, each as HTML."""
    shown = [event for event in events if event.kind not in Event.DETAIL]
    return [{"seq": event.seq, "html": event_row(timeline.line(event))} for event in shown]


def event_rows(events: Iterable[Event]) -> list[SafeString]:
    """A stretch of the timeline as HTML, grouped by day and person."""
    return [event_row(line) for line in timeline.rows(events)]


def forget_lines() -> None:
    """Keep nothing that was drawn: some of it was redacted."""
    event_row.cache_clear()
    note_html.cache_clear()
    shared.clear()


KEPT_ROWS = 4096  # about 3 MB


@lru_cache(maxsize=KEPT_ROWS)
def event_row(line: timeline.TimelineLine) -> SafeString:
    """One line as HTML. Kept by all that it says, so that what is changed is drawn anew."""
    return mark_safe(get_template("web/parts/event.html").render({"line": line}).strip())


class SharedParts:
    """Answers that many viewers ask for at once are made once. Keys hold the last event's number,
    so none is stale."""

    def __init__(self, most: int = 64) -> None:
        self._lock = threading.Lock()
        self._made: OrderedDict[tuple[Any, ...], tuple[threading.Lock, list[Any]]] = OrderedDict()
        self._most = most

    def get(self, key: tuple[Any, ...], make: Callable[[], Any]) -> Any:
        """The answer for a key; the first who asks makes it, the others wait for that one."""
        with self._lock:
            mine, made = self._made.setdefault(key, (threading.Lock(), []))
            while len(self._made) > self._most:
                self._made.popitem(last=False)
        with mine:
            if not made:
                made.append(make())
        return made[0]

    def clear(self) -> None:
        """Keep nothing."""
        with self._lock:
            self._made.clear()


shared = SharedParts()
