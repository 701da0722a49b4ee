"""Hears every event that is written into an incident, in the transaction that writes it."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.db import transaction

from workbench.incidents.models import Event, Incident
from workbench.integrations import nearby
from workbench.integrations.actions.outgoing import queue_news

Kind = Event.Kind


def heard(event: Event, **kwargs: Any) -> None:
    """Do what follows from an event."""
    if event.kind in Event.DETAIL:
        return
    queue_news(event)
    if event.kind == Kind.JUDGED and event.payload.get("final"):
        transaction.on_commit(partial(_paths_are_known, event.incident_id), robust=True)


def _paths_are_known(incident_id: int) -> None:
    nearby.tell_incident(Incident.objects.get(pk=incident_id))
