"""Incidents as rows of a list: one line each, with what was found in them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from workbench.incidents import fault
from workbench.incidents.models import Incident
from workbench.incidents.search.asked import Asked
from workbench.incidents.search.excerpts import Excerpt, excerpts, phrases
from workbench.incidents.search.found_text import Piece, marked
from workbench.report import words

UNITS = (("d", 86_400), ("h", 3600), ("min", 60))
LOOKING = ("queued", "running")


@dataclass(frozen=True, slots=True)
class IncidentRow:
    """One incident in a list."""

    incident: Incident
    title: tuple[Piece, ...]
    cause: str
    tone: str
    where: str  # the device that the verdict names
    proof: int | None  # the run that proves the repair
    looking: str  # queued or running, while a run looks
    age: str
    found: Excerpt | None
    roles: tuple[str, ...] = ()  # what the device or address of the page is in it


def rows(
    incidents: Sequence[Incident],
    now: datetime,
    asked: Asked | None = None,
    roles: Mapping[int, Iterable[str]] | None = None,
) -> list[IncidentRow]:
    """These incidents in their order, which the person may see."""
    looked_for = asked or Asked()
    ids = [one.pk for one in incidents]
    with_runs = fault.with_runs(Incident.objects.filter(pk__in=ids)).order_by()
    known = {one.pk: one for one in with_runs.select_related("commander")}
    found = excerpts(incidents, looked_for)
    named = roles or {}
    return [
        _row(known[pk], now, looked_for, found.get(pk), tuple(named.get(pk, ())))
        for pk in ids
        if pk in known
    ]


def _row(
    one: Any, now: datetime, asked: Asked, found: Excerpt | None, roles: tuple[str, ...]
) -> IncidentRow:
    verdict: dict[str, Any] = one.verdict or {}
    return IncidentRow(
        one,
        marked(one.title, phrases(asked)),
        words.short_title(verdict) if verdict else "",
        words.tone(verdict) if verdict else "",
        str(verdict.get("guilty_node") or ""),
        one.proof_number,
        one.run_state if one.run_state in LOOKING else "",
        short(now - one.opened_at),
        found,
        roles,
    )


def short(time: timedelta) -> str:
    """A length of time in its biggest unit, for a narrow column: `3 h`."""
    seconds = time.total_seconds()
    name, size = next(((name, size) for name, size in UNITS if seconds >= size), UNITS[-1])
    return f"{int(max(0, seconds) // size)} {name}"
