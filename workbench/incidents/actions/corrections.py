"""Correcting a note: what it said before stays readable."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone

from workbench.incidents import mentions, roles, timeline, when
from workbench.incidents.actions.common import ActionRefused, needs_respond, once, past, sent_before
from workbench.incidents.actions.notes import LONGEST
from workbench.incidents.corrections import versions_of
from workbench.incidents.models import Correction, Event, Incident
from workbench.incidents.search import index

if TYPE_CHECKING:
    from django.contrib.auth.models import User

Kind = Event.Kind


def correct_note(
    by: User,
    incident: Incident,
    seq: int,
    text: str,
    *,
    read: int | None = None,
    client_id: str = "",
    east: int = 0,
) -> Event:
    """Say what a note should have said; only its author and administrators may.

    `seq` is the note or any of its corrections, `read` the one from which this editor started: a
    newer one is not written over. A text that begins with a clock time gives the note another time,
    as `add_note` does. Raises NotAllowed and ActionRefused.
    """
    needs_respond(by, incident)
    text = text.strip()[:LONGEST]
    happened_at, until, text = when.led(text, timezone.now(), east)
    if not text:
        raise ActionRefused("a correction says something; an administrator can redact a note")
    own_time = None if happened_at is None else (past(happened_at), past(until))
    sent = sent_before(incident, client_id)
    if sent is not None:
        return sent
    write = partial(_correct, by, incident, seq, text, own_time, read)
    return once(incident, client_id, write)


OwnTime = tuple[datetime | None, datetime | None]


def _correct(
    by: User,
    incident: Incident,
    seq: int,
    text: str,
    own_time: OwnTime | None,
    read: int | None,
    *,
    client_id: str | None,
) -> Event:
    with transaction.atomic():
        Incident.objects.select_for_update().get(pk=incident.pk)
        versions = versions_of(incident, seq)
        _refuse(by, incident, seq, versions, read)
        note, last = versions[0], versions[-1]
        before = _time_of(note, last)
        at, until = own_time or before
        if text == last.payload["text"] and (at, until) == before:
            raise ActionRefused("it says that already")
        payload: dict[str, Any] = {"note": note.seq, "corrects": last.seq, "text": text}
        payload["was"] = last.payload["text"]
        payload |= {"happened_at": at.isoformat()} if at else {}
        payload |= {"until": until.isoformat()} if until else {}
        payload |= _named(text, incident, by, last)
        event = timeline.append(incident.pk, Kind.CORRECTED, payload, by=by, client_id=client_id)
        values = {"newest": event, "happened_at": at}
        Correction.objects.update_or_create(note=note, defaults=values)
        index.supersede(last)
    return event


def _refuse(
    by: User, incident: Incident, seq: int, versions: list[Event], read: int | None
) -> None:
    if not versions:
        raise ActionRefused(f"line {seq} is no note: only notes are corrected")
    note, last = versions[0], versions[-1]
    if note.actor_id != by.pk and not roles.is_administrator(by, incident):
        raise roles.NotAllowed("only its author or an administrator corrects a note")
    if "redacted" in note.payload:
        raise ActionRefused("the note was redacted")
    if read is not None and read != last.seq:
        raise ActionRefused(f"{last.actor_name} corrected it meanwhile; read it again")


def _time_of(note: Event, last: Event) -> OwnTime:
    """When the note is about, as it stands now."""
    at = last.payload.get("happened_at")
    until = last.payload.get("until")
    return (
        datetime.fromisoformat(at) if at else note.happened_at,
        datetime.fromisoformat(until) if until else None,
    )


def _named(text: str, incident: Incident, by: User, last: Event) -> dict[str, Any]:
    """Whom the note mentions now, and who of them was not mentioned before."""
    named = mentions.named(text, incident, but=by)
    before = last.payload.get("mentions", ())
    found: dict[str, Any] = {"mentions": named} if named else {}
    added = [name for name in named if name not in before]
    return found | ({"mentions_added": added} if added else {})
