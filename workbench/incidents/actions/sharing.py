"""Sharing an incident with somebody who has no login here."""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Coalesce
from django.utils import timezone

from workbench.incidents import roles, timeline
from workbench.incidents.actions.common import ActionRefused, needs_respond, once, one_line
from workbench.incidents.models import Event, Incident, ShareLink

if TYPE_CHECKING:
    from django.contrib.auth.models import User

DAYS, MOST_DAYS = 7, 90
MOST_LINKS = 50  # of one incident that are valid at a time


@dataclass(frozen=True, slots=True)
class Shown:
    """What a link shows beside the head, the verdict in words and both paths."""

    letters: bool = False  # "device A" instead of names
    people: bool = False  # the names of people
    timeline: bool = False  # the lines that are marked as important


def may_share(by: User, incident: Incident) -> bool:
    """Responders share; what is restricted is shared by its commander and its opener only."""
    if not roles.may_respond(by, incident):
        return False
    return not incident.restricted or by.pk in (incident.commander_id, incident.opened_by_id)


def share(
    by: User,
    incident: Incident,
    label: str,
    days: int = DAYS,
    shown: Shown | None = None,
    *,
    client_id: str = "",
) -> tuple[ShareLink, str]:
    """Make a link for whoever `label` says; the only time that its token can be seen. What a page
    sends twice under one `client_id` is refused. Raises ActionRefused and NotAllowed."""
    needs_respond(by, incident)
    if not may_share(by, incident):
        raise roles.NotAllowed("only its commander and its opener share a restricted incident")
    label, shown = one_line(label)[:100], shown or Shown()
    if not label:
        raise ActionRefused("say for whom the link is")
    if not 1 <= days <= MOST_DAYS:
        raise ActionRefused(f"a link is good for 1 to {MOST_DAYS} days")
    now = timezone.now()
    valid = ShareLink.objects.filter(incident=incident, revoked_at=None, expires_at__gt=now)
    if valid.count() >= MOST_LINKS:
        raise ActionRefused(f"there are {MOST_LINKS} valid links already; revoke some")
    token = secrets.token_urlsafe(32)
    made: list[ShareLink] = []

    def write(client_id: str | None) -> Event:
        link = ShareLink.objects.create(
            incident=incident,
            digest=ShareLink.digest_of(token),
            label=label,
            letters=shown.letters,
            people=shown.people,
            timeline=shown.timeline,
            made_by=by,
            made_at=now,
            expires_at=now + timedelta(days=days),
        )
        made.append(link)
        return _tell(by, link, "made", client_id=client_id)

    event = once(incident, client_id, write)
    if not made or event.payload.get("link") != made[-1].pk:
        raise ActionRefused("this link was made already, and a link is shown once")
    return made[-1], token


def revoke(by: User, link: ShareLink) -> bool:
    """Take a link back. False: it was taken back already."""
    needs_respond(by, link.incident)
    with transaction.atomic():
        valid = ShareLink.objects.filter(pk=link.pk, revoked_at=None)
        if not valid.update(revoked_at=timezone.now(), revoked_by=by):
            return False
        _tell(by, link, "revoked")
    return True


def open_link(token: str) -> ShareLink | None:
    """The link of a token, counted as opened once more; None where it opens nothing (any more)."""
    digest = ShareLink.digest_of(token)
    rows = ShareLink.objects.filter(digest=digest)
    link = rows.select_related("incident__commander", "incident__scribe", "made_by").first()
    if link is None or not hmac.compare_digest(link.digest, digest) or not _stands(link):
        return None
    now = timezone.now()
    rows.update(
        opened=F("opened") + 1,
        first_opened_at=Coalesce("first_opened_at", now),
        last_opened_at=now,
    )
    return link


def _stands(link: ShareLink) -> bool:
    """Is it valid, and might whoever made it make it today?"""
    return link.valid and link.made_by.is_active and may_share(link.made_by, link.incident)


def _tell(by: User, link: ShareLink, did: str, client_id: str | None = None) -> Event:
    payload: dict[str, Any] = {
        "did": did,
        "link": link.pk,
        "for": link.label,
        "expires": link.expires_at.isoformat(),
        "shows": [name for name in ("letters", "people", "timeline") if getattr(link, name)],
    }
    return timeline.append(link.incident_id, Event.Kind.SHARED, payload, by=by, client_id=client_id)
