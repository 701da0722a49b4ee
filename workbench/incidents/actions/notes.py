"""What people write into the timeline."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from workbench.incidents import timeline
from workbench.incidents.actions.common import ActionRefused, needs_respond, once, past
from workbench.incidents.models import Event, Incident

if TYPE_CHECKING:
    from django.contrib.auth.models import User

Kind = Event.Kind


def add_note(
    by: User,
    incident: Incident,
    text: str,
    *,
    happened_at: datetime | None = None,
    client_id: str = "",
) -> Event:
    """Write a person's words into the timeline. What a page sends twice under one `client_id` is
    one note; `happened_at` is the time that the note is about, when it is written later."""
    needs_respond(by, incident)
    text = text.strip()[:20_000]
    if not text:
        raise ActionRefused("the note is empty")
    return once(
        incident,
        client_id,
        partial(
            timeline.append,
            incident.pk,
            Kind.NOTE,
            {"text": text},
            by=by,
            happened_at=past(happened_at),
        ),
    )
