"""Hears every event that is written into an incident, in the transaction that writes it."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.db import transaction

from workbench.incidents.models import Event, Incident, Redaction
from workbench.incidents.redaction.removed import Removed
from workbench.integrations import nearby
from workbench.integrations.actions.outgoing import queue_news
from workbench.integrations.models import ManualChange

Kind = Event.Kind


def heard(event: Event, **kwargs: Any) -> None:
    """Do what follows from an event."""
    if event.kind in Event.DETAIL:
        return
    queue_news(event)
    if event.kind == Kind.JUDGED and event.payload.get("final"):
        transaction.on_commit(partial(_paths_are_known, event.incident_id), robust=True)


OF_A_CHANGE = ("title", "commands", "why")


def forget_words(sender: object, redaction: Redaction, removed: Removed, **kwargs: Any) -> None:
    """Take redacted words out of the changes that people wrote down."""
    for change in ManualChange.objects.filter(incident=redaction.incident):
        for name in OF_A_CHANGE:
            setattr(change, name, removed.from_value(getattr(change, name)))
        change.save(update_fields=OF_A_CHANGE)


def _paths_are_known(incident_id: int) -> None:
    nearby.tell_incident(Incident.objects.get(pk=incident_id))
