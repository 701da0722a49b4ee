"""A locked database: one clear sentence, and nothing changed."""

from __future__ import annotations

import sqlite3
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import OperationalError, connection
from django.test import Client

from workbench.incidents.roles import make_roles


@pytest.fixture
def rita(transactional_db: None) -> Client:
    make_roles()
    client = Client(raise_request_exception=False)
    client.force_login(User.objects.create_superuser("rita"))
    return client


@pytest.mark.skipif("connection.vendor != 'sqlite'", reason="SQLite locks the whole database")
def test_a_locked_database_is_said_plainly(rita: Client) -> None:
    connection.close()
    connection.settings_dict["OPTIONS"]["timeout"] = 0.1
    holder = sqlite3.connect(connection.settings_dict["NAME"], isolation_level=None)
    try:
        holder.execute("BEGIN IMMEDIATE")
        api = rita.post(
            "/api/incidents",
            {"flow": "tcp 192.0.2.1:1 > 192.0.2.2:2"},
            content_type="application/json",
        )
        assert api.status_code == 503 and "database is busy" in api.json()["error"]
        # reading goes on
        assert rita.get("/api/incidents").json() == {"incidents": [], "next": None}
    finally:
        holder.execute("ROLLBACK")
        holder.close()
        connection.close()
        connection.settings_dict["OPTIONS"]["timeout"] = 10.0


def test_a_lost_database_is_said_plainly(rita: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    from workbench.incidents import queries

    def lost(*args: Any) -> None:
        raise OperationalError("server closed the connection")

    monkeypatch.setattr(queries, "incidents", lost)
    response = rita.get("/api/incidents")
    assert response.status_code == 503 and response.headers["Retry-After"] == "3"
