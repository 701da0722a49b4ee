"""Correcting notes, and redacting what should never have been written."""

from __future__ import annotations

import re

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from workbench.config.access import by_script
from workbench.incidents import actions, corrections, roles
from workbench.incidents.models import Event, Incident, Redaction
from workbench.web.views.common import act, back, incident_or_404, minutes, number, person

IMAGE = re.compile(r"\(image:(\d{1,6})\)")


@require_http_methods(["GET", "POST"])
def correct(request: HttpRequest, pk: int, seq: int) -> HttpResponse:
    """The form that corrects a note, alone for our scripts; or correct it."""
    incident = incident_or_404(request, pk)
    versions = corrections.versions_of(incident, seq)
    if not versions or "redacted" in versions[0].payload:
        raise Http404("no such note")
    if request.method == "POST":
        return _correct(request, incident, seq)
    template = "web/parts/correct_form.html" if by_script(request) else "web/correct.html"
    who, note = person(request), versions[0]
    admin = roles.is_administrator(who, incident)
    context = {
        "incident": incident,
        "note": note,
        "newest": versions[-1],
        "may_redact": admin,
        "can_correct": admin or (note.actor == who and roles.may_respond(who, incident)),
    }
    return render(request, template, context)


def _correct(request: HttpRequest, incident: Incident, seq: int) -> HttpResponse:
    fields = request.POST

    def verb() -> None:
        actions.correct_note(
            person(request),
            incident,
            seq,
            fields.get("text", ""),
            read=number(fields.get("read")),
            client_id=fields.get("client_id", ""),
            east=minutes(fields.get("east", "")),
        )

    act(request, verb)
    return back(request, incident)


@require_http_methods(["GET", "POST"])
def redact(request: HttpRequest, pk: int) -> HttpResponse:
    """The form that removes bytes for good, for administrators; or remove them."""
    incident = incident_or_404(request, pk)
    if not roles.is_administrator(person(request), incident):
        raise PermissionDenied("this needs an administrator")
    typed = request.POST or request.GET
    if request.method == "POST" and _redact(request, incident):
        return redirect("incident", pk)
    context = {
        "incident": incident,
        "typed": {name: typed.get(name, "")[:200] for name in ("what", "why")},
        "choices": _choices(incident, typed.get("what", "")),
        "redactions": Redaction.objects.filter(incident=incident),
    }
    return render(request, "web/redact.html", context)


def _redact(request: HttpRequest, incident: Incident) -> bool:
    field = request.POST.get

    def verb() -> None:
        what, why, secret = field("what", "")[:80], field("why", ""), field("secret", "")[:2000]
        actions.redact(person(request), incident, what, why, secret=secret)

    return act(request, verb, "Redacted. Change the secret where it is used.")


def _choices(incident: Incident, what: str) -> list[str]:
    """What is named, and the images in it where it is a note."""
    named = re.fullmatch(r"n(\d{1,12})", what)
    versions: list[Event] = corrections.versions_of(incident, int(named[1])) if named else []
    texts = " ".join(str(version.payload.get("text", "")) for version in versions)
    return [*filter(None, [what]), *(f"image {found}" for found in IMAGE.findall(texts))]
