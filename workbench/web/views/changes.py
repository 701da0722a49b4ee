"""What responders change: a proposed fix, or anything else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_POST

from workbench.incidents import when
from workbench.incidents.actions import ActionRefused
from workbench.integrations import actions, queries
from workbench.web.views.common import act, back, incident_or_404, person, run_or_404


@require_POST
def fix(request: HttpRequest, pk: int, run_number: int, fix: int) -> HttpResponse:
    """Claim a proposed fix, or say that it was applied."""
    run, who = run_or_404(request, pk, run_number), person(request)
    why = request.POST.get("why", "")
    verbs: dict[str, Callable[[], Any]] = {
        "claim": lambda: actions.claim_fix(who, run, fix),
        "apply": lambda: actions.apply_fix(who, run, fix, why, happened_at=_at(request)),
    }
    act(request, _verb(request, verbs))
    return back(request, pk)


@require_POST
def change(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """Release a claim, or say that what was applied was rolled back."""
    incident, who = incident_or_404(request, pk), person(request)
    row = queries.manual_change(incident, number)
    if row is None:
        raise Http404("no such change")
    why = request.POST.get("why", "")
    verbs: dict[str, Callable[[], Any]] = {
        "release": lambda: actions.release_fix(who, row),
        "roll-back": lambda: actions.roll_back(who, row, why, happened_at=_at(request)),
    }
    act(request, _verb(request, verbs))
    return back(request, incident)


@require_POST
def something_else(request: HttpRequest, pk: int) -> HttpResponse:
    """Write down what somebody changed besides the proposals."""
    incident, fields = incident_or_404(request, pk), request.POST
    device, commands, why, client_id = (
        fields.get(name, "") for name in ("device", "commands", "why", "client_id")
    )

    def verb() -> None:
        actions.record_change(
            person(request),
            incident,
            device,
            commands,
            why,
            happened_at=_at(request),
            client_id=client_id,
        )

    act(request, verb)
    return back(request, incident)


def _verb(request: HttpRequest, verbs: dict[str, Callable[[], Any]]) -> Callable[[], Any]:
    wanted = verbs.get(request.POST.get("do", ""))
    if wanted is None:
        raise Http404("no such thing to do")
    return wanted


def _at(request: HttpRequest) -> datetime | None:
    try:
        return when.moment(request.POST.get("at", ""), timezone.now())
    except when.NotATime as error:
        raise ActionRefused(str(error)) from None
