"""The page on which the postmortem is written, its live feed, and the verbs of its buttons."""

from __future__ import annotations

import hashlib
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.views.decorators.http import require_GET, require_POST

from workbench.config.access import by_script
from workbench.incidents import actions, fault, written
from workbench.incidents.actions.postmortem import numbers
from workbench.incidents.models import ActionItem, Incident, Run
from workbench.report.figures.as_svg import as_svg
from workbench.report.figures.path_figure import path_scene
from workbench.report.postmortem.page import WIDTH
from workbench.report.postmortem.sections import BY_NAME, record_text
from workbench.web.presenters import items, sections
from workbench.web.views.common import act, incident_or_404, may_respond, number, person

Shown = list[sections.SectionView]


@require_GET
def page(request: HttpRequest, pk: int) -> HttpResponse:
    """The postmortem of one incident, to be read and written."""
    incident = incident_or_404(request, pk)
    return render(request, "web/postmortem.html", _context(request, incident))


def _context(request: HttpRequest, incident: Incident) -> dict[str, Any]:
    shown = sections.views(incident, sections.known(incident))
    review = written.review(incident)
    speaking = fault.runs_of(incident)
    return {
        "incident": incident,
        "sections": shown,
        "review": review,
        "since_review": sections.since_review(review.reviewed_text, shown),
        "unsettled": [one for one in shown if one.beside],
        "can_act": may_respond(request, incident),
        "before": speaking.subject,
        "after": speaking.proof,
        "before_drawn": _drawn(speaking.subject),
        "after_drawn": _drawn(speaking.proof),
        "items": items.with_lateness(written.items_of(incident)),
        "item_states": ActionItem.State.values,
        "proposals": actions.open_proposals(incident),
    }


def _drawn(run: Run | None) -> str:
    """The paths of a run as they will be on paper."""
    picture = run.picture if run else None
    return as_svg(path_scene(picture, "light", WIDTH)) if picture else ""


@require_GET
def feed(request: HttpRequest, pk: int) -> JsonResponse:
    """The parts of the page that differ from those that the browser has; `have` names those by
    their digests."""
    incident = incident_or_404(request, pk)
    context = _context(request, incident)
    parts = {"review": render_to_string("web/parts/review.html", context)}
    for one in context["sections"]:
        parts[one.kind.name] = render_to_string(
            "web/parts/section.html", context | {"section": one}
        )
    have = set(request.GET.get("have", "")[:2000].split(","))
    made = {name: {"digest": _digest(html), "html": html} for name, html in parts.items()}
    news = {name: one for name, one in made.items() if one["digest"] not in have}
    return JsonResponse({"upto": incident.last_seq, "parts": news})


def _digest(html: str) -> str:
    return hashlib.sha256(html.encode()).hexdigest()[:12]


@require_POST
def write(request: HttpRequest, pk: int, section: str) -> HttpResponse:
    """Save a section, or give it back to the record."""
    incident = incident_or_404(request, pk)
    if section not in BY_NAME:
        raise Http404("no such section")
    field = request.POST.get
    draft = actions.Draft(
        section,
        field("text", "").replace("\r\n", "\n"),
        number(field("base")) or 0,
        record_text(section, sections.known(incident)),
        numbers(field("settles", "").split(",")),
        field("follows") == "1",
    )

    def verb() -> None:
        version = actions.write_section(
            person(request), incident, draft, client_id=field("client_id", "")
        )
        _say(request, version.beside)

    act(request, verb)
    return _back(request, incident)


def _say(request: HttpRequest, beside: bool) -> None:
    if beside:
        said = "Somebody saved this section meanwhile. Both texts are kept; settle them."
        messages.warning(request, said)
    else:
        messages.success(request, "Saved.")


@require_POST
def review(request: HttpRequest, pk: int) -> HttpResponse:
    """Say that the postmortem was read and is right, or make it a draft again."""
    incident = incident_or_404(request, pk)
    if request.POST.get("state") == "draft":
        act(request, lambda: actions.reopen_postmortem(person(request), incident))
        return _back(request, incident)
    seen = number(request.POST.get("edits")) or 0
    texts = sections.texts(sections.views(incident, sections.known(incident)))
    act(request, lambda: actions.review_postmortem(person(request), incident, seen, texts))
    return _back(request, incident)


@require_GET
def history(request: HttpRequest, pk: int, section: str) -> HttpResponse:
    """Every version of a section, and what each changed."""
    incident = incident_or_404(request, pk)
    if section not in BY_NAME:
        raise Http404("no such section")
    context = {"incident": incident, "kind": BY_NAME[section]}
    return render(
        request,
        "web/section_history.html",
        context | {"versions": sections.history(incident, section)},
    )


def _back(request: HttpRequest, incident: Incident) -> HttpResponse:
    """To the postmortem; for our scripts, what that page would say, as JSON."""
    if not by_script(request):
        return redirect("postmortem-page", incident.pk)
    said = [{"text": str(one), "tone": one.tags} for one in messages.get_messages(request)]
    refused = any(one["tone"] == "error" for one in said)
    return JsonResponse({"messages": said}, status=409 if refused else 200)
