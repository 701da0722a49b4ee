"""The list of incidents: all that a person may see, or those that a query finds."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET

from workbench.incidents import keyset, queries
from workbench.incidents.search.asked import Asked, asked
from workbench.incidents.search.find import SORTS, find, in_order
from workbench.incidents.search.query_text import KEYS, LONGEST, as_text
from workbench.integrations.actions import may_import
from workbench.report import words
from workbench.web.presenters import incident_filters, incident_rows, view_tabs
from workbench.web.views.common import may_respond, person

PER_PAGE = 50
MOST_COUNTED = 1000


@require_GET
def index(request: HttpRequest) -> HttpResponse:
    """Which incidents are there?"""
    text, sort = request.GET.get("q", "")[:LONGEST].strip(), _sort(request)
    fields = {key: request.GET.get(key, "") for key in KEYS}
    if any(fields.values()):  # of the form beside the box: one address for one question
        return redirect(f"/?{incident_filters.address(as_text(text, fields), sort)}")
    who, now = person(request), timezone.now()
    looked_for = asked(text, now)
    context = {
        "q": text,
        "sort": sort,
        "sorts": incident_filters.SORTED,
        "problems": looked_for.problems,
        "groups": incident_filters.groups(text, sort, who.get_username()),
        "others": incident_filters.others(text, sort, who.get_username()),
        "causes": [(code, said[0]) for code, said in words.CAUSES.items()],
        "can_act": may_respond(request),
        "can_import": may_import(who),
    }
    context |= view_tabs.shown(who, now, text, sort)
    found = _found(request, who, looked_for, now, sort) if not looked_for.problems else {}
    return render(request, "web/incidents.html", context | found)


def _sort(request: HttpRequest) -> str:
    wanted = request.GET.get("sort", "")
    return wanted if wanted in SORTS else "newest"


def _found(
    request: HttpRequest, who: User, looked_for: Asked, now: datetime, sort: str
) -> dict[str, Any]:
    """One page of what is found, and how many there are."""
    all_found, order = in_order(find(who, looked_for), sort)
    cursor, text = request.GET.get("cursor", ""), request.GET.get("q", "")
    stale = False
    try:
        page = keyset.page(all_found, order, cursor, PER_PAGE)
    except keyset.BadCursor:
        page, stale = keyset.page(all_found, order, "", PER_PAGE), True
    counted = find(who, looked_for).order_by()[: MOST_COUNTED + 1].count()
    return {
        "rows": incident_rows.rows(page.rows, now, looked_for),
        "stale": stale,
        "count": min(counted, MOST_COUNTED),
        "more_than_counted": counted > MOST_COUNTED,
        "none_at_all": not page.rows and not queries.incidents(who).exists(),
        "next": _to(text, sort, page.next),
        "previous": _to(text, sort, page.previous),
    }


def _to(text: str, sort: str, cursor: str | None) -> str:
    return incident_filters.address(text, sort, cursor=cursor) if cursor else ""
