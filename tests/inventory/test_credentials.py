"""Secrets go in and never come out again, except to log in."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from workbench.inventory import actions, convert, vault
from workbench.inventory.models import Credential, Device

SECRET = "hunter2-very-secret"


@pytest.fixture
def credential(db: None) -> Credential:
    row = Credential(name="edge", user="ops")
    row.keep("password", SECRET)
    row.save()
    Device.objects.create(name="fw-a", role="firewall", host="192.0.2.1", credential=row)
    return row


def test_the_database_holds_no_secret(credential: Credential) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM inventory_credential")
        assert SECRET not in str(cursor.fetchall())


def test_a_run_gets_the_secret_and_does_not_show_it(
    credential: Credential, caplog: pytest.LogCaptureFixture
) -> None:
    [device] = convert.load().devices
    assert device.login is not None and device.login.password == SECRET
    with caplog.at_level(logging.DEBUG):
        logging.getLogger("workbench").info("%r %s %r", device, device.login, credential)
    assert SECRET not in caplog.text + repr(credential) + str(credential) + repr(vars(credential))


def test_old_keys_open_until_everything_is_resealed(credential: Credential, settings: Any) -> None:
    old = list(settings.CREDENTIAL_KEYS)
    settings.CREDENTIAL_KEYS = ["a new key", *old]
    assert actions.reseal_all() == 1
    settings.CREDENTIAL_KEYS = ["a new key"]
    credential.refresh_from_db()
    assert credential.reveal("password") == SECRET
    settings.CREDENTIAL_KEYS = old
    with pytest.raises(vault.Sealed):
        credential.reveal("password")


def test_a_missing_key_is_said_and_says_no_secret(credential: Credential, settings: Any) -> None:
    settings.CREDENTIAL_KEYS = ["another key"]
    with pytest.raises(vault.Sealed, match="BOTHWAYS_CREDENTIAL_KEYS"):
        convert.load()


def test_nothing_stays_nothing(db: None) -> None:
    row = Credential(name="none")
    row.keep("key", "")
    assert row.reveal("key") is None and not row.has("key")


def test_the_administration_pages_take_a_secret_and_never_show_it(
    credential: Credential, keeper: Any
) -> None:
    client = Client()
    client.force_login(keeper)
    address = f"/admin/inventory/credential/{credential.pk}/change/"
    for page in (
        address,
        "/admin/inventory/credential/",
        f"/admin/inventory/credential/{credential.pk}/history/",
    ):
        shown = client.get(page).content.decode()
        assert SECRET not in shown and credential.sealed_password not in shown
    fields = {
        "name": "edge",
        "user": "ops",
        "password": "",
        "key": "-----BEGIN KEY-----\nx\n",
        "passphrase": "",
    }
    assert client.post(address, fields).status_code == 302
    credential.refresh_from_db()
    assert credential.reveal("password") == SECRET
    assert credential.reveal("key") == "-----BEGIN KEY-----\nx\n"
    client.post(address, fields | {"key": "", "forget": ["password"]})
    credential.refresh_from_db()
    assert not credential.has("password") and credential.has("key")
    assert "BEGIN KEY" not in client.get(f"{address}../history/", follow=True).content.decode()
