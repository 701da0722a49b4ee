"""The incident's page, its live feed, its pictures, and the verbs that its buttons call."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.contrib.auth.models import User
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from workbench.incidents import actions, fault, queries, roles, timeline_pages, when
from workbench.incidents.models import Incident, Run
from workbench.incidents.related import related
from workbench.web import parts
from workbench.web.folded import opened_parts
from workbench.web.presenters import comparing
from workbench.web.presenters.verdict import verdict_view
from workbench.web.views.common import (
    act,
    back,
    incident_or_404,
    may_respond,
    minutes,
    number,
    person,
    run_or_404,
    wanted_runs,
)

FEED = 500  # events in one answer
# kinds that change the picture of the timeline, also for who looks at one run
OF_ALL = {"note", "state-changed", "corrected", "redacted"}


@require_GET
def page(request: HttpRequest, pk: int) -> HttpResponse:
    """Everything about one incident, live."""
    incident = incident_or_404(request, pk)
    speaking = wanted_runs(request, incident)
    newest = timeline_pages.timeline_page(incident)
    more: dict[str, Any] = {"events": parts.event_rows(newest.events), "older": newest.older}
    more |= {"upto": incident.last_seq, "pinned": "run" in request.GET}
    more["may_redact"] = roles.is_administrator(person(request), incident)
    more["timeline_people"] = timeline_pages.people_in(incident)
    more["related"] = related(person(request), incident)
    return render(
        request,
        "web/incident.html",
        parts.context(incident, speaking, may_respond(request, incident)) | more,
    )


@require_GET
def older(request: HttpRequest, pk: int) -> JsonResponse:
    """What happened before an event that the page has; `upto` = down to that event, which somebody
    follows a link to."""
    incident = incident_or_404(request, pk)
    before, upto = number(request.GET.get("before")), number(request.GET.get("upto"))
    try:
        wanted = _filter(request)
    except when.NotATime as error:
        return JsonResponse({"error": str(error)}, status=400)
    found = timeline_pages.timeline_page(incident, before, upto, wanted)
    return JsonResponse({"events": parts.event_lines(found.events), "older": found.older})


def _filter(request: HttpRequest) -> timeline_pages.TimelineFilter:
    """Which lines? Raises NotATime."""
    fields = request.GET
    return timeline_pages.TimelineFilter(
        fields.get("kinds", "")[:20],
        fields.get("who", "").strip()[:150],
        fields.get("words", "").strip().replace("\x00", "")[:200],
        when.moment(fields.get("until", "")[:60], timezone.now()),
    )


@require_GET
def feed(request: HttpRequest, pk: int) -> JsonResponse:
    """What happened after a number, and the parts of the page that it changes."""
    incident = incident_or_404(request, pk)
    after = number(request.GET.get("after")) or 0
    pinned = number(request.GET.get("run"))
    can_act = may_respond(request, incident)
    opened = opened_parts(request.GET.get("opened", ""))
    key = ("feed", incident.pk, incident.last_seq, after, pinned, can_act, opened)
    answer: dict[str, Any] = parts.shared.get(
        key, lambda: _feed(incident, after, pinned, can_act, opened)
    )
    return JsonResponse(answer)


def _feed(
    incident: Incident, after: int, pinned: int | None, can_act: bool, opened: frozenset[str]
) -> dict[str, Any]:
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
    known = [one for one in queries.changed_lines(incident, events) if one.seq <= after]
    return {
        "upto": upto,
        "more": upto < incident.last_seq,
        "events": parts.event_lines(events),
        "changed": parts.event_lines(known),
        "parts": parts.render(
            parts.touched(mine | (kinds & {"state-changed"})), incident, speaking, can_act, opened
        ),
        "figures": parts.redrawn(mine | kinds & OF_ALL),
        "answered": parts.answered(events),
        "active": bool(speaking.newest and speaking.newest.active),
    }


@require_POST
def start(request: HttpRequest, pk: int) -> HttpResponse:
    """Run (again)."""
    incident = incident_or_404(request, pk)

    def verb() -> None:
        probes = request.POST.get("probes", "")
        chosen = actions.allow_probes(person(request), incident, probes) if probes else incident
        flow = number(request.POST.get("flow", "1")) or 0
        actions.start_run(person(request), chosen, flow=flow)

    act(request, verb)
    return back(request, incident)


@require_POST
def cancel(request: HttpRequest, pk: int, run_number: int) -> HttpResponse:
    """Ask a run to stop."""
    run = run_or_404(request, pk, run_number)
    act(request, lambda: actions.cancel_run(person(request), run))
    return back(request, pk)


@require_POST
def note(request: HttpRequest, pk: int) -> HttpResponse:
    """Write into the timeline. A script that sends the same note twice writes it once."""
    incident = incident_or_404(request, pk)
    fields = request.POST

    def verb() -> None:
        # a note that waited in the browser says when it was written, unless it has its own time
        own_time, _, _ = when.led(fields.get("text", "").strip(), timezone.now())
        actions.add_note(
            person(request),
            incident,
            fields.get("text", ""),
            happened_at=None if own_time else _moment(fields.get("at", "")),
            client_id=fields.get("client_id", ""),
            east=minutes(fields.get("east", "")),
        )

    act(request, verb)
    return back(request, incident)


@require_POST
def state(request: HttpRequest, pk: int) -> HttpResponse:
    """Open, mitigated or resolved; since when, why, and by which run that is known."""
    incident = incident_or_404(request, pk)
    fields = request.POST

    def verb() -> None:
        proof = number(fields.get("proof"))
        actions.change_state(
            person(request),
            incident,
            fields.get("state", ""),
            fields.get("why", ""),
            happened_at=_moment(fields.get("at", "")),
            proof=queries.run(incident, proof) if proof is not None else None,
        )

    act(request, verb)
    return back(request, incident)


@require_POST
def undo_state(request: HttpRequest, pk: int) -> HttpResponse:
    """Take back the last change of the state."""
    incident = incident_or_404(request, pk)
    seq = number(request.POST.get("seq")) or 0
    act(request, lambda: actions.undo_state(person(request), incident, seq))
    return back(request, incident)


CHOOSE = {"fault": actions.choose_fault, "proof": actions.choose_proof}


@require_POST
def choose(request: HttpRequest, pk: int) -> HttpResponse:
    """Say which run shows the fault or proves the repair; without a run, as found by itself."""
    incident = incident_or_404(request, pk)
    verb = CHOOSE.get(request.POST.get("which", ""))
    wanted = number(request.POST.get("run"))
    run = queries.run(incident, wanted) if wanted is not None else None
    if verb is None or (wanted is not None and run is None):
        raise Http404("no such run")
    act(request, lambda: verb(person(request), incident, run))
    return back(request, incident)


def _moment(text: str) -> datetime | None:
    try:
        return when.moment(text, timezone.now())
    except when.NotATime as error:
        raise actions.ActionRefused(str(error)) from None


@require_POST
def invite(request: HttpRequest, pk: int) -> HttpResponse:
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
    return back(request, incident)


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
    context["several_flows"] = len({run.flow for run in runs}) > 1
    if before and after and before != after:
        context |= {
            "changes": [comparing.change(change) for change in queries.compare(before, after)],
            "flows_differ": before.flow != after.flow,
            "meet": queries.meet_again(before, after),
            "unjudged": [run for run in (before, after) if not run.verdict],
            "views": [
                (run, verdict_view(run), other) for run, other in ((before, after), (after, before))
            ],
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
