"""What the palette (Ctrl+K) can go to, beside what stands on the page already."""

from __future__ import annotations

from django.http import HttpRequest, JsonResponse
from django.urls import reverse
from django.views.decorators.http import require_GET

from workbench.incidents import fault, queries
from workbench.incidents.models import EvidenceRow, Incident
from workbench.web.views.common import incident_or_404, number, person

NEWEST, MOST_RUNS, MOST_DEVICES = 20, 20, 200


@require_GET
def choices(request: HttpRequest) -> JsonResponse:
    """The newest incidents that this person may see; of the one of the page its runs and devices."""
    newest = queries.incidents(person(request)).order_by("-opened_at", "-pk")[:NEWEST]
    found = [
        {"words": f"#{one.pk} {one.title}", "url": reverse("incident", args=[one.pk])}
        for one in newest
    ]
    of_page = number(request.GET.get("incident"))
    if of_page is None:
        return JsonResponse({"incidents": found, "runs": [], "devices": []})
    incident = incident_or_404(request, of_page)
    return JsonResponse(
        {"incidents": found, "runs": _runs(incident), "devices": _devices(incident)}
    )


def _runs(incident: Incident) -> list[dict[str, str]]:
    page = reverse("incident", args=[incident.pk])
    return [
        {"words": f"Run {run.number} ({run.state})", "url": f"{page}?run={run.number}"}
        for run in queries.runs(incident)[:MOST_RUNS]
    ]


def _devices(incident: Incident) -> list[dict[str, str]]:
    """The devices that answered in the run that stands, by name."""
    speaking = fault.runs_of(incident)
    run = speaking.shown or speaking.newest
    rows = EvidenceRow.objects.filter(run=run).order_by("device")
    names = rows.values_list("device", flat=True).distinct()[:MOST_DEVICES]
    return [{"words": name, "hop": name, "run": str(run.number)} for name in names if run]
