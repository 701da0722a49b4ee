"""What people say of the points of the checklist, and the list of stateful devices over all
incidents."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.dateparse import parse_date
from django.utils.timezone import make_aware
from django.views.decorators.http import require_GET, require_POST

from workbench.incidents import actions, roles, state_boundaries
from workbench.incidents.state_boundaries import EXPORTED, BoundaryFilter
from workbench.report.csv_text import as_csv
from workbench.web.presenters.boundary_flows import in_words, kept
from workbench.web.views.common import act, back, incident_or_404, number, person

PER_PAGE = 100


@require_POST
def check(request: HttpRequest, pk: int) -> HttpResponse:
    """Say that a point is done, skipped or open again."""
    incident, fields = incident_or_404(request, pk), request.POST

    def verb() -> None:
        actions.check(
            person(request),
            incident,
            number(fields.get("row")) or 0,
            fields.get("is", ""),
            fields.get("why", ""),
            client_id=fields.get("client_id", ""),
        )

    act(request, verb)
    return back(request, incident)


@require_POST
def undo_check(request: HttpRequest, pk: int) -> HttpResponse:
    """Take back what somebody said of a point."""
    incident = incident_or_404(request, pk)
    seq = number(request.POST.get("seq")) or 0
    act(request, lambda: actions.undo_check(person(request), incident, seq))
    return back(request, incident)


@require_GET
def boundaries(request: HttpRequest) -> HttpResponse:
    """Which devices keep state, who answers for them, and which flows cross them?"""
    wanted = _wanted(request)
    context = {"wanted": wanted, "since": request.GET.get("since", ""), "rest": _rest(request)}
    if wanted.device:
        return render(request, "web/boundary.html", context | _one_device(request, wanted))
    found = state_boundaries.devices(person(request), wanted)
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    shown = [(one, kept(one.keeps)) for one in page.object_list]
    return render(request, "web/boundaries.html", context | {"page": page, "devices": shown})


def _one_device(request: HttpRequest, wanted: BoundaryFilter) -> dict[str, Any]:
    rows = state_boundaries.rows(person(request), wanted)
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    owner = state_boundaries.owners(person(request)).get(wanted.device, "")
    return {"page": page, "flows": [in_words(row) for row in page.object_list], "owner": owner}


@require_GET
def export(request: HttpRequest, form: str) -> HttpResponse:
    """The same as a file: one line for each device and run."""
    if form not in ("csv", "json"):
        raise Http404("csv or json")
    rows = state_boundaries.exported(person(request), _wanted(request))
    body = as_csv(EXPORTED, rows) if form == "csv" else json.dumps({"boundaries": list(rows)})
    kind = "text/csv; charset=utf-8" if form == "csv" else "application/json"
    headers = {"Content-Disposition": f'attachment; filename="bothways-boundaries.{form}"'}
    return HttpResponse(body, content_type=kind, headers=headers)


def _wanted(request: HttpRequest) -> BoundaryFilter:
    """The filter of the address. Raises PermissionDenied for whoever may see no incident at all."""
    if not person(request).has_perm(roles.VIEW):
        raise PermissionDenied("this needs the role viewer")
    device = request.GET.get("device", "").strip()[:100]
    return BoundaryFilter(device, number(request.GET.get("incident")), _since(request))


def _since(request: HttpRequest) -> datetime | None:
    try:
        day = parse_date(request.GET.get("since", ""))
    except ValueError:
        return None
    return make_aware(datetime(day.year, day.month, day.day)) if day else None


def _rest(request: HttpRequest) -> str:
    """The address without its page."""
    rest = request.GET.copy()
    rest.pop("page", None)
    return rest.urlencode()
