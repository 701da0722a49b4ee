"""What every action needs: the right, the refusal, and words that are safe to keep."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction
from django.utils import timezone

from workbench.incidents import roles
from workbench.incidents.models import Event, Incident

if TYPE_CHECKING:
    from django.contrib.auth.models import User

SLACK = timedelta(minutes=2)  # by which a browser's clock may be ahead


IMPORTED = "this incident was imported from {}: it can be read and played, and is not changed here"


class ActionRefused(Exception):
    """The action makes no sense now; the message says why in words for the page."""


def needs_right(by: User | None, incident: Incident | None) -> None:
    """Raises NotAllowed when this person may not act here; Bothways itself (None) may."""
    if by is not None and not roles.may_respond(by, incident):
        raise roles.NotAllowed("this needs the role responder")


def needs_respond(by: User | None, incident: Incident | None) -> None:
    """Raises NotAllowed when this person may not act here; Bothways itself (None) may. Nobody
    changes what was imported: raises ActionRefused."""
    needs_right(by, incident)
    if incident is not None and incident.origin:
        raise ActionRefused(IMPORTED.format(incident.origin))


def once(incident: Incident, client_id: str, write: Callable[..., Event]) -> Event:
    """The event that `write` makes, or the one that was written under this id before."""
    key = client_id[:64] or None
    try:
        with transaction.atomic():
            return write(client_id=key)
    except IntegrityError:
        sent = Event.objects.filter(incident=incident, client_id=key).first() if key else None
        if sent is None:
            raise
        return sent


def sent_before(incident: Incident, client_id: str) -> Event | None:
    """What was written under this id already: where a second sending would be refused."""
    key = client_id[:64]
    return Event.objects.filter(incident=incident, client_id=key).first() if key else None


def past(at: datetime | None) -> datetime | None:
    """A time that a person gave. Raises ActionRefused when it is still to come."""
    if at is not None and at > timezone.now() + SLACK:
        raise ActionRefused("that time is still to come")
    return at


def check_probes(probes: str) -> None:
    """Raises ActionRefused for anything but off, gentle and full."""
    if probes not in ("off", "gentle", "full"):
        raise ActionRefused(f"probes are off, gentle or full, not {probes[:20]!r}")


def check_ask(ask: str) -> None:
    """Raises ActionRefused for anything but near and all."""
    if ask not in ("near", "all"):
        raise ActionRefused(f"devices asked are near or all, not {ask[:20]!r}")


def one_line(text: str) -> str:
    """A text as one line of at most 200 printable characters."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())[:200]
