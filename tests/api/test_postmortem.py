"""A program reads and writes the postmortem and its action items, with the same refusals."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.test_api import Program
from workbench.incidents.models import Incident


@pytest.fixture
def rita(responder: Any) -> Program:
    return Program(responder)


@pytest.fixture
def vera(viewer: Any) -> Program:
    return Program(viewer)


def test_a_section_is_read_written_and_kept_beside(rita: Program, incident: Incident) -> None:
    address = f"incidents/{incident.pk}/postmortem"
    summary = rita.get(address).json()["sections"][0]
    assert (summary["section"], summary["follows"], summary["base"]) == ("summary", True, 0)
    first = rita.post(f"{address}/summary", text="one", base=0, client_id="a")
    assert (first.status_code, first.json()["version"]) == (201, 1)
    assert rita.post(f"{address}/summary", text="one", base=0, client_id="a").json() == first.json()
    assert rita.post(f"{address}/summary", text="two", base=0).json()["beside"] is True
    assert [one["text"] for one in rita.get(f"{address}/summary").json()["versions"]] == [
        "two",
        "one",
    ]
    assert rita.post(f"{address}/nothing", text="x").status_code == 404
    assert rita.post(f"{address}/review", edits=2).status_code == 409  # two texts


def test_action_items_over_all_incidents(rita: Program, vera: Program, incident: Incident) -> None:
    address = f"incidents/{incident.pk}/action-items"
    made = rita.post(address, text="Pin the route", owner="rita", due="2020-01-01").json()
    assert (made["number"], made["owner"], made["due"]) == (1, "rita", "2020-01-01")
    assert vera.get("action-items?overdue=true").json()["items"] == [made]
    assert rita.post(f"{address}/1", state="dropped").status_code == 409
    assert rita.post(f"{address}/1", state="done", edits=0).json()["state"] == "done"
    assert vera.get("action-items?state=open").json()["items"] == []
    assert vera.post(address, text="x").status_code == 403
    Incident.objects.filter(pk=incident.pk).update(restricted=True)
    assert vera.get("action-items").json()["items"] == []
    assert vera.get(f"incidents/{incident.pk}/postmortem").status_code == 404
