"""Every list ends nowhere: `next` leads on, and no row is seen twice or never."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.test_api import Program, learnt, rita, vera
from tests.incidents.conftest import FLOW
from workbench.api import asking
from workbench.incidents import actions
from workbench.incidents.models import Run

__all__ = ["learnt", "rita", "vera"]
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def three_rows_a_page(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking.page, "__defaults__", (3,))


def walk(program: Program, address: str, name: str) -> list[list[Any]]:
    """Every page of a list."""
    pages, cursor = [], ""
    while True:
        answer = program.get(f"{address}?cursor={cursor}").json()
        pages.append(answer[name])
        cursor = answer["next"]
        if cursor is None:
            return pages


def test_incidents_are_paged_while_others_are_opened(rita: Program, responder: Any) -> None:
    opened = [actions.open_incident(responder, FLOW, f"n {n}").pk for n in range(7)]
    first = rita.get("incidents").json()
    actions.open_incident(responder, FLOW, "meanwhile")
    second = rita.get(f"incidents?cursor={first['next']}").json()
    third = rita.get(f"incidents?cursor={second['next']}").json()
    seen = [row["id"] for page in (first, second, third) for row in page["incidents"]]
    assert seen == opened[::-1] and third["next"] is None


def test_runs_pastes_evidence_and_commands_are_paged(
    rita: Program, learnt: Run, responder: Any
) -> None:
    of = f"incidents/{learnt.incident_id}"
    for _ in range(3):
        actions.cancel_run(responder, actions.start_run(responder, learnt.incident))
    numbers = [[r["number"] for r in page] for page in walk(rita, f"{of}/runs", "runs")]
    assert numbers == [[4, 3, 2], [1]]
    text = "192.0.2.1 dev eth0 lladdr 02:00:00:00:00:01 REACHABLE\n"
    for device in ("a", "b", "c", "d"):
        assert rita.post(f"{of}/pasted", device=device, text=text).status_code == 201
    assert [len(page) for page in walk(rita, f"{of}/pasted", "pasted")] == [3, 1]
    assert [len(page) for page in walk(rita, f"{of}/runs/1/evidence", "evidence")] == [1]
    assert [len(page) for page in walk(rita, "commands", "commands")] == [1]


@pytest.mark.parametrize("cursor", ["x", "é", "WzAsIDFd", "e30", "WzAseyJhdCI6MX0sMV0", "A" * 5000])
def test_a_cursor_that_was_not_given_out_is_refused(rita: Program, cursor: str) -> None:
    answer = rita.get(f"incidents?cursor={cursor}")
    assert (answer.status_code, answer.json()["fields"]) == (400, ["cursor"])
