"""Which incidents does a change concern? Those whose paths cross its device, from a day before
their first failure to a day after their end."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.db.models import Max, Q, QuerySet
from django.utils import timezone

from workbench.incidents import timeline
from workbench.incidents.actions.common import once
from workbench.incidents.models import Event, Incident, Run
from workbench.integrations.first_failure import first_failure
from workbench.integrations.models import Change

DAY = timedelta(days=1)
MOST_INCIDENTS = 2000  # that one change is compared with, the newest first
MOST_CHANGES = 200  # that are added to one incident at a time, the newest first
Kind = Event.Kind
PATHS = ("verdict__forward_path", "verdict__reverse_path", "verdict__guilty_node")


def tell_incidents(change: Change) -> int:
    """Add a change to the timeline of every incident that it may concern; how many?"""
    near = list(_around(change.at)[:MOST_INCIDENTS])
    crossed = set(_crossed(near, change.device))
    told = [incident for incident in near if incident.pk in crossed and _near(incident, change.at)]
    for incident in told:
        _add(incident, change)
    return len(told)


def tell_incident(incident: Incident) -> int:
    """Add the changes that were reported before this incident's paths were known; how many?"""
    names = devices_of(incident)
    begin, end = span(incident)
    changes = Change.objects.filter(at__gte=begin, at__lte=end).order_by("-at")
    mine = [change for change in changes[: 50 * MOST_CHANGES] if _plain(change.device) in names]
    for change in mine[:MOST_CHANGES]:
        _add(incident, change)
    return len(mine)


def devices_of(incident: Incident) -> set[str]:
    """The devices on the paths that any verdict of this incident shows, in small letters."""
    return {name for _, names in _on_paths([incident]) for name in names}


def span(incident: Incident) -> tuple[datetime, datetime]:
    """From when to when a change is near this incident?"""
    ended = _ended([incident]).get(incident.pk) if incident.state == "resolved" else None
    begin = min(incident.opened_at, first_failure(incident).at)
    return begin - DAY, (ended or timezone.now()) + DAY


def _near(incident: Incident, at: datetime) -> bool:
    begin, end = span(incident)
    return begin <= at <= end


def _around(at: datetime) -> QuerySet[Incident]:
    """The incidents that a change at this time could be near, before their runs are read."""
    ended = Max("events__at", filter=Q(events__kind=Kind.STATE_CHANGED))
    rows = Incident.objects.filter(origin="", opened_at__lte=timezone.now() + DAY)
    unresolved = ~Q(state=Incident.State.RESOLVED)
    return rows.annotate(ended=ended).filter(unresolved | Q(ended__gte=at - DAY)).order_by("-pk")


def _ended(incidents: Iterable[Incident]) -> dict[int, datetime]:
    changes = Event.objects.filter(incident__in=list(incidents), kind=Kind.STATE_CHANGED)
    return dict(changes.values_list("incident").annotate(last=Max("at")).order_by())


def _crossed(incidents: list[Incident], device: str) -> Iterator[int]:
    wanted = _plain(device)
    return (number for number, names in _on_paths(incidents) if wanted in names)


def _on_paths(incidents: list[Incident]) -> Iterator[tuple[int, set[str]]]:
    """The incident of each judged run, with the names on its paths."""
    numbers = [incident.pk for incident in incidents]
    for start in range(0, len(numbers), 500):
        judged = Run.objects.filter(incident__in=numbers[start : start + 500], verdict_final=True)
        for number, *paths in judged.order_by().values_list("incident", *PATHS):
            yield number, {_plain(name) for name in _names(paths)}


def _names(paths: list[Any]) -> Iterator[str]:
    for path in paths:
        yield from path if isinstance(path, list) else [path] if path else []


def _plain(name: str) -> str:
    return name.casefold()


def _add(incident: Incident, change: Change) -> None:
    """Once for each incident, however often it is found."""
    payload = {
        "did": "reported",
        "source": change.source,
        "summary": change.summary,
        "url": change.url,
        "commands": change.commands,
    }
    key = f"change:{change.key}"
    if Event.objects.filter(incident=incident, client_id=key).exists():
        return
    write = partial(
        timeline.append,
        incident.pk,
        Kind.CHANGE,
        payload,
        by=change.reported_by,
        device=change.device,
        happened_at=change.at,
    )
    once(incident, key, write)
