"""What people say of the points of the checklist: done, skipped, open again."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from django.db import transaction

from workbench.incidents import checks, timeline
from workbench.incidents.actions.common import ActionRefused, needs_respond, once
from workbench.incidents.models import Event, Incident
from workbench.report.checklist.points import BY_NUMBER

if TYPE_CHECKING:
    from django.contrib.auth.models import User

Kind = Event.Kind
LONGEST = 1000  # characters of a finding or a reason
NEEDS_WORDS = {
    "done": "say in a sentence what was found",
    "skipped": "say why it is skipped",
}


def check(
    by: User, incident: Incident, row: int, mark: str, why: str = "", *, client_id: str = ""
) -> Event:
    """Say that a point is done (`why`: what was found), skipped (`why`: the reason) or reopened."""
    needs_respond(by, incident)
    if row not in BY_NUMBER:
        raise ActionRefused(f"the checklist has no point {row}")
    if mark not in checks.MARKS:
        raise ActionRefused(f"{mark[:20]!r} is not done, skipped or reopened")
    words = why.strip()[:LONGEST]
    if not words and mark in NEEDS_WORDS:
        raise ActionRefused(NEEDS_WORDS[mark])
    payload = {"row": row, "title": BY_NUMBER[row].title, "is": mark, "why": words}
    write = partial(timeline.append, incident.pk, Kind.CHECK, payload, by=by)
    return once(incident, client_id, write)


def undo_check(by: User, incident: Incident, seq: int) -> Event:
    """Take back what somebody said of a point, by the number of its event; what was said before
    stands again."""
    needs_respond(by, incident)
    with transaction.atomic():
        Incident.objects.select_for_update().get(pk=incident.pk)
        standing = checks.by_hand(incident)
        said = next((one for one in standing.items() if one[1].seq == seq), None)
        if said is None:
            raise ActionRefused("something else was said of this point meanwhile")
        row = said[0]
        payload = {"row": row, "title": BY_NUMBER[row].title, "undoes": seq}
        return timeline.append(incident.pk, Kind.CHECK, payload, by=by)
