"""The verbs of the saved views of the list of incidents."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from workbench.incidents import actions, saved_views
from workbench.web.presenters.incident_filters import address
from workbench.web.views.common import act, person


@require_POST
def save(request: HttpRequest) -> HttpResponse:
    """Keep the search that is shown."""
    field, by = request.POST.get, person(request)
    query, sort = field("q", ""), field("sort", "newest")
    fields = actions.ViewFields(field("name", ""), query, sort, field("shared") == "on")
    act(request, lambda: actions.save_view(by, fields), "This search is a tab now.")
    return redirect(f"/?{address(query, sort)}")


@require_POST
def change(request: HttpRequest, number: int) -> HttpResponse:
    """Rename, pin, unpin or remove a view."""
    by = person(request)
    kept = saved_views.view(by, number)
    if kept is None:
        raise Http404("no such view, or not for you")
    verb = request.POST.get("verb", "")
    if verb in ("pin", "unpin"):
        act(request, lambda: actions.pin_view(by, kept, verb == "pin"))
    elif verb == "rename":
        said = actions.ViewFields(name=request.POST.get("name", ""))
        act(request, lambda: actions.change_view(by, kept, said))
    elif verb == "remove":
        act(request, lambda: actions.remove_view(by, kept), f"The view {kept.name} is removed.")
    else:
        raise Http404("pin, unpin, rename or remove")
    return redirect(f"/?{request.POST.get('back', '')[:2000]}")
