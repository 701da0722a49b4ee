"""Changes that other systems report."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from workbench.incidents.actions.common import ActionRefused, needs_respond, one_line, past
from workbench.integrations import nearby
from workbench.integrations.actions.changes import cleaned
from workbench.integrations.models import Change
from workbench.integrations.web_links import web_link

if TYPE_CHECKING:
    from django.contrib.auth.models import User


def report_change(
    by: User,
    source: str,
    device: str,
    summary: str,
    *,
    at: datetime | None = None,
    url: str = "",
    commands: Sequence[str] = (),
) -> tuple[Change, bool]:
    """Keep a change that another system made (`at`: None = now), and tell every incident that it
    may concern. False: the very same was reported before."""
    needs_respond(by, None)
    told = {
        "source": one_line(source)[:100],
        "device": one_line(device)[:100],
        "summary": " ".join(summary.replace("\0", "").split())[:500],
        "url": web_link(url),
    }
    for name in ("source", "device", "summary"):
        if not told[name]:
            raise ActionRefused(f"say the {name} of the change")
    told_at = past(at)
    same = Change.objects.filter(**told, at=told_at).first() if told_at else None
    if same is not None:
        return same, False
    with transaction.atomic():
        change = Change.objects.create(
            **told,
            at=told_at or timezone.now(),
            commands=cleaned(list(commands)),
            reported_by=by,
            reported_at=timezone.now(),
        )
        transaction.on_commit(partial(nearby.tell_incidents, change), robust=True)
    return change, True
