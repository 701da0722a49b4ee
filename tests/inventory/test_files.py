"""The inventory file on its way into rows and out again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command

from collectors.inventory.file import BadInventory, parse_inventory
from workbench.inventory import actions, convert
from workbench.inventory.models import Credential, Device, HostKey

FILE = {
    "devices": [
        {
            "name": "bastion",
            "role": "host",
            "addresses": ["192.0.2.9/24"],
            "ssh": {"host": "192.0.2.9", "user": "j"},
        },
        {
            "name": "edge-fw-a",
            "role": "firewall",
            "site": "fra1",
            "owner": "network security",
            "state_group": "edge",
            "addresses": ["198.51.100.2/30", "2001:db8::2/64"],
            "ssh": {
                "host": "127.0.0.1",
                "port": 2203,
                "user": "ops",
                "key": "id",
                "jump": "bastion",
            },
            "sudo": True,
        },
        {"name": "far", "role": "router"},
    ]
}
PRINT = "SHA256:" + "A" * 43


def test_a_file_becomes_the_same_inventory_as_without_the_database(
    keeper: Any, tmp_path: Path
) -> None:
    text = json.dumps(FILE)
    actions.import_file(keeper, text, tmp_path)
    assert convert.load() == parse_inventory(text, tmp_path)


def test_who_answers_for_a_device_comes_back_out_of_the_file(keeper: Any) -> None:
    actions.import_file(keeper, json.dumps(FILE))
    given_back = {one["name"]: one.get("owner") for one in actions.export_file(keeper)["devices"]}
    assert given_back == {"bastion": None, "edge-fw-a": "network security", "far": None}


def test_importing_again_replaces_by_name(keeper: Any, tmp_path: Path) -> None:
    actions.import_file(keeper, json.dumps(FILE), tmp_path)
    changed = {"devices": [{"name": "far", "role": "nat", "ssh": {"host": "192.0.2.77"}}]}
    [device] = actions.import_file(keeper, json.dumps(changed))
    assert (device.role, device.host, Device.objects.count()) == ("nat", "192.0.2.77", 3)
    assert LogEntry.objects.filter(user=keeper).count() == 4


def test_a_bad_file_changes_nothing(keeper: Any) -> None:
    with pytest.raises(BadInventory):
        actions.import_file(
            keeper,
            json.dumps({"devices": [{"name": "a", "role": "host"}, {"name": "; rm", "role": "x"}]}),
        )
    assert not Device.objects.exists()


def test_secrets_of_a_file_are_sealed_and_not_exported(keeper: Any) -> None:
    file = {
        "devices": [
            {"name": "r1", "role": "router", "ssh": {"host": "192.0.2.1", "password": "pa55word"}}
        ]
    }
    actions.import_file(keeper, json.dumps(file))
    assert Credential.objects.get().reveal("password") == "pa55word"
    assert "pa55word" not in json.dumps(actions.export_file(keeper))


def test_an_export_can_be_imported(keeper: Any, tmp_path: Path) -> None:
    actions.import_file(keeper, json.dumps(FILE), tmp_path)
    before = convert.load()
    text = json.dumps(actions.export_file(keeper))
    Device.objects.all().delete()
    actions.import_file(keeper, text)
    assert convert.load() == before


def test_only_who_keeps_the_inventory_may_import(viewer: Any) -> None:
    with pytest.raises(actions.InventoryNotAllowed):
        actions.import_file(viewer, json.dumps(FILE))
    with pytest.raises(actions.InventoryNotAllowed):
        actions.accept_host_key(viewer, Device(name="x"), "ssh-ed25519", PRINT)


def test_an_accepted_host_key_is_trusted_until_it_is_taken_back(keeper: Any) -> None:
    actions.import_file(keeper, json.dumps(FILE))
    device = Device.objects.get(name="edge-fw-a")
    key = actions.accept_host_key(keeper, device, "ssh-ed25519", PRINT)
    named = convert.load().named("edge-fw-a")
    assert named is not None and named.login is not None and named.login.accepted == (PRINT,)
    assert LogEntry.objects.filter(change_message__contains=PRINT).exists()
    actions.revoke_host_key(keeper, key)
    named = convert.load().named("edge-fw-a")
    assert named is not None and named.login is not None and named.login.accepted == ()
    again = actions.accept_host_key(keeper, device, "ssh-ed25519", PRINT)
    assert again.trusted and HostKey.objects.count() == 1


@pytest.mark.parametrize("text", ["MD5:aa", "SHA256:short", PRINT + "\n", "SHA256:" + "<" * 43])
def test_what_is_no_fingerprint_is_refused(keeper: Any, text: str) -> None:
    device = Device.objects.create(name="x", role="host")
    with pytest.raises(ValidationError):
        actions.accept_host_key(keeper, device, "ssh-ed25519", text)


def test_the_command_line_imports_a_file(keeper: Any, tmp_path: Path) -> None:
    (tmp_path / "inventory.json").write_text(json.dumps(FILE))
    call_command("import_inventory", str(tmp_path / "inventory.json"))
    assert Device.objects.get(name="edge-fw-a").key_file == str(tmp_path / "id")
    with pytest.raises(CommandError, match="No such file"):
        call_command("import_inventory", str(tmp_path / "nowhere.json"))
    assert call_command("reseal_credentials") is None
