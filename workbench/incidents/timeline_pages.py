"""The timeline in stretches: the newest first, older ones when somebody asks for them."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q

from workbench.incidents import queries
from workbench.incidents.models import Event, Incident


@dataclass(frozen=True, slots=True)
class TimelinePage:
    """A stretch of the timeline, newest first."""

    events: list[Event]
    older: int  # how many there are before it


PAGE_OF_EVENTS = 100


def timeline_page(
    incident: Incident, before: int | None = None, upto: int | None = None
) -> TimelinePage:
    """The newest events; with `before` those that happened before the event of that number, with
    `upto` also all down to the event of that number (within MOST_EVENTS)."""
    rows = queries.timeline(incident)
    if before is not None and (last := rows.filter(seq=before).first()) is not None:
        rows = rows.filter(_earlier_than(last))
    most = PAGE_OF_EVENTS
    if upto is not None and (wanted := rows.filter(seq=upto).first()) is not None:
        newer = rows.exclude(_earlier_than(wanted)).count()
        most = min(queries.MOST_EVENTS, max(most, newer))
    return TimelinePage(list(rows.reverse()[:most]), max(0, rows.count() - most))


def _earlier_than(event: Event) -> Q:
    when = event.happened_at or event.at
    return Q(when__lt=when) | Q(when=when, seq__lt=event.seq)
