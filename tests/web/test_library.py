"""Commands, devices, playbook, login."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from collectors.playbook import STEPS
from workbench.incidents.models import CommandRecord, Run
from workbench.inventory.models import Device, HostKey


def test_commands_are_filtered_by_device_person_and_incident(
    browse: Callable[[str], Client], judged_run: Run
) -> None:
    client = browse("viewer")
    page = client.get(
        f"/commands?device=fw-b&person=responder&incident={judged_run.incident_id}"
    ).content.decode()
    assert "nft -j list ruleset" in page
    assert 'value="fw-b"' not in page.split("<table")[1]
    assert "No command matches" in client.get("/commands?device=fw-b&incident=999").content.decode()
    assert "No command matches" in client.get("/commands?since=2999-01-01T00:00").content.decode()


def test_a_command_is_shown_to_the_byte(browse: Callable[[str], Client], judged_run: Run) -> None:
    record = CommandRecord.objects.filter(device="fw-b").first()
    assert record is not None
    page = browse("viewer").get(f"/commands/{record.pk}").content.decode()
    assert bytes(record.command).hex(" ")[:40] in page
    assert "before it was sent" in page


def test_a_command_without_result_is_told_as_such(
    browse: Callable[[str], Client], judged_run: Run
) -> None:
    from django.utils import timezone

    CommandRecord.objects.create(
        device="fw-b", account="ops", question="logs", command=b"dmesg", at=timezone.now()
    )
    assert "nothing known since" in browse("viewer").get("/commands").content.decode()


def test_devices_tell_when_they_were_last_reached(
    browse: Callable[[str], Client], judged_run: Run
) -> None:
    page = browse("viewer").get("/devices").content.decode()
    assert "2023-11-14 22:13" in page
    assert "Import an inventory file" not in page


def test_an_inventory_is_taken_over_whole_or_not_at_all(
    browse: Callable[[str], Client], judged_run: Run
) -> None:
    admin = browse("admin")
    bad = admin.post("/inventory/import", {"text": '{"devices": [{"name": "x y"}]}'}, follow=True)
    assert "Nothing was changed" in bad.content.decode()
    good = '{"devices": [{"name": "new-1", "role": "router", "platform": "linux"}]}'
    assert (
        "1 devices imported"
        in admin.post("/inventory/import", {"text": good}, follow=True).content.decode()
    )
    assert Device.objects.filter(name="new-1").exists()
    assert browse("viewer").post("/inventory/import", {"text": good}).status_code == 403


def test_a_host_key_is_accepted_and_taken_back(
    browse: Callable[[str], Client], judged_run: Run
) -> None:
    device = Device.objects.get(name="fw-b")
    client = browse("responder")
    wrong = client.post(
        f"/inventory/devices/{device.pk}/key",
        {"kind": "ssh-ed25519", "fingerprint": "nonsense"},
        follow=True,
    )
    assert "ssh-keygen" in wrong.content.decode()
    print_ = "SHA256:" + "A" * 43
    client.post(
        f"/inventory/devices/{device.pk}/key", {"kind": "ssh-ed25519", "fingerprint": print_}
    )
    key = HostKey.objects.get(device=device)
    assert key.trusted
    client.post(f"/inventory/keys/{key.pk}/revoke")
    key.refresh_from_db()
    assert not key.trusted
    assert (
        browse("viewer")
        .post(f"/inventory/devices/{device.pk}/key", {"fingerprint": print_})
        .status_code
        == 403
    )


def test_the_playbook_page_has_every_step(browse: Callable[[str], Client]) -> None:
    page = browse("viewer").get("/playbook").content.decode()
    for step in STEPS:
        assert f'id="{step.id}"' in page


@pytest.mark.django_db
def test_a_wrong_password_is_one_clear_sentence() -> None:
    page = Client().post("/login", {"username": "x", "password": "y"}).content.decode()
    assert "Name and password do not match" in page
