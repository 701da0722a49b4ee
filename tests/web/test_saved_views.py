"""Searches are kept under a name, shared, pinned and counted; nobody counts what they may not see."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from tests.web import story
from workbench.incidents import actions
from workbench.incidents.models import SavedView

pytestmark = pytest.mark.django_db
Browse = Callable[[str], Client]
JSON = "application/json"


def tabs(client: Client) -> dict[str, str]:
    """The tabs above the list with their numbers."""
    body = client.get("/").content.decode()
    found = re.findall(r'<a href="\?[^>]*>([^<]+)\s*<span class="n">([^<]*)</span>', body)
    return {name.strip(): count for name, count in found}


def kept(client: Client, **fields: Any) -> SavedView:
    client.post("/views", {"name": "Open ones", "q": "state:open", "sort": "severity"} | fields)
    return SavedView.objects.latest("pk")


def test_a_search_becomes_a_tab_with_its_number(browse: Browse, incident: Any) -> None:
    client = browse("responder")
    view = kept(client)
    assert tabs(client) == {"Open ones": "1"}
    body = client.get("/?q=state:open&sort=severity").content.decode()
    assert re.search(r'sort=severity" aria-current="true">Open ones', body)
    client.post(f"/views/{view.pk}", {"verb": "unpin"})
    assert tabs(client) == {}
    client.post(f"/views/{view.pk}", {"verb": "rename", "name": "New <b>"})
    assert "New &lt;b&gt;" in client.get("/").content.decode()
    client.post(f"/views/{view.pk}", {"verb": "remove"})
    assert not SavedView.objects.exists()


def test_mine_are_mine_and_shared_ones_are_pinned_by_each(browse: Browse, incident: Any) -> None:
    mine, viewer = kept(browse("responder")), browse("viewer")
    assert viewer.post(f"/views/{mine.pk}", {"verb": "pin"}).status_code == 404
    shared = kept(browse("responder"), name="Shared", shared="on")
    viewer.post(f"/views/{shared.pk}", {"verb": "pin"})
    assert tabs(viewer) == {"Shared": "1"}
    for verb in ("rename", "remove"):
        gone = viewer.post(f"/views/{shared.pk}", {"verb": verb, "name": "Mine now"})
        assert gone.status_code == 403
    assert SavedView.objects.get(pk=shared.pk).name == "Shared"


def test_a_number_says_nothing_of_restricted_incidents(
    browse: Browse, incident: Any, people: dict[str, Any]
) -> None:
    actions.open_incident(people["admin"], story.FLOW, "Hidden", restricted=True)
    shared = kept(browse("admin"), shared="on")
    browse("viewer").post(f"/views/{shared.pk}", {"verb": "pin"})
    assert tabs(browse("admin")) == {"Open ones": "2"}
    assert tabs(browse("viewer")) == {"Open ones": "1"}


def test_what_cannot_be_kept_is_refused(browse: Browse, people: dict[str, Any]) -> None:
    client = browse("responder")
    kept(client)
    for fields in ({}, {"name": " "}, {"name": "x", "q": "severity:9"}, {"name": "x", "sort": "?"}):
        kept(client, **fields)
    assert SavedView.objects.count() == 1
    body = client.post("/views", {"name": "Open ones"}, follow=True).content.decode()
    assert "there is a view &#x27;Open ones&#x27; already" in body
    shares = browse("viewer").post("/views", {"name": "All", "shared": "on"})
    assert shares.status_code == 403 and SavedView.objects.count() == 1
    assert browse("nobody").post("/views", {"name": "All"}).status_code == 403


def test_the_api_keeps_changes_and_removes_views(browse: Browse, people: dict[str, Any]) -> None:
    client = browse("responder")
    made = client.post("/api/views", {"name": "Mine", "query": "state:open"}, JSON).json()
    assert made["pinned"] and made["owner"] == "responder" and not made["shared"]
    there = f"/api/views/{made['id']}"
    changed = client.patch(there, {"shared": True, "pinned": False}, JSON).json()
    assert changed["shared"] and not changed["pinned"] and changed["name"] == "Mine"
    assert [one["name"] for one in browse("viewer").get("/api/views").json()["views"]] == ["Mine"]
    assert browse("viewer").delete(there).status_code == 403
    assert client.patch(there, {"query": "severity:9"}, JSON).status_code == 409
    assert client.delete(there).json()["name"] == "Mine"
    assert client.get("/api/views").json() == {"views": [], "next": None}
