"""The head of an incident: the form, and the verbs that change it."""

from __future__ import annotations

from dataclasses import asdict

from django.contrib import messages
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_POST

from workbench.config.access import by_script
from workbench.incidents import actions, roles
from workbench.incidents.head import FIELDS
from workbench.incidents.models import Incident
from workbench.web.presenters import head
from workbench.web.views.common import act, back, incident_or_404, may_respond, person

MOST_PEOPLE = 200  # offered as names


@require_GET
def form(request: HttpRequest, pk: int) -> HttpResponse:
    """The form with the values of now: alone for our scripts, which show it in a dialog."""
    incident = incident_or_404(request, pk)
    context = {
        "incident": incident,
        "can_act": may_respond(request, incident),
        "fields": head.field_views(incident),
        "earlier": head.earlier_values(incident),
        "people": _people(incident),
    }
    template = "web/parts/head_form.html" if by_script(request) else "web/head.html"
    return render(request, template, context)


def _people(incident: Incident) -> list[str]:
    """Those who may see the incident."""
    active = User.objects.filter(is_active=True).order_by("username")[:MOST_PEOPLE]
    return [one.get_username() for one in active if roles.may_view(one, incident)]


@require_POST
def change(request: HttpRequest, pk: int) -> HttpResponse:
    """Change fields of the head; a clash is answered with both values."""
    incident = incident_or_404(request, pk)
    sent = request.POST
    values = {name: sent[name].replace("\r\n", "\n") for name in FIELDS if name in sent}
    was = {name: sent[f"was-{name}"] for name in FIELDS if f"was-{name}" in sent}
    touched = {name: value for name, value in values.items() if _touched(name, value, was)}
    clashes: list[actions.Clash] = []

    def verb() -> None:
        try:
            actions.change_head(person(request), incident, touched, was, sent.get("why", ""))
        except actions.HeadClash as error:
            clashes.extend(error.clashes)
            raise

    act(request, verb)
    return _clash(request, clashes) if clashes and by_script(request) else back(request, incident)


def _touched(name: str, value: str, was: dict[str, str]) -> bool:
    """What an editor left alone is not sent over what somebody else wrote meanwhile."""
    return name not in was or value.strip() != was[name].replace("\r\n", "\n").strip()


def _clash(request: HttpRequest, clashes: list[actions.Clash]) -> HttpResponse:
    said = " ".join(str(one) for one in messages.get_messages(request))
    return JsonResponse({"error": said, "clashes": [asdict(one) for one in clashes]}, status=409)


@require_POST
def take(request: HttpRequest, pk: int) -> HttpResponse:
    """Become commander, scribe or one of the hands."""
    incident = incident_or_404(request, pk)
    role = request.POST.get("role", "")

    def verb() -> None:
        if not actions.take_role(person(request), incident, role):
            raise actions.ActionRefused(f"you are the {role} already")

    act(request, verb)
    return back(request, incident)
