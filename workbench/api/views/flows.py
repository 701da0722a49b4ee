"""The flows of an incident: correct one, add one; and which other incidents are related."""

from __future__ import annotations

from django.http import HttpRequest
from ninja import Router, Status

from collectors.paste.flows import recognise
from workbench.api import asking, fields, flows
from workbench.api.asking import person
from workbench.incidents import actions
from workbench.incidents.related import related

router = Router(tags=["flows"])
FLOWS = "/incidents/{int:incident_id}/flows"


@router.get(FLOWS, response=flows.FlowsAnswer, url_name="flows")
def list_flows(request: HttpRequest, incident_id: int) -> flows.FlowsAnswer:
    """The flows, the main one first, with the runs about each."""
    return {"flows": flows.flows(asking.incident(request, incident_id))}


@router.post(FLOWS, response={201: flows.FlowAnswer}, url_name="add-flow")
def add(request: HttpRequest, incident_id: int, new: fields.NewFlow) -> Status[flows.FlowAnswer]:
    """Say that another flow fails, too."""
    row = asking.incident(request, incident_id)
    added = actions.add_flow(person(request), row, recognise(new.flow), new.why)
    return Status(201, _of_number(request, incident_id, added.number))


@router.post(f"{FLOWS}/{{int:number}}", response=flows.FlowAnswer, url_name="change-flow")
def change(
    request: HttpRequest, incident_id: int, number: int, new: fields.NewFlow
) -> flows.FlowAnswer:
    """Correct a flow; earlier runs stay about what they looked at."""
    row = asking.incident(request, incident_id)
    actions.change_flow(person(request), row, recognise(new.flow), new.why, number=number)
    return _of_number(request, incident_id, number)


def _of_number(request: HttpRequest, incident_id: int, number: int) -> flows.FlowAnswer:
    found = flows.flows(asking.incident(request, incident_id))
    return next(one for one in found if one["number"] == number)


@router.get(
    "/incidents/{int:incident_id}/related", response=flows.RelatedListAnswer, url_name="related"
)
def list_related(request: HttpRequest, incident_id: int) -> flows.RelatedListAnswer:
    """Other incidents on the same flow or addresses, or with the same devices on their paths."""
    row = asking.incident(request, incident_id)
    return {"related": [flows.related(one) for one in related(request.user, row)]}
