"""Correcting notes, and redacting what should never have been written."""

from __future__ import annotations

from django.http import HttpRequest
from ninja import Query, Router, Status

from workbench.api import answers, asking, fields, redactions, shapes
from workbench.api.asking import person
from workbench.incidents import actions
from workbench.incidents.models import Redaction

router = Router(tags=["corrections"])
REDACTIONS = "/incidents/{int:incident_id}/redactions"


@router.post(
    "/incidents/{int:incident_id}/notes/{int:seq}/correct",
    response={201: answers.EventAnswer},
    url_name="correct",
)
def correct(
    request: HttpRequest, incident_id: int, seq: int, new: fields.NewCorrection
) -> Status[answers.EventAnswer]:
    """Say what a note should have said; what it said stays readable."""
    event = actions.correct_note(
        person(request),
        asking.incident(request, incident_id),
        seq,
        new.text,
        read=new.read,
        client_id=new.client_id,
    )
    return Status(201, shapes.event(event))


@router.get(REDACTIONS, response=redactions.RedactionsAnswer, url_name="redactions")
def list_redactions(
    request: HttpRequest, incident_id: int, paging: Query[fields.Paging]
) -> redactions.RedactionsAnswer:
    """What was redacted, in order."""
    rows = Redaction.objects.filter(incident=asking.incident(request, incident_id))
    found = asking.page(rows, ("number",), paging.cursor)
    return {"redactions": [redactions.redaction(row) for row in found.rows], "next": found.next}


@router.post(REDACTIONS, response={201: redactions.RedactionAnswer}, url_name="redact")
def redact(
    request: HttpRequest, incident_id: int, new: fields.NewRedaction
) -> Status[redactions.RedactionAnswer]:
    """Remove bytes for good, and all that quotes them. For administrators."""
    row = asking.incident(request, incident_id)
    kept = actions.redact(person(request), row, new.what, new.why, secret=new.secret)
    return Status(201, redactions.redaction(kept))
