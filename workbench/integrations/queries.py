"""What pages and API read of the integrations. Nothing here writes."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.db.models import Q, QuerySet

from workbench.incidents import queries, roles
from workbench.incidents.models import Event, Incident, Run
from workbench.integrations.models import Change, ManualChange

if TYPE_CHECKING:
    from django.contrib.auth.models import User

MOST_CHANGES = 500  # of one incident, the newest


def work_on(run: Run) -> QuerySet[ManualChange]:
    """What responders did with the proposals of a run."""
    return ManualChange.objects.filter(run=run).select_related("by").order_by("pk")


def changes_in(incident: Incident) -> list[Event]:
    """The changes in an incident's timeline, as they were written down."""
    rows = Event.objects.filter(incident=incident, kind=Event.Kind.CHANGE)
    return list(rows.order_by("-seq")[:MOST_CHANGES])


def changes_by_hand(incident: Incident, shown: Run | None) -> QuerySet[ManualChange]:
    """What responders applied in an incident, but for the proposals of the run that is shown."""
    rows = ManualChange.objects.filter(incident=incident).exclude(applied_at=None)
    others = Q(run=None) | ~Q(run=shown) if shown is not None else Q()
    return rows.filter(others).select_related("by", "run").order_by("applied_at", "pk")


def manual_change(incident: Incident, number: int) -> ManualChange | None:
    """One change by hand of this incident."""
    rows = ManualChange.objects.filter(incident=incident, pk=number)
    return rows.select_related("incident", "run", "by").first()


def reported_changes(
    user: User,
    *,
    device: str = "",
    source: str = "",
    since: datetime | None = None,
    until: datetime | None = None,
) -> QuerySet[Change]:
    """The changes that other systems reported, for whoever may see incidents."""
    if not user.has_perm(roles.VIEW):
        return Change.objects.none()
    wanted = {
        "device__iexact": device,
        "source__iexact": source,
        "at__gte": since,
        "at__lte": until,
    }
    rows = Change.objects.select_related("reported_by")
    return rows.filter(**{name: value for name, value in wanted.items() if value})


def changes_of_device(user: User, device: str, since: datetime) -> QuerySet[ManualChange]:
    """The changes of a device by responders in incidents that this person may see, newest first."""
    hidden = queries.hidden(user).order_by().values("pk")
    rows = ManualChange.objects.filter(device=device, applied_at__gte=since)
    return rows.exclude(incident__in=hidden).select_related("by").order_by("-applied_at", "-pk")
