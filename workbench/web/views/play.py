"""An incident from its beginning, moment by moment, as it was known then."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from workbench.config.access import by_script
from workbench.incidents.as_of import as_of, moments, told_by
from workbench.incidents.models import Incident
from workbench.report.figures.as_svg import as_svg
from workbench.report.figures.path_figure import path_scene
from workbench.web import parts
from workbench.web.presenters.played import picture, played
from workbench.web.views.common import incident_or_404, number

LINES = 30  # of the timeline, beside one moment


@require_GET
def play(request: HttpRequest, pk: int) -> HttpResponse:
    """The page; for our script the moment alone. `upto`: the number of the event that was the
    newest then; without it, the first."""
    incident = incident_or_404(request, pk)
    known = moments(incident)
    if not known:
        raise Http404("nothing happened here yet")
    upto = number(request.GET.get("upto")) or known[0]
    at = max((place for place, seq in enumerate(known) if seq <= upto), default=0)
    theme = "light" if request.GET.get("theme") == "light" else "dark"
    width = min(1600, max(320, number(request.GET.get("width")) or 760))
    key = ("play", pk, known[at], incident.last_seq, theme, width)
    shown: dict[str, Any] = parts.shared.get(
        key, lambda: _moment(incident, known[at], theme, width)
    )
    context = {
        "incident": incident,
        **shown,
        "at": at,
        "of": len(known),
        "last": len(known) - 1,
        "before": known[at - 1] if at else None,
        "after": known[at + 1] if at + 1 < len(known) else None,
    }
    if by_script(request):
        return render(request, "web/parts/played.html", context)
    return render(request, "web/play.html", context | {"moments": " ".join(map(str, known))})


def _moment(incident: Incident, seq: int, theme: str, width: int) -> dict[str, Any]:
    moment = as_of(incident, seq)
    drawn = picture(incident, moment)
    return {
        "played": played(moment),
        "paths": as_svg(path_scene(drawn, theme, width)) if drawn else "",
        "rows": parts.event_rows(told_by(incident, seq, LINES)),
    }
