"""Action items: the list over all incidents, and the verbs of their buttons."""

from __future__ import annotations

from urllib.parse import urlencode

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_POST

from workbench.config.access import by_script
from workbench.incidents import actions, written
from workbench.incidents.models import ActionItem
from workbench.web.presenters import items
from workbench.web.views.common import act, incident_or_404, may_respond, number, person

PER_PAGE = 50
FIELDS = ("text", "kind", "state", "owner", "due", "why", "link")


@require_GET
def index(request: HttpRequest) -> HttpResponse:
    """What is still to be done after all incidents?"""
    wanted = _wanted(request)
    rows = written.action_items(person(request), wanted)
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    kept = {name: value for name, value in request.GET.items() if name != "page" and value}
    items.with_lateness(page.object_list)
    context = {
        "page": page,
        "wanted": wanted,
        "overdue": wanted.overdue_on is not None,
        "owners": _owners(request),
        "states": ActionItem.State.values,
        "kinds": ActionItem.Kind.values,
        "can_act": may_respond(request),
        "rest": urlencode(kept),
    }
    return render(request, "web/action_items.html", context)


def _wanted(request: HttpRequest) -> written.ItemFilter:
    field = request.GET.get
    state = field("state", ActionItem.State.OPEN.value if not request.GET else "")
    today = timezone.now().date()
    return written.ItemFilter(
        field("owner", "")[:150],
        state if state in ActionItem.State.values else "",
        field("kind", "") if field("kind", "") in ActionItem.Kind.values else "",
        today if field("overdue") else None,
    )


def _owners(request: HttpRequest) -> list[str]:
    rows = written.action_items(person(request)).exclude(owner_name="").order_by("owner_name")
    return list(rows.values_list("owner_name", flat=True).distinct()[:200])


@require_POST
def add(request: HttpRequest, pk: int) -> HttpResponse:
    """Write an action item, or accept a proposal."""
    incident = incident_or_404(request, pk)
    seed, who = request.POST.get("seed", ""), person(request)
    sent = request.POST.get("client_id", "")
    if seed:
        act(request, lambda: actions.accept_proposal(who, incident, seed))
    else:
        act(request, lambda: actions.add_item(who, incident, _said(request), client_id=sent))
    return _back(request, pk)


@require_POST
def change(request: HttpRequest, pk: int, item_number: int) -> HttpResponse:
    """Change an action item."""
    incident = incident_or_404(request, pk)
    item = get_object_or_404(ActionItem, incident=incident, number=item_number)
    edits = number(request.POST.get("edits"))
    act(request, lambda: actions.change_item(person(request), item, _said(request), edits))
    return _back(request, pk)


def _said(request: HttpRequest) -> actions.ItemFields:
    """What the form says; a field that it does not have stays."""
    given = {name: request.POST[name] for name in FIELDS if name in request.POST}
    if not given:
        raise Http404("nothing is said")
    return actions.ItemFields(**given)


def _back(request: HttpRequest, pk: int) -> HttpResponse:
    """To where the form stands; for our scripts, what that page would say, as JSON."""
    if by_script(request):
        said = [{"text": str(one), "tone": one.tags} for one in messages.get_messages(request)]
        refused = any(one["tone"] == "error" for one in said)
        return JsonResponse({"messages": said}, status=409 if refused else 200)
    to = request.POST.get("next", "")
    if to and url_has_allowed_host_and_scheme(to, allowed_hosts=None):
        return redirect(to)
    return redirect("postmortem-page", pk)
