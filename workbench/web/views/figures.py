"""The incident's figures in plotly's schema, for the theme and the width of whoever looks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_GET

from workbench.incidents import queries
from workbench.incidents.models import Incident, Run
from workbench.report.figures.as_svg import as_svg
from workbench.report.figures.counters_figure import moves_figure
from workbench.report.figures.ladder_figure import ladder_figure
from workbench.report.figures.path_figure import path_figure, path_scene
from workbench.report.figures.spread_figure import spread_figure
from workbench.report.figures.timeline_figure import timeline_figure
from workbench.web import parts
from workbench.web.presenters import timeline
from workbench.web.views.common import incident_or_404, number, wanted_runs

Figure = dict[str, Any]
Draw = Callable[[Any, str, int], Figure]
OF_A_RUN: dict[str, tuple[str, Draw]] = {
    "ladder": ("ladder", ladder_figure),
    "moves": ("moves", moves_figure),
    "spread": ("spread", spread_figure),
}
EMPTY: Figure = {"empty": True}


@require_GET
def figure(request: HttpRequest, pk: int, which: str) -> HttpResponse:
    """One figure; `empty` says that there is nothing to draw yet. The paths also as=svg, for a page
    whose drawing library is still on its way, and `beside` those of another run."""
    incident = incident_or_404(request, pk)
    theme = "light" if request.GET.get("theme") == "light" else "dark"
    width = min(1600, max(320, number(request.GET.get("width")) or 1232))
    run = wanted_runs(request, incident).shown
    runs = (run.pk if run else 0, number(request.GET.get("beside")))
    key = ("figure", which, pk, *runs, incident.last_seq, theme, width)
    if which != "paths":
        drawn = parts.shared.get(key, lambda: _drawn(incident, run, which, theme, width))
        return JsonResponse(drawn)
    other = queries.run(incident, runs[1]) if runs[1] else None
    if request.GET.get("as") == "svg":
        svg = parts.shared.get((*key, "svg"), lambda: _paths_as_svg(run, theme, width, other))
        return HttpResponse(svg, content_type="image/svg+xml")
    return JsonResponse(parts.shared.get(key, lambda: _paths(run, theme, width, other)))


def _paths_as_svg(run: Run | None, theme: str, width: int, other: Run | None) -> str:
    picture = run.picture if run else None
    return as_svg(path_scene(picture, theme, width, _picture(other))) if picture else ""


def _paths(run: Run | None, theme: str, width: int, other: Run | None) -> Figure:
    picture = run.picture if run else None
    return path_figure(picture, theme, width, _picture(other)) if picture else EMPTY


def _picture(other: Run | None) -> dict[str, Any] | None:
    return other.picture if other else None


def _drawn(incident: Incident, run: Run | None, which: str, theme: str, width: int) -> Figure:
    if which == "timeline":
        moments = timeline.moments(list(queries.timeline(incident)), list(queries.runs(incident)))
        return timeline_figure(moments, theme, width) if len(moments) > 1 else EMPTY
    if which not in OF_A_RUN:
        raise Http404("no such figure")
    name, draw = OF_A_RUN[which]
    content = ((run.picture if run else None) or {}).get(name)
    return draw(content, theme, width) if content else EMPTY
