"""Alerts become incidents, or lines in the timeline of those that are open."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone

from workbench.incidents import actions as incident_actions
from workbench.incidents import queries, roles, timeline
from workbench.incidents.actions.common import needs_respond
from workbench.incidents.models import Event, Incident, Run
from workbench.integrations.incoming.told import ToldAlert
from workbench.integrations.models import Alert, AlertRules

if TYPE_CHECKING:
    from django.contrib.auth.models import User

MINUTE = timedelta(minutes=1)


class TooMany(Exception):
    """Alerts opened as many incidents in this minute as they may."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What came of an alert."""

    did: str  # opened, joined, noted (its status changed), nothing
    incident: Incident | None = None  # None also where the sender may not see it
    run: Run | None = None
    says: str = ""


def alert_rules() -> AlertRules:
    """How alerts are read: as an administrator said, or the defaults."""
    return AlertRules.objects.first() or AlertRules()


def take_alert(by: User, told: ToldAlert) -> Taken:
    """Open an incident for an alert, or write into an open one; what is told again is kept once.
    Never changes the state of an incident. Raises NotAllowed and TooMany."""
    needs_respond(by, None)
    with transaction.atomic():
        rules = _one_at_a_time()
        known = Alert.objects.filter(**_names(told)).select_related("incident").first()
        taken = _again(by, known, told, rules) if known else _first(by, told, rules)
    seen = taken.incident is not None and roles.may_view(by, taken.incident)
    return taken if seen else Taken(taken.did, says=taken.says)


def _one_at_a_time() -> AlertRules:
    """Two alerts at once would open two incidents for one flow: the row of the rules is held."""
    if not AlertRules.objects.exists():
        AlertRules.objects.get_or_create(pk=1)
    return AlertRules.objects.select_for_update().order_by("pk")[0]


def _names(told: ToldAlert) -> dict[str, str]:
    digest = hashlib.sha256(told.key.encode("utf-8", "replace")).hexdigest()
    return {"source": told.source[:100], "key_digest": digest, "flow": str(told.flow)}


def _first(by: User, told: ToldAlert, rules: AlertRules) -> Taken:
    """What is told for the first time."""
    found = _open_on(by, told)
    if found is None and not told.firing:
        return Taken("nothing", says="it is resolved, and there is no open incident on this flow")
    taken = Taken("joined", found) if found else _opened(told, rules)
    assert taken.incident is not None
    now = timezone.now()
    row = Alert.objects.create(
        **_names(told),
        incident=taken.incident,
        status=_status(told),
        told_by=by,
        first_at=now,
        changed_at=now,
    )
    _write(row, told)
    return taken


def _again(by: User, row: Alert, told: ToldAlert, rules: AlertRules) -> Taken:
    """What was told before: only another status is news."""
    if row.status == _status(told):
        return Taken("nothing", row.incident, says="it was told before")
    taken = Taken("noted", row.incident)
    if told.firing and row.incident.state == Incident.State.RESOLVED:
        found = _open_on(by, told)
        taken = Taken("joined", found) if found else _opened(told, rules)
    assert taken.incident is not None
    row.incident, row.status, row.changed_at = taken.incident, _status(told), timezone.now()
    row.save()
    _write(row, told)
    return taken


def _status(told: ToldAlert) -> Alert.Status:
    return Alert.Status.FIRING if told.firing else Alert.Status.RESOLVED


def _open_on(by: User, told: ToldAlert) -> Incident | None:
    """The newest incident on this flow that is not resolved, as far as the sender may see; one of
    exactly this flow before the others."""
    flow = told.flow
    between = queries.incidents(by).filter(
        protocol=flow.protocol.value, src=str(flow.src), dst=str(flow.dst)
    )
    rows = between.exclude(state=Incident.State.RESOLVED).order_by("-opened_at", "-pk")[:100]
    same = [one for one in rows if one.flow.matches(flow)]
    return min(same, key=lambda one: one.flow != flow, default=None)


def _opened(told: ToldAlert, rules: AlertRules) -> Taken:
    """A new incident, and its first run where that is wanted. Opened by Bothways itself: it was no
    act of a person, and nobody has acknowledged it."""
    since = timezone.now() - MINUTE
    made = Incident.objects.filter(opened_at__gt=since, opened_by=None).count()
    if made >= rules.incidents_a_minute:
        raise TooMany(f"alerts opened {made} incidents within a minute")
    severity = str(told.severity or "")
    said = {"severity": severity, "service": told.service, "tags": " ".join(told.tags)}
    opened = incident_actions.open_incident(
        None, told.flow, told.title, head=said | {"links": "\n".join(told.links)}
    )
    if not rules.starts_runs:
        return Taken("opened", opened, says="alerts start no runs here")
    started = Run.objects.filter(requested_by=None, requested_at__gt=since).count()
    if started >= rules.runs_a_minute:
        return Taken("opened", opened, says=f"no run: {started} were started within a minute")
    return Taken("opened", opened, incident_actions.start_run(None, opened))


def _write(row: Alert, told: ToldAlert) -> Event:
    payload: dict[str, Any] = {
        "status": row.status,
        "source": told.source,
        "title": told.title,
        "summary": told.summary,
        "severity": told.severity,
        "service": told.service,
        "url": told.links[0] if told.links else "",
        "labels": dict(told.labels),
    }
    at = _not_to_come(told.at)
    return timeline.append(row.incident_id, Event.Kind.ALERT, payload, happened_at=at)


def _not_to_come(at: datetime | None) -> datetime | None:
    """Another machine's clock may be ahead."""
    return min(at, timezone.now()) if at else None
