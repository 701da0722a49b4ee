"""What every page of an incident needs: the incident, the run, and who is asking."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect

from workbench.config.access import by_script
from workbench.incidents import actions, fault, queries, roles
from workbench.incidents.fault import IncidentRuns
from workbench.incidents.models import Incident, Run

if TYPE_CHECKING:
    from django.contrib.auth.models import User


def person(request: HttpRequest) -> User:
    """Who is asking; the pages are closed to anonymous visitors."""
    return cast("User", request.user)


def incident_or_404(request: HttpRequest, pk: int) -> Incident:
    """The incident if this person may see it."""
    try:
        return queries.incident(person(request), pk)
    except Incident.DoesNotExist:
        raise Http404("no such incident, or not for you") from None


def run_or_404(request: HttpRequest, pk: int, number: int) -> Run:
    """A run of an incident that this person may see."""
    run = queries.run(incident_or_404(request, pk), number)
    if run is None:
        raise Http404("no such run")
    return run


def wanted_runs(request: HttpRequest, incident: Incident) -> IncidentRuns:
    """The runs that speak for the incident, or the one run that the address names with ?run=."""
    speaking = fault.runs_of(incident)
    wanted = number(request.GET.get("run"))
    if wanted is None:
        return speaking
    run = queries.run(incident, wanted)
    if run is None:
        raise Http404("no such run")
    return speaking.pinned(run)


def may_respond(request: HttpRequest, incident: Incident | None = None) -> bool:
    """Does the page show this person the buttons that act?"""
    imported = incident is not None and bool(incident.origin)
    return not imported and roles.may_respond(person(request), incident)


def act(request: HttpRequest, verb: Callable[[], Any], done: str = "") -> bool:
    """Do something; say on the page why it could not be done. Raises PermissionDenied."""
    try:
        verb()
    except roles.NotAllowed as error:
        raise PermissionDenied(str(error)) from error
    except actions.ActionRefused as error:
        messages.error(request, str(error))
        return False
    if done:
        messages.success(request, done)
    return True


def back(request: HttpRequest, incident: Incident | int) -> HttpResponse:
    """To the incident's page; for our scripts, what that page would say, as JSON."""
    if not by_script(request):
        return redirect("incident", incident if isinstance(incident, int) else incident.pk)
    said = [{"text": str(one), "tone": one.tags} for one in messages.get_messages(request)]
    refused = any(one["tone"] == "error" for one in said)
    return JsonResponse({"messages": said}, status=409 if refused else 200)


def number(text: str | None) -> int | None:
    """A number from an address or a form; None when it is not one."""
    if not text or not text.isdecimal() or len(text) >= 10:
        return None
    return int(text)


def minutes(text: str) -> int:
    """How many minutes east of UTC the page shows its times; 0 for what is no such number."""
    return int(text) if re.fullmatch(r"-?\d{1,3}", text, re.ASCII) else 0


Page = HttpResponse
