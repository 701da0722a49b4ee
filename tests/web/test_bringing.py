"""Answers that people bring, host keys that they vouch for, and the playbook of a run."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO

from django.contrib.auth.models import User
from django.test import Client

from tests.web.conftest import begun
from workbench.incidents.models import EvidenceRow, Incident, Pasted, Run
from workbench.inventory.models import HostKey

ROUTE = (
    "$ ip route get 10.9.0.20\n10.9.0.20 via 10.1.0.1 dev eth0 src 10.1.0.10 uid 1000\n    cache"
)


def test_a_pasted_route_is_read_and_kept(
    browse: Callable[[str], Client], incident: Incident
) -> None:
    client = browse("responder")
    page = client.post(
        f"/incidents/{incident.pk}/paste", {"device": "app01", "text": ROUTE}, follow=True
    )
    text = page.content.decode()
    assert "exact route of this flow" in text
    assert "Where does each device on the way send exactly this packet?" in text
    assert Pasted.objects.get().device == "app01"
    client.post(f"/incidents/{incident.pk}/paste/1/withdraw")
    assert "withdrawn" in client.get(f"/incidents/{incident.pk}/paste").content.decode()


def test_every_command_of_a_terminal_session_is_taken(
    browse: Callable[[str], Client], incident: Incident
) -> None:
    text = f"{ROUTE}\n$ ls\nnotes\n$ ip rule\n0:\tfrom all lookup local"
    page = browse("responder").post(
        f"/incidents/{incident.pk}/paste", {"device": "app01", "text": text}, follow=True
    )
    assert "Not taken, as no question of the playbook: ls" in page.content.decode()
    assert [row.question for row in Pasted.objects.order_by("number")] == ["route-choice", "rules"]


def test_what_cannot_be_read_is_said_and_not_taken(
    browse: Callable[[str], Client], incident: Incident
) -> None:
    client = browse("responder")
    for fields in (
        {"device": "app01", "text": "lorem <script> ipsum"},
        {"device": "", "text": ROUTE},
    ):
        page = client.post(f"/incidents/{incident.pk}/paste", fields).content.decode()
        assert "Not taken" in page or "Say which device" in page
        assert "<script> ipsum" not in page
    assert not Pasted.objects.exists()


def test_an_upload_is_taken_as_it_is(browse: Callable[[str], Client], incident: Incident) -> None:
    upload = BytesIO(ROUTE.encode())
    upload.name = "route.txt"
    browse("responder").post(f"/incidents/{incident.pk}/paste", {"device": "r9", "file": upload})
    assert Pasted.objects.get().device == "r9"


def test_a_viewer_brings_nothing(browse: Callable[[str], Client], incident: Incident) -> None:
    client = browse("viewer")
    assert "Add it" not in client.get(f"/incidents/{incident.pk}/paste").content.decode()
    assert (
        client.post(
            f"/incidents/{incident.pk}/paste", {"device": "app01", "text": ROUTE}
        ).status_code
        == 403
    )


PRINT = "SHA256:" + "B" * 43


def test_an_offered_key_is_shown_and_accepted(
    browse: Callable[[str], Client], incident: Incident, people: dict[str, User]
) -> None:
    run = begun(incident, people["responder"])
    EvidenceRow.objects.create(
        run=run, evidence_id="e1", device="fw-b", question="identity", status="not asked", taken_at=0, duration=0,
        reason=f"the host key of 127.0.0.1 is not known: ssh-ed25519 {PRINT}", packed_inquiry=b"", packed_records=b"",
        packed_stdout=b"", packed_stderr=b"", size=0, digest="",
    )  # fmt: skip
    client = browse("responder")
    assert "1 host key to confirm" in client.get(f"/incidents/{incident.pk}").content.decode()
    assert PRINT in client.get(f"/incidents/{incident.pk}/parts/progress").content.decode()
    wrong = {"device": "fw-b", "kind": "ssh-ed25519", "fingerprint": "SHA256:" + "C" * 43}
    assert (
        "did not offer"
        in client.post(f"/incidents/{incident.pk}/key", wrong, follow=True).content.decode()
    )
    client.post(f"/incidents/{incident.pk}/key", wrong | {"fingerprint": PRINT})
    assert HostKey.objects.get().fingerprint == PRINT


def test_the_playbook_of_a_run_tells_what_each_answer_means(
    browse: Callable[[str], Client], judged_run: Run
) -> None:
    page = (
        browse("viewer")
        .get(f"/incidents/{judged_run.incident_id}/runs/1/playbook")
        .content.decode()
    )
    assert "Prove it is the path" in page
    assert "sudo refused: a password is required" in page
    assert "Not asked in this run" in page


def test_a_run_can_be_started_where_outputs_are_brought(
    browse: Callable[[str], Client], incident: Incident
) -> None:
    client = browse("responder")
    assert (
        "Run with what was pasted"
        not in client.get(f"/incidents/{incident.pk}/paste").content.decode()
    )
    client.post(f"/incidents/{incident.pk}/paste", {"device": "app01", "text": ROUTE})
    assert (
        "Run with what was pasted" in client.get(f"/incidents/{incident.pk}/paste").content.decode()
    )
    assert (
        "Run with what was pasted"
        not in browse("viewer").get(f"/incidents/{incident.pk}/paste").content.decode()
    )
