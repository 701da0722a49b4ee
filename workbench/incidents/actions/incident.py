"""Opening an incident, and who sees it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from collectors.model.flow import Flow
from workbench.incidents import head as head_fields
from workbench.incidents import timeline
from workbench.incidents.actions.common import (
    ActionRefused,
    check_probes,
    needs_respond,
    needs_right,
    one_line,
)
from workbench.incidents.head import FIELDS, BadField
from workbench.incidents.models import Event, Incident
from workbench.incidents.models.flow import columns_of

if TYPE_CHECKING:
    from django.contrib.auth.models import User

Kind = Event.Kind


def open_incident(
    by: User | None,
    flow: Flow,
    title: str = "",
    *,
    probes: str = "",
    recording: str = "",
    restricted: bool = False,
    head: Mapping[str, str] | None = None,
) -> Incident:
    """Open an incident for one failing flow. `head`: fields of the head that are known already, as
    a person would write them."""
    needs_respond(by, None)
    probes = probes or settings.PROBES
    check_probes(probes)
    with transaction.atomic():
        incident = Incident(
            title=one_line(title) or str(flow),
            **columns_of(flow),
            opened_by=by,
            opened_at=timezone.now(),
            probes=probes,
            recording=recording or settings.REPLAY,
            restricted=restricted,
        )
        _fill_head(incident, head or {})
        incident.save()
        if by is not None:
            incident.invited.add(by)
        timeline.append(
            incident.pk, Kind.OPENED, {"flow": str(flow), "title": incident.title}, by=by
        )
    incident.refresh_from_db()
    return incident


def allow_probes(by: User, incident: Incident, probes: str) -> Incident:
    """Choose what runs of this incident may send by themselves: off, gentle or full."""
    needs_respond(by, incident)
    check_probes(probes)
    with transaction.atomic():
        if Incident.objects.filter(pk=incident.pk).exclude(probes=probes).update(probes=probes):
            timeline.append(incident.pk, Kind.STATE_CHANGED, {"probes": probes}, by=by)
    incident.refresh_from_db()
    return incident


def invite(by: User, incident: Incident, person: User) -> None:
    """Let somebody see a restricted incident, also one that was imported: who sees it here is for
    this installation to say."""
    needs_right(by, incident)
    with transaction.atomic():
        incident.invited.add(person)
        timeline.append(incident.pk, Kind.STATE_CHANGED, {"invited": person.get_username()}, by=by)


def note_export(by: User | None, incident: Incident, form: str) -> None:
    """Write down who took the incident out of here, and in which form."""
    with transaction.atomic():
        timeline.append(incident.pk, Kind.EXPORTED, {"form": form}, by=by)


def _fill_head(incident: Incident, said: Mapping[str, str]) -> None:
    for name, text in said.items():
        try:
            setattr(incident, head_fields.column_of(name), FIELDS[name].read(incident, text))
        except BadField as error:
            raise ActionRefused(f"{FIELDS[name].title}: {error}") from None
