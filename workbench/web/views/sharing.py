"""Sharing an incident: the page where links are made and revoked, and what a link shows."""

from __future__ import annotations

from django.conf import settings
from django.core.cache import cache
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from workbench.incidents import actions
from workbench.incidents.models import Incident, ShareLink
from workbench.web.presenters.shared import shared_view
from workbench.web.views.common import act, incident_or_404, may_respond, number, person

WRONG, WINDOW = 40, 300  # links that open nothing, from one address in so many seconds
HEADERS = {
    "Cache-Control": "private, no-store",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow, noarchive",
}


@require_GET
def shares(request: HttpRequest, pk: int) -> HttpResponse:
    """The links of an incident, and the form for another one."""
    return _page(request, incident_or_404(request, pk))


@require_POST
def share(request: HttpRequest, pk: int) -> HttpResponse:
    """Make a link, and show it this one time."""
    incident, fields, made = incident_or_404(request, pk), request.POST, list[str]()

    def verb() -> None:
        shown = actions.Shown(
            letters=fields.get("devices") == "letters",
            people="people" in fields,
            timeline="timeline" in fields,
        )
        days = number(fields.get("days")) or 0
        key = fields.get("client_id", "")
        who = person(request)
        _, token = actions.share(who, incident, fields.get("label", ""), days, shown, client_id=key)
        made.append(address_of(request, token))

    act(request, verb)
    return _page(request, incident, *made)


@require_POST
def revoke(request: HttpRequest, pk: int, link: int) -> HttpResponse:
    """Take a link back."""
    incident = incident_or_404(request, pk)
    row = ShareLink.objects.filter(incident=incident, pk=link).first()
    if row is None:
        raise Http404("no such link")
    act(request, lambda: actions.revoke(person(request), row), "The link opens nothing any more.")
    return redirect("shares", incident.pk)


def _page(request: HttpRequest, incident: Incident, made: str = "") -> HttpResponse:
    links = ShareLink.objects.filter(incident=incident).select_related("made_by", "revoked_by")
    can_act = may_respond(request, incident)
    context = {
        "incident": incident,
        "links": links,
        "made": made,
        "can_act": can_act,
        "may_share": can_act and actions.may_share(person(request), incident),
        "days": actions.DAYS,
        "most_days": actions.MOST_DAYS,
        "key": f"share-{timezone.now().timestamp()}",
    }
    return render(request, "web/shares.html", context)


def address_of(request: HttpRequest, token: str) -> str:
    """The whole address of a link."""
    path = reverse("shared", args=[token])
    base = settings.PUBLIC_URL.rstrip("/")
    return base + path if base else request.build_absolute_uri(path)


@require_GET
def shared(request: HttpRequest, token: str) -> HttpResponse:
    """What a link shows to whoever has it; one page for all links that open nothing."""
    wrong = f"wrong-links:{request.META.get('REMOTE_ADDR', '')}"
    if cache.get(wrong, 0) >= WRONG:
        return _nothing(request, 429)
    link = actions.open_link(token)
    if link is None:
        cache.add(wrong, 0, WINDOW)
        cache.incr(wrong)
        return _nothing(request, 404)
    context = {"view": shared_view(link), "link": link}
    return _outside(render(request, "web/shared.html", context))


def _nothing(request: HttpRequest, status: int) -> HttpResponse:
    answer = _outside(render(request, "web/shared_nothing.html", status=status))
    if status == 429:
        answer.headers["Retry-After"] = str(WINDOW)
    return answer


def _outside(answer: HttpResponse) -> HttpResponse:
    for name, value in HEADERS.items():
        answer.headers[name] = value
    # Django would write the address, with its token, into the log
    answer._has_been_logged = True  # type: ignore[attr-defined]
    return answer
