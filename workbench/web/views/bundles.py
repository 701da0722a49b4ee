"""Bundles: an incident as a file for another installation, and the page that takes one in."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from workbench.incidents.models import Incident
from workbench.integrations import actions
from workbench.web.views.common import act, back, incident_or_404, person


@require_GET
def download(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The whole incident as a bundle; that it was taken is written down."""
    incident = incident_or_404(request, pk)
    made: list[FileResponse] = []

    def verb() -> None:
        bundle = actions.export_bundle(person(request), incident)
        made.append(as_download(bundle, incident))

    return made[0] if act(request, verb) else back(request, incident)


def as_download(bundle: object, incident: Incident) -> FileResponse:
    """A bundle under its name."""
    name = f"bothways-incident-{incident.pk}.tar.gz"
    return FileResponse(bundle, as_attachment=True, filename=name, content_type="application/gzip")


@require_http_methods(["GET", "POST"])
def take_in(request: HttpRequest) -> HttpResponse:
    """Import a bundle: the form, and what comes of it."""
    if not actions.may_import(person(request)):
        raise PermissionDenied("this needs the right to import incidents")
    file = request.FILES.get("bundle")
    kept: list[Incident] = []
    if file is not None and act(
        request, lambda: kept.append(actions.import_bundle(person(request), file))
    ):
        return redirect("incident", kept[0].pk)
    return render(request, "web/import.html", status=400 if request.method == "POST" else 200)
