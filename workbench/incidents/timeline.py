"""Writes numbered events: the number is taken inside the transaction that writes the event."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import F
from django.dispatch import Signal
from django.utils import timezone

from workbench.incidents.live import notify
from workbench.incidents.models import Event, Incident, Run
from workbench.incidents.search import index
from workbench.incidents.storage import evidence_rows

if TYPE_CHECKING:
    from django.contrib.auth.models import User


# sent with `event` in the transaction that writes it: what follows from an event is kept with it,
# or neither is
written = Signal()


@dataclass(frozen=True, slots=True)
class DeviceTime:
    """When it happened by the device's own clock, and how far that clock is off."""

    at: datetime | None
    offset: float
    uncertainty: float


def append(
    incident_id: int,
    kind: Event.Kind,
    payload: dict[str, Any],
    *,
    by: User | None = None,
    run: Run | None = None,
    device: str = "",
    device_time: DeviceTime | None = None,
    happened_at: datetime | None = None,
    client_id: str | None = None,
) -> Event:
    """Write the next event of an incident; must be called in a transaction. Announces it after
    commit. `happened_at`: when it happened, where it is written later. Raises IntegrityError when
    something was sent under this `client_id` already."""
    event = Event.objects.create(
        incident_id=incident_id,
        seq=_next(incident_id),
        kind=kind,
        at=timezone.now(),
        happened_at=happened_at,
        client_id=client_id,
        actor=by,
        actor_name=by.get_username() if by else "",
        run=run,
        device=device,
        payload=evidence_rows.clean(payload),
        **_clock(device_time),
    )
    index.add(event)
    transaction.on_commit(partial(notify.changed, incident_id, event.seq))
    written.send(Event, event=event)
    return event


def _next(incident_id: int) -> int:
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("an event is written in the transaction of what it tells")
    row = Incident.objects.filter(pk=incident_id)
    # holds the row until commit: nobody else gets this number
    row.update(last_seq=F("last_seq") + 1)
    return row.values_list("last_seq", flat=True).get()


def _clock(time: DeviceTime | None) -> dict[str, Any]:
    if time is None:
        return {}
    return {
        "device_at": time.at,
        "clock_offset": time.offset,
        "clock_uncertainty": time.uncertainty,
    }
