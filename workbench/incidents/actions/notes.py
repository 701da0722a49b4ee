"""What people write into the timeline, and what of it they mark as important."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone

from workbench.incidents import mentions, queries, timeline, when
from workbench.incidents.actions.common import ActionRefused, needs_respond, once, past
from workbench.incidents.models import Event, Incident

if TYPE_CHECKING:
    from django.contrib.auth.models import User

Kind = Event.Kind
LONGEST = 20_000  # characters of a note


def add_note(
    by: User,
    incident: Incident,
    text: str,
    *,
    happened_at: datetime | None = None,
    until: datetime | None = None,
    client_id: str = "",
    east: int = 0,
) -> Event:
    """Write a person's words into the timeline. What a page sends twice under one `client_id` is
    one note.

    `happened_at` and `until` are what the note is about, when it is written later; a note that
    begins with a clock time (`02:07 …`, `02:07-02:20 …`) says so itself, in the time zone that is
    `east` minutes east of UTC.
    """
    needs_respond(by, incident)
    text = text.strip()[:LONGEST]
    if happened_at is None:
        happened_at, until, text = when.led(text, timezone.now(), east)
    if not text:
        raise ActionRefused("the note is empty")
    return once(
        incident,
        client_id,
        partial(
            timeline.append,
            incident.pk,
            Kind.NOTE,
            _payload(by, incident, text, _stretch(happened_at, until)),
            by=by,
            happened_at=past(happened_at),
        ),
    )


def _payload(by: User, incident: Incident, text: str, until: datetime | None) -> dict[str, Any]:
    payload: dict[str, Any] = {"text": text}
    if until is not None:
        payload["until"] = until.isoformat()
    named = mentions.named(text, incident, but=by)
    return payload | ({"mentions": named} if named else {})


def _stretch(begin: datetime | None, until: datetime | None) -> datetime | None:
    """The end of what lasted. Raises ActionRefused when it ends before it begins."""
    if until is not None and (begin is None or until < begin):
        raise ActionRefused("what lasted ends after it begins")
    return past(until)


def pin(by: User, incident: Incident, seq: int) -> Event:
    """Mark a line of the timeline as important: it stands above the timeline, and in the
    postmortem."""
    return _pin(by, incident, seq, pinned=True)


def unpin(by: User, incident: Incident, seq: int) -> Event:
    """Take the mark of a line away."""
    return _pin(by, incident, seq, pinned=False)


def _pin(by: User, incident: Incident, seq: int, *, pinned: bool) -> Event:
    needs_respond(by, incident)
    with transaction.atomic():
        Incident.objects.select_for_update().get(pk=incident.pk)
        line = queries.timeline(incident).filter(seq=seq).exclude(kind=Kind.PINNED).first()
        if line is None:
            raise ActionRefused(f"there is no line {seq} in this timeline")
        if (seq in queries.pinned_numbers(incident)) is pinned:
            raise ActionRefused("it is pinned already" if pinned else "it is not pinned")
        payload = {"event": seq, "pinned": pinned}
        return timeline.append(incident.pk, Kind.PINNED, payload, by=by)
