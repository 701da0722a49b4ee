"""What the folded parts of an incident's page hold, one at a time, for who opens them."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from workbench.config.access import by_script
from workbench.web import parts
from workbench.web.folded import ON_OPENING
from workbench.web.views.common import incident_or_404, may_respond, number, wanted_runs


@require_GET
def part(request: HttpRequest, pk: int, name: str) -> HttpResponse:
    """For our script as the feed would bring it, else as a page of its own."""
    incident = incident_or_404(request, pk)
    if name not in ON_OPENING:
        raise Http404("no such part")
    speaking, can_act = wanted_runs(request, incident), may_respond(request, incident)
    if by_script(request):
        pinned = number(request.GET.get("run"))
        key = ("part", name, pk, incident.last_seq, pinned, can_act)
        found: dict[str, str] = parts.shared.get(
            key, lambda: parts.render([name], incident, speaking, can_act, [name])
        )
        return JsonResponse({"upto": incident.last_seq, "parts": found})
    more = {"name": name, "title": ON_OPENING[name], "template": f"web/parts/{name}.html"}
    return render(request, "web/part.html", parts.context(incident, speaking, can_act) | more)
