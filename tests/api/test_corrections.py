"""Corrections and redactions, as a program sends them."""

from __future__ import annotations

from tests.api.test_api import Program, learnt, rita, vera
from workbench.incidents import actions
from workbench.incidents.models import Run

__all__ = ["learnt", "rita", "vera"]


def test_a_note_is_corrected_once(rita: Program, vera: Program, learnt: Run) -> None:
    base = f"incidents/{learnt.incident_id}/notes"
    note = rita.post(base, text="fw-a").json()["seq"]
    assert vera.post(f"{base}/{note}/correct", text="x").status_code == 403
    answer = rita.post(f"{base}/{note}/correct", text="fw-b", read=note)
    assert answer.status_code == 201
    assert answer.json()["payload"] | {} == {
        "note": note,
        "corrects": note,
        "text": "fw-b",
        "was": "fw-a",
    }
    late = rita.post(f"{base}/{note}/correct", text="fw-c", read=note)
    assert (late.status_code, "meanwhile" in late.json()["error"]) == (409, True)


def test_an_administrator_redacts(rita: Program, vera: Program, learnt: Run) -> None:
    from django.contrib.auth.models import User

    incident = learnt.incident
    note = actions.add_note(User.objects.get(username="rita"), incident, "hunter2")
    address = f"incidents/{incident.pk}/redactions"
    sent = {"what": f"n{note.seq}", "why": "a password"}
    assert rita.post(address, **sent).status_code == 403
    User.objects.filter(username="rita").update(is_staff=True)
    learnt.state = Run.State.DONE
    learnt.save()
    made = rita.post(address, **sent)
    assert made.status_code == 201 and made.json()["size"] == 7
    assert vera.get(address).json() == {"redactions": [made.json()], "next": None}
