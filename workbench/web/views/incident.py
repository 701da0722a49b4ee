"""The incident's page, its live feed, its pictures, and the verbs that its buttons call."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_POST

from workbench.incidents import actions, fault, queries
from workbench.incidents.models import Incident, Run
from workbench.web import parts
from workbench.web.presenters import comparing, timeline
from workbench.web.presenters.verdict import verdict_view
from workbench.web.views.common import (
    act,
    back,
    incident_or_404,
    may_respond,
    number,
    person,
    run_or_404,
    wanted_runs,
)

FEED = 500  # events in one answer


@require_GET
def page(request: HttpRequest, pk: int) -> HttpResponse:
    """Everything about one incident, live."""
    incident = incident_or_404(request, pk)
    speaking = wanted_runs(request, incident)
    events = [timeline.line(event) for event in queries.timeline(incident)]
    more = {"events": events, "upto": incident.last_seq, "pinned": "run" in request.GET}
    return render(
        request,
        "web/incident.html",
        parts.context(incident, speaking, may_respond(request, incident)) | more,
    )


@require_GET
def feed(request: HttpRequest, pk: int) -> JsonResponse:
    """What happened after a number, and the parts of the page that it changes."""
    incident = incident_or_404(request, pk)
    after = number(request.GET.get("after")) or 0
    pinned = number(request.GET.get("run"))
    can_act = may_respond(request, incident)
    key = ("feed", incident.pk, incident.last_seq, after, pinned, can_act)
    answer: dict[str, Any] = parts.shared.get(key, lambda: _feed(incident, after, pinned, can_act))
    return JsonResponse(answer)


def _feed(incident: Incident, after: int, pinned: int | None, can_act: bool) -> dict[str, Any]:
    events = queries.events_after(incident, after, FEED)
    kinds = {event.kind for event in events}
    speaking = fault.runs_of(incident)
    if pinned is not None and (named := queries.run(incident, pinned)):
        speaking = speaking.pinned(named)
    mine = {
        event.kind
        for event in events
        if pinned is None or event.run is None or event.run.number == pinned
    }
    upto = events[-1].seq if events else max(after, 0)
    return {
        "upto": upto,
        "more": upto < incident.last_seq,
        "events": parts.event_lines(events),
        "parts": parts.render(
            parts.touched(mine | (kinds & {"state-changed"})), incident, speaking, can_act
        ),
        "figures": parts.redrawn(mine | kinds & {"note", "state-changed"}),
        "active": bool(speaking.newest and speaking.newest.active),
    }


@require_POST
def start(request: HttpRequest, pk: int) -> HttpResponseRedirect:
    """Run (again)."""
    incident = incident_or_404(request, pk)

    def verb() -> None:
        probes = request.POST.get("probes", "")
        chosen = actions.allow_probes(person(request), incident, probes) if probes else incident
        actions.start_run(person(request), chosen)

    act(request, verb)
    return back(incident)


@require_POST
def cancel(request: HttpRequest, pk: int, run_number: int) -> HttpResponseRedirect:
    """Ask a run to stop."""
    run = run_or_404(request, pk, run_number)
    act(request, lambda: actions.cancel_run(person(request), run))
    return back(pk)


@require_POST
def note(request: HttpRequest, pk: int) -> HttpResponse:
    """Write into the timeline."""
    incident = incident_or_404(request, pk)
    done = act(
        request, lambda: actions.add_note(person(request), incident, request.POST.get("text", ""))
    )
    if request.headers.get("HX-Request"):
        return render(
            request,
            "web/parts/note_form.html",
            {"incident": incident, "refused": not done, "can_act": True},
        )
    return back(incident)


@require_POST
def state(request: HttpRequest, pk: int) -> HttpResponseRedirect:
    """Open, mitigated or resolved."""
    incident = incident_or_404(request, pk)
    wanted, why = request.POST.get("state", ""), request.POST.get("why", "")
    act(request, lambda: actions.change_state(person(request), incident, wanted, why))
    return back(incident)


@require_POST
def invite(request: HttpRequest, pk: int) -> HttpResponseRedirect:
    """Let somebody see a restricted incident."""
    incident = incident_or_404(request, pk)
    guest = User.objects.filter(username=request.POST.get("person", ""), is_active=True).first()
    if guest is None:
        messages.error(request, "There is no user of that name.")
    else:
        act(
            request,
            lambda: actions.invite(person(request), incident, guest),
            f"{guest.get_username()} may see this now.",
        )
    return back(incident)


@require_GET
def compare(request: HttpRequest, pk: int) -> HttpResponse:
    """What changed between two runs?"""
    incident = incident_or_404(request, pk)
    runs = list(queries.runs(incident))
    before, after = (
        _chosen(runs, request.GET.get("before"), 1),
        _chosen(runs, request.GET.get("after"), 0),
    )
    context: dict[str, Any] = {"incident": incident, "runs": runs, "before": before, "after": after}
    if before and after and before != after:
        context |= {
            "changes": [comparing.change(change) for change in queries.compare(before, after)],
            "meet": queries.meet_again(before, after),
            "unjudged": [run for run in (before, after) if not run.verdict],
            "views": [(r, verdict_view(r)) for r in (before, after)],
        }
    elif len(runs) < 2:
        messages.info(
            request, "There is only one run yet. Run it again after the change, then compare."
        )
    return render(request, "web/compare.html", context)


def _chosen(runs: list[Run], wanted: str | None, otherwise: int) -> Run | None:
    by_number = {str(run.number): run for run in runs}
    usual = runs[otherwise] if len(runs) > otherwise else None
    return by_number.get(wanted or "", usual)
