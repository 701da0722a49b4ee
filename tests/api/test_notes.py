"""Notes with an end, pins and images, as a program sends them."""

from __future__ import annotations

from django.core.files.uploadedfile import SimpleUploadedFile

from tests.api.test_api import Program, learnt, rita, vera
from tests.incidents.test_images import png
from workbench.incidents import queries
from workbench.incidents.models import Run

__all__ = ["learnt", "rita", "vera"]


def test_a_note_of_what_lasted(rita: Program, learnt: Run) -> None:
    address = f"incidents/{learnt.incident_id}/notes"
    sent = {
        "text": "link down",
        "happened_at": "2026-11-20T02:07Z",
        "until": "2026-11-20T02:20Z",
    }
    answer = rita.post(address, **sent)
    assert answer.status_code == 201
    assert answer.json()["payload"]["until"] == "2026-11-20T02:20:00+00:00"
    back = rita.post(address, **sent | {"until": "2026-11-20T02:00Z"})
    assert (back.status_code, "ends after" in back.json()["error"]) == (409, True)


def test_a_line_is_pinned_once(rita: Program, vera: Program, learnt: Run) -> None:
    address = f"incidents/{learnt.incident_id}/pins"
    assert vera.post(address, event=1).status_code == 403
    assert rita.post(address, event=1).json()["payload"] == {"event": 1, "pinned": True}
    assert rita.post(address, event=1).status_code == 409
    assert queries.pinned_numbers(learnt.incident) == [1]
    assert rita.post(address, event=1, pinned=False).status_code == 200


def test_an_image_is_sent_as_a_form_and_read_again(rita: Program, learnt: Run) -> None:
    file = SimpleUploadedFile("x.png", png())
    answer = rita.send(f"incidents/{learnt.incident_id}/images", image=file)
    assert answer.json() == {"number": 1, "words": "![image](image:1)"}
    assert rita.get(f"incidents/{learnt.incident_id}/images/1").content.startswith(b"\x89PNG")
    assert rita.get(f"incidents/{learnt.incident_id}/images/2").status_code == 404
