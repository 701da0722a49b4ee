"""What people put into the timeline beside their words: images, and marks of what is important."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_GET, require_POST

from workbench.incidents import actions
from workbench.incidents.models import Image
from workbench.incidents.pictures import MOST_BYTES
from workbench.web.views.common import act, back, incident_or_404, number, person

FOR_EVER = "private, max-age=31536000, immutable"  # an image never changes under its number

# what stands in the place of an image that was redacted
REDACTED = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="180" height="32"><rect width="180" height="32"'
    ' fill="#555"/><text x="90" y="21" fill="#fff" font-family="sans-serif" font-size="14"'
    ' text-anchor="middle">image redacted</text></svg>'
)


@require_POST
def add_image(request: HttpRequest, pk: int) -> HttpResponse:
    """Keep a pasted or dropped image; the page puts the answer's words into the note."""
    incident = incident_or_404(request, pk)
    file = request.FILES.get("image")
    kept: list[Image] = []

    def verb() -> None:
        raw = file.read(MOST_BYTES + 1) if file else b""
        kept.append(actions.add_image(person(request), incident, raw))

    if not act(request, verb):
        return back(request, incident)
    return JsonResponse({"number": kept[0].number, "words": f"![image](image:{kept[0].number})"})


@require_GET
def image(request: HttpRequest, pk: int, image_number: int) -> HttpResponse:
    """The bytes of an image that was put into a note."""
    found = Image.objects.filter(incident=incident_or_404(request, pk), number=image_number).first()
    if found is None:
        raise Http404("no such image")
    return as_image(found)


def as_image(found: Image) -> HttpResponse:
    """The answer that a browser shows as this image, and as nothing else."""
    if found.redaction_id is not None:
        return HttpResponse(REDACTED, status=410, content_type="image/svg+xml")
    headers = {"X-Content-Type-Options": "nosniff", "Cache-Control": FOR_EVER}
    return HttpResponse(bytes(found.data), content_type=found.content_type, headers=headers)


@require_POST
def pin(request: HttpRequest, pk: int) -> HttpResponse:
    """Mark a line of the timeline as important, or take the mark away."""
    incident = incident_or_404(request, pk)
    verb = actions.pin if request.POST.get("pinned") == "yes" else actions.unpin
    seq = number(request.POST.get("event")) or 0
    act(request, lambda: verb(person(request), incident, seq))
    return back(request, incident)
