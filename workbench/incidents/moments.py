"""When did it start, when was it detected, acknowledged, mitigated and resolved, and how long did
each take?

A time that a person gave stands; without one the record says it: the first failure that a device
logged, the opening or the alert before it, the first act of a person, and the changes of the state.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Min
from django.db.models.functions import Coalesce

from workbench.incidents import fault
from workbench.incidents.models import Event, Incident

TIMES = ("started", "detected", "acknowledged", "mitigated", "resolved")


@dataclass(frozen=True, slots=True)
class Moment:
    """One of the five times."""

    name: str
    at: datetime | None
    by_hand: bool = False  # a person gave it


@dataclass(frozen=True, slots=True)
class Duration:
    """How long something took; below zero where the times contradict each other."""

    name: str
    took: timedelta
    since: str  # the time that it is counted from


@dataclass(frozen=True, slots=True)
class Moments:
    """The five times of an incident."""

    started: Moment
    detected: Moment
    acknowledged: Moment
    mitigated: Moment
    resolved: Moment

    @property
    def all(self) -> tuple[Moment, ...]:
        """In the order in which they follow each other."""
        return (self.started, self.detected, self.acknowledged, self.mitigated, self.resolved)

    @property
    def known(self) -> tuple[Moment, ...]:
        """Those that have come."""
        return tuple(moment for moment in self.all if moment.at is not None)

    @property
    def durations(self) -> tuple[Duration, ...]:
        """To detect since the start, to acknowledge since the detection; to mitigate and to
        resolve since the start, or since the detection where the start is not known."""
        begin = self.started if self.started.at else self.detected
        pairs = (
            ("detect", self.started, self.detected),
            ("acknowledge", self.detected, self.acknowledged),
            ("mitigate", begin, self.mitigated),
            ("resolve", begin, self.resolved),
        )
        return tuple(
            Duration(name, after.at - before.at, before.name)
            for name, before, after in pairs
            if before.at and after.at
        )


def moments_of(incident: Incident) -> Moments:
    """The five times of an incident, as corrected or else as the record says."""
    states = _of_the_state(incident)
    said = {
        "started": _first_failure(incident),
        "detected": _detected(incident),
        "acknowledged": _first_act(incident),
        **states,
    }
    return Moments(*(_moment(incident, name, said[name]) for name in TIMES))


def _moment(incident: Incident, name: str, said: datetime | None) -> Moment:
    given: datetime | None = getattr(incident, f"{name}_at")
    return Moment(name, given or said, given is not None)


def _first_failure(incident: Incident) -> datetime | None:
    run = fault.runs_of(incident).fault
    return run.first_failure_at if run else None


def _detected(incident: Incident) -> datetime:
    """The opening, or the alert before it."""
    fired = first_alert(incident)
    return min(incident.opened_at, fired) if fired else incident.opened_at


def first_alert(incident: Incident) -> datetime | None:
    """When did an alert fire first, as far as one came here?"""
    fired = Event.objects.filter(
        incident=incident, kind=Event.Kind.ALERT, payload__status="firing"
    ).annotate(when=Coalesce("happened_at", "at"))
    first: datetime | None = fired.aggregate(first=Min("when"))["first"]
    return first


def _first_act(incident: Incident) -> datetime | None:
    first = Event.objects.filter(incident=incident, actor__isnull=False).order_by("seq").first()
    return first.at if first else None


def _of_the_state(incident: Incident) -> dict[str, datetime | None]:
    changes = Event.objects.filter(
        incident=incident, kind=Event.Kind.STATE_CHANGED, payload__has_key="to"
    )
    return _followed(changes.order_by("seq"))


def _followed(changes: Iterable[Event]) -> dict[str, datetime | None]:
    """What each change of the state says of two times; what is taken back says nothing."""
    before: list[dict[str, datetime | None]] = []
    now: dict[str, datetime | None] = {"mitigated": None, "resolved": None}
    for change in changes:
        if "undoes" in change.payload and before:
            now = before.pop()
            continue
        before.append(now)
        now = _after(now, change.payload["to"], change.happened_at or change.at)
    return now


def _after(now: dict[str, datetime | None], state: str, at: datetime) -> dict[str, datetime | None]:
    if state == Incident.State.RESOLVED:
        return now | {"resolved": at}
    if state == Incident.State.MITIGATED:
        return {"mitigated": at, "resolved": None}
    return {"mitigated": None, "resolved": None}
