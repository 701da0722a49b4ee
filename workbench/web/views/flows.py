"""The flows of an incident: the form, and the verbs that correct and add."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from collectors.model.flow import BadFlow, Flow
from workbench.config.access import by_script
from workbench.incidents import actions
from workbench.incidents.flows import flows_of
from workbench.incidents.models import Incident
from workbench.web.views.common import act, back, incident_or_404, may_respond, number, person
from workbench.web.views.opening import FIELDS, typed_flow


@require_http_methods(["GET", "POST"])
def flows(request: HttpRequest, pk: int) -> HttpResponse:
    """The form with the flows of now, alone for our scripts; or save what it says."""
    incident = incident_or_404(request, pk)
    if request.method == "POST":
        _save(request, incident)
        return back(request, incident)
    flow = incident.flow
    context = {
        "incident": incident,
        "can_act": may_respond(request, incident),
        "flows": flows_of(incident),
        "typed": {name: str(getattr(flow, name, None) or "") for name in FIELDS},
    }
    template = "web/parts/flows_form.html" if by_script(request) else "web/flows.html"
    return render(request, template, context)


def _save(request: HttpRequest, incident: Incident) -> None:
    try:
        flow = typed_flow(request.POST)
    except BadFlow as error:
        messages.error(request, str(error))
        return
    act(request, lambda: _verb(request, incident, flow))


def _verb(request: HttpRequest, incident: Incident, flow: Flow) -> None:
    who, why = person(request), request.POST.get("why", "")
    wanted = request.POST.get("number", "")
    if wanted == "new":
        actions.add_flow(who, incident, flow, why)
    else:
        actions.change_flow(who, incident, flow, why, number=number(wanted) or 0)
