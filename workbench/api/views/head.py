"""The head of an incident: what it says, and changes that write over nobody's."""

from __future__ import annotations

from django.http import HttpRequest
from ninja import Router

from workbench.api import answers, asking, fields, shapes
from workbench.api.asking import person
from workbench.incidents import actions

router = Router(tags=["incidents"])
HEAD = "/incidents/{int:incident_id}/head"


@router.get(HEAD, response=answers.HeadAnswer, url_name="head")
def read_head(request: HttpRequest, incident_id: int) -> answers.HeadAnswer:
    """Every field of the head as text, and what each of the five times took."""
    return shapes.head(asking.incident(request, incident_id))


@router.patch(HEAD, response=answers.HeadAnswer, url_name="change-head")
def change_head(
    request: HttpRequest, incident_id: int, change: fields.HeadChange
) -> answers.HeadAnswer:
    """Change the fields that are named, all or none; 409 names what clashes with another change."""
    row = asking.incident(request, incident_id)
    wanted = change.model_dump(exclude={"was", "why"}, exclude_unset=True)
    started = change.was.model_dump(exclude_unset=True)
    actions.change_head(person(request), row, wanted, started, change.why)
    row.refresh_from_db()
    return shapes.head(row)
