"""What was known of an incident when one of its events had just been written? From the record: the
numbered events up to that one, and the verdict of each run that had come to its final one by then.

A run keeps its last verdict and picture only. Of earlier ones its events keep a sentence, and the
names on the paths."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from workbench.incidents.models import Event, Incident, Run

Kind = Event.Kind
MOST = 5000  # moments of one incident that can be gone through


@dataclass(frozen=True, slots=True)
class AsOf:
    """An incident as it was known at one moment."""

    seq: int
    at: datetime
    state: str
    commander: str
    run: Run | None  # the newest that had been asked for
    run_state: str  # queued, running, done, failed, cancelled, interrupted; empty = no run yet
    answers: int  # of that run
    judged: Run | None  # whose final verdict stood
    so_far: dict[str, Any] | None  # what was known of a verdict before there was a final one
    paths: dict[str, Any] | None  # the names on both paths, where the newest run walked them


def moments(incident: Incident) -> list[int]:
    """The numbers of the events that can be gone through, the oldest first: all but progress."""
    rows = Event.objects.filter(incident=incident).exclude(kind__in=Event.DETAIL)
    return list(rows.order_by("seq").values_list("seq", flat=True)[:MOST])


def as_of(incident: Incident, seq: int) -> AsOf:
    """The incident when the event of this number was the newest. Raises Event.DoesNotExist where
    there was none by then."""
    known = Event.objects.filter(incident=incident, seq__lte=seq).order_by("-seq")
    newest = known[0] if known else None
    if newest is None:
        raise Event.DoesNotExist
    run_event = _last(known, (Kind.RUN_QUEUED, Kind.RUN_STARTED, Kind.RUN_ENDED))
    run = run_event.run if run_event else None
    of_run = known.filter(run=run) if run else known.none()
    final = _last(known, (Kind.JUDGED,), payload__final=True)
    judged = _last(of_run, (Kind.JUDGED,))
    walked = _last(of_run, (Kind.WALKED,))
    state = _last(known, (Kind.STATE_CHANGED,), payload__has_key="to")
    commander = _last(known, (Kind.HEAD_CHANGED,), payload__field="commander")
    return AsOf(
        seq=newest.seq,
        at=newest.at,
        state=str(state.payload["to"]) if state else Incident.State.OPEN.value,
        commander=str(commander.payload.get("to") or "") if commander else "",
        run=run,
        run_state=_run_state(run_event),
        answers=of_run.filter(kind=Kind.ANSWERED).count() if run else 0,
        judged=final.run if final else None,
        so_far=judged.payload if judged and not final else None,
        paths=walked.payload if walked else None,
    )


def _last(events: QuerySet[Event], kinds: Iterable[str], **more: Any) -> Event | None:
    return events.filter(kind__in=kinds, **more).select_related("run").first()


def _run_state(event: Event | None) -> str:
    if event is None:
        return ""
    if event.kind == Kind.RUN_ENDED:
        return str(event.payload.get("state", ""))
    return Run.State.RUNNING if event.kind == Kind.RUN_STARTED else Run.State.QUEUED


def told_by(incident: Incident, seq: int, most: int) -> list[Event]:
    """The newest events that had been written by then, progress left out."""
    rows = Event.objects.filter(incident=incident, seq__lte=seq).exclude(kind__in=Event.DETAIL)
    return list(rows.select_related("run", "correction__newest").order_by("-seq")[:most])
