"""The checklist of an incident, and state boundaries: of one incident, and of all."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Query, Router, Status

from workbench.analysis.case.state_boundary import StateBoundary
from workbench.api import answers, asking, fields, shapes
from workbench.api.asking import person
from workbench.incidents import actions, checks, fault, state_boundaries
from workbench.incidents.models import Incident
from workbench.incidents.state_boundaries import BoundaryFilter
from workbench.report.boundaries import boundaries_of, sentence

router = Router(tags=["checklist"])
BY_DEVICE = ("device", "-at", "-pk")


@router.get("/incidents/{int:incident_id}/checks", response=answers.ChecksAnswer, url_name="checks")
def checklist(request: HttpRequest, incident_id: int) -> answers.ChecksAnswer:
    """The twelve points, and what the record says of each."""
    row = asking.incident(request, incident_id)
    return {"checks": [one.as_dict() for one in checks.checklist(row, fault.runs_of(row))]}


@router.post(
    "/incidents/{int:incident_id}/checks",
    response={201: answers.EventAnswer},
    url_name="check",
)
def check(
    request: HttpRequest, incident_id: int, said: fields.NewCheck
) -> Status[answers.EventAnswer]:
    """Say that a point is done (what was found), skipped (why) or reopened."""
    event = actions.check(
        person(request),
        asking.incident(request, incident_id),
        said.row,
        said.mark,
        said.why,
        client_id=said.client_id,
    )
    return Status(201, shapes.event(event))


@router.post(
    "/incidents/{int:incident_id}/checks/{int:seq}/undo",
    response={201: answers.EventAnswer},
    url_name="undo-check",
)
def undo_check(request: HttpRequest, incident_id: int, seq: int) -> Status[answers.EventAnswer]:
    """Take back what somebody said of a point, by the number of its event."""
    row = asking.incident(request, incident_id)
    return Status(201, shapes.event(actions.undo_check(person(request), row, seq)))


@router.get(
    "/incidents/{int:incident_id}/boundaries",
    response=answers.IncidentBoundariesAnswer,
    url_name="incident-boundaries",
)
def of_incident(request: HttpRequest, incident_id: int) -> answers.IncidentBoundariesAnswer:
    """Which devices keep state about the flow, and which of them expects to see both directions?"""
    row = asking.incident(request, incident_id)
    run = fault.runs_of(row).subject
    found = boundaries_of(run.verdict, run.picture) if run else ()
    dark = ((run.verdict or {}).get("unreached") or ()) if run else ()
    return {
        "run": run.number if run else None,
        "sentence": sentence(found, row.protocol, dark) if run and run.picture else "",
        "boundaries": _with_owners(request, row, found),
    }


def _with_owners(
    request: HttpRequest, row: Incident, found: tuple[StateBoundary, ...]
) -> list[dict[str, Any]]:
    owned = state_boundaries.owners(person(request))
    return [one.as_dict() | {"owner": owned.get(one.device)} for one in found]


@router.get("/boundaries", response=answers.BoundariesAnswer, url_name="boundaries")
def boundaries(
    request: HttpRequest, wanted: Query[fields.BoundaryQuery]
) -> answers.BoundariesAnswer:
    """Every device that a run saw keep state, over all incidents that you may see."""
    since = asking.moment(wanted.since, "since")
    narrow = BoundaryFilter(wanted.device, wanted.incident or None, since)
    rows = state_boundaries.rows(request.user, narrow)
    found = asking.page(rows, BY_DEVICE, wanted.cursor)
    owned = state_boundaries.owners(person(request))
    listed = [state_boundaries.as_dict(row, owned) for row in found.rows]
    return {"boundaries": listed, "next": found.next}
