"""What people put into the timeline beside their words: images, and marks of what is important."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Router, Status
from typing_extensions import TypedDict  # pydantic needs this one before Python 3.12

from workbench.api import answers, asking, fields, shapes
from workbench.api.asking import person
from workbench.incidents import actions
from workbench.incidents.models import Image
from workbench.incidents.pictures import MOST_BYTES
from workbench.web.views.notes import as_image

router = Router(tags=["notes"])
IMAGES = "/incidents/{int:incident_id}/images"
FILE: dict[str, Any] = {
    "required": True,
    "content": {
        "multipart/form-data": {
            "schema": {
                "type": "object",
                "required": ["image"],
                "properties": {"image": {"type": "string", "format": "binary"}},
            }
        }
    },
}


class ImageAnswer(TypedDict):
    """An image that was kept, and the words by which a note shows it."""

    number: int
    words: str


@router.post("/incidents/{int:incident_id}/pins", response=answers.EventAnswer, url_name="pins")
def pin(request: HttpRequest, incident_id: int, mark: fields.Mark) -> answers.EventAnswer:
    """Mark a line of the timeline as important, or take the mark away."""
    verb = actions.pin if mark.pinned else actions.unpin
    event = verb(person(request), asking.incident(request, incident_id), mark.event)
    return shapes.event(event)


@router.post(
    IMAGES,
    response={201: ImageAnswer},
    url_name="images",
    openapi_extra={"requestBody": FILE},
)
def add_image(request: HttpRequest, incident_id: int) -> Status[ImageAnswer]:
    """Keep an image for a note, which shows it by `words`."""
    row = asking.incident(request, incident_id)
    file = request.FILES.get("image")
    if file is None:
        raise asking.BadRequest("send the image as the file `image` of a form")
    kept = actions.add_image(person(request), row, file.read(MOST_BYTES + 1))
    return Status(201, {"number": kept.number, "words": f"![image](image:{kept.number})"})


@router.get(f"{IMAGES}/{{int:number}}", url_name="image")
def image(request: HttpRequest, incident_id: int, number: int) -> HttpResponse:
    """The bytes of an image."""
    row = asking.incident(request, incident_id)
    found = Image.objects.filter(incident=row, number=number).first()
    if found is None:
        raise asking.NotFound("there is no such image")
    return as_image(found)
