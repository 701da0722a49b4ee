"""Changes on the page: who works on which proposal, and what changed shortly before the failure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from workbench.incidents.fault import IncidentRuns
from workbench.incidents.models import Event, Incident, Run
from workbench.integrations import queries
from workbench.integrations.first_failure import FirstFailure, first_failure
from workbench.integrations.models import ManualChange
from workbench.integrations.nearby import DAY
from workbench.web.presenters.event_words import DID
from workbench.web.presenters.verdict import VerdictView

MOST = 3  # changes named before the failure, the nearest first


@dataclass(frozen=True, slots=True)
class Proposal:
    """A proposed fix, and what responders did with it."""

    number: int
    fields: dict[str, Any]
    work: ManualChange | None  # claimed or applied
    past: tuple[ManualChange, ...]  # applied and rolled back


@dataclass(frozen=True, slots=True)
class EarlierChange:
    """A change shortly before the first failure."""

    seq: int
    at: datetime
    device: str
    what: str
    who: str
    url: str
    outside: bool
    earlier: str  # how much earlier, in words
    accused: bool  # does the verdict name this device?


@dataclass(frozen=True, slots=True)
class SinceRun:
    """A change of a responder that no run has looked at yet."""

    device: str
    did: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Changed:
    """What the page tells of changes."""

    known_by: str
    before: tuple[EarlierChange, ...]
    more: int
    since_run: SinceRun | None
    others: tuple[ManualChange, ...]


def proposals(run: Run | None, verdict: VerdictView | None) -> list[Proposal]:
    """The proposed fixes of a run, each with what was done about it."""
    if run is None or verdict is None:
        return []
    rows = list(queries.work_on(run))
    return [_proposal(n, fix, rows) for n, fix in enumerate(verdict.fixes, start=1)]


def _proposal(number: int, fix: dict[str, Any], rows: list[ManualChange]) -> Proposal:
    mine = [row for row in rows if row.fix == number and row.released_at is None]
    under_way = next((row for row in mine if row.rolled_back_at is None), None)
    past = (row for row in mine if row.rolled_back_at is not None)
    return Proposal(number, fix, under_way, tuple(past))


def near(incident: Incident, speaking: IncidentRuns) -> Changed:
    """What changed before the first failure, and since the newest run was started."""
    events = queries.changes_in(incident)
    failed = first_failure(incident) if events else FirstFailure(incident.opened_at, "")
    before = sorted(_before(events, failed, speaking), key=lambda one: one.at, reverse=True)
    return Changed(
        failed.known_by,
        tuple(before[:MOST]),
        max(0, len(before) - MOST),
        _since(events, speaking.newest),
        tuple(queries.changes_by_hand(incident, speaking.shown)),
    )


def _before(
    events: list[Event], failed: FirstFailure, speaking: IncidentRuns
) -> list[EarlierChange]:
    verdict = (speaking.subject.verdict if speaking.subject else None) or {}
    accused = str(verdict.get("guilty_node") or "").casefold()
    made = [one for one in events if one.payload.get("did") in ("reported", "applied")]
    return [
        _earlier(one, failed, accused)
        for one in made
        if failed.at - DAY <= (one.happened_at or one.at) <= failed.at
    ]


def _earlier(event: Event, failed: FirstFailure, accused: str) -> EarlierChange:
    payload, at = event.payload, event.happened_at or event.at
    outside = payload.get("did") == "reported"
    return EarlierChange(
        event.seq,
        at,
        event.device,
        payload.get("summary") or payload.get("title") or payload.get("why") or "changed by hand",
        payload.get("source", "") if outside else event.actor_name,
        payload.get("url", ""),
        outside,
        how_long(failed.at - at),
        bool(accused) and event.device.casefold() == accused,
    )


def _since(events: list[Event], newest: Run | None) -> SinceRun | None:
    """The newest change by hand, where no run was started after it was written down."""
    by_hand = [one for one in events if one.payload.get("did") in ("applied", "rolled-back")]
    if newest is None or newest.active or not by_hand:
        return None
    last = max(by_hand, key=lambda one: one.seq)
    if last.at <= newest.requested_at:
        return None
    did = "changed" if last.payload["did"] == "applied" else DID["rolled-back"]
    return SinceRun(last.device, did, last.happened_at or last.at)


UNITS = (("day", 86_400), ("hour", 3600), ("minute", 60), ("second", 1))


def how_long(time: timedelta) -> str:
    """A length of time in its biggest unit: "6 minutes", "1 hour"."""
    seconds = max(0, round(time.total_seconds()))
    name, size = next(((n, s) for n, s in UNITS if seconds >= s), UNITS[-1])
    count = seconds // size
    return f"{count} {name}{'' if count == 1 else 's'}"
