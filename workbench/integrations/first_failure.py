"""When did the flow fail first, and how is that known?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache

from workbench.analysis.case.findings import Attempt, ConnState
from workbench.incidents import fault, queries
from workbench.incidents.models import Incident, Run
from workbench.incidents.moments import first_alert

WORKING = (ConnState.WORKED, ConnState.OPEN)


@dataclass(frozen=True, slots=True)
class FirstFailure:
    """The first failure that is known, and what it is known by, in words that follow "before"."""

    at: datetime
    known_by: str


def first_failure(incident: Incident) -> FirstFailure:
    """The start that a person gave, else the earliest moment at which it is known to have failed."""
    if incident.started_at is not None:
        return FirstFailure(incident.started_at, "the start that a responder wrote down")
    return min(_known(incident), key=lambda one: one.at)


def _known(incident: Incident) -> list[FirstFailure]:
    known = [FirstFailure(incident.opened_at, "this incident was opened")]
    if alert := first_alert(incident):
        known.append(FirstFailure(alert, "an alert fired"))
    if incident.detected_at is not None:
        known.append(FirstFailure(incident.detected_at, "it was detected"))
    seen = _first_attempt(fault.runs_of(incident).subject)
    return [*known, FirstFailure(seen, "the first failed attempt that was seen")] if seen else known


def _first_attempt(run: Run | None) -> datetime | None:
    """The start of the first attempt of the flow that a run saw fail."""
    if run is None or not run.verdict_final or run.packed_findings is None:
        return None
    started = _earliest(run.pk, run.ended_at)
    return datetime.fromtimestamp(started, UTC) if started else None


@lru_cache(maxsize=256)
def _earliest(run_id: int, ended_at: datetime | None) -> float | None:
    """Of a run that has judged for good: its findings do not change any more."""
    findings = queries.findings(Run.objects.get(pk=run_id))
    attempts = findings.attempts if findings else ()
    return min((one.started for one in attempts if _failed(one)), default=None)


def _failed(attempt: Attempt) -> bool:
    return not attempt.ours and attempt.started > 0 and attempt.end not in WORKING
