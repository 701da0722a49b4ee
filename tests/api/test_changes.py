"""What other systems report is read in pages by whoever may see incidents."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from tests.api.test_api import Program
from tests.incidents.conftest import person
from workbench.integrations import actions

pytestmark = pytest.mark.django_db


def test_changes_are_listed_newest_first_and_narrowed(responder: Any, viewer: Any) -> None:
    now = timezone.now()
    for hours, device in ((3, "fw-a"), (1, "fw-b"), (2, "fw-a")):
        at = now - timedelta(hours=hours)
        actions.report_change(responder, "ci", device, f"{hours} hours ago", at=at)
    vera = Program(viewer)
    listed = vera.get("changes").json()
    assert [one["summary"][0] for one in listed["changes"]] == ["1", "2", "3"]
    assert listed["next"] is None
    named = vera.get("changes?device=FW-A").json()["changes"]
    assert [one["summary"][0] for one in named] == ["2", "3"]
    assert vera.get("changes?source=ansible").json()["changes"] == []
    assert vera.get("changes?nonsense=1").status_code == 400


def test_who_may_see_no_incident_sees_no_change(responder: Any) -> None:
    actions.report_change(responder, "ci", "fw-a", "policy 42")
    assert Program(person("nobody", "")).get("changes").json()["changes"] == []


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"device": "r1", "summary": "x"}, "source is missing"),
        ({"source": "ci", "device": "r1", "summary": "x", "restrict": 1}, "no field 'restrict'"),
        ({"source": "ci", "device": "r1", "summary": "x", "at": "noon"}, "at: "),
        ({"source": "ci", "device": "r1", "summary": "x", "commands": "reload"}, "commands"),
    ],
)
def test_what_cannot_be_read_is_named(responder: Any, fields: Any, says: str) -> None:
    answer = Program(responder).post("changes", **fields)
    assert answer.status_code == 400 and says in answer.json()["error"]
