"""Bothways tells Prometheus how it is doing."""

from __future__ import annotations

from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.api.test_api import Program, learnt, rita, vera
from workbench.incidents import actions
from workbench.incidents.models import Incident, Run

__all__ = ["learnt", "rita", "vera"]
pytestmark = pytest.mark.django_db


def numbers(program: Program) -> dict[tuple[str, str], float]:
    """Every sample by its name and its one label."""
    answer = program.get("metrics")
    assert answer.status_code == 200 and answer.headers["Content-Type"].startswith("text/plain")
    families = text_string_to_metric_families(answer.content.decode())
    return {
        (s.name, "".join(s.labels.values())): s.value for family in families for s in family.samples
    }


def test_incidents_runs_verdicts_and_commands_are_counted(rita: Program, learnt: Run) -> None:
    metrics = numbers(rita)
    assert metrics["bothways_incidents", "open"] == 1
    assert metrics["bothways_runs", "done"] == 1
    assert metrics["bothways_open_verdicts", learnt.verdict["root_cause"]] == 1  # type: ignore[index]
    assert metrics["bothways_commands_sent_total", ""] == 1
    assert metrics["bothways_command_results", "answered"] == 1
    assert metrics["bothways_run_seconds_count", ""] == 1
    assert metrics["bothways_run_seconds_sum", ""] >= 0


def test_a_resolved_incident_is_no_open_verdict(rita: Program, learnt: Run, responder: Any) -> None:
    actions.change_state(responder, learnt.incident, "resolved", "the route is back")
    metrics = numbers(rita)
    assert metrics["bothways_incidents", "resolved"] == 1
    assert not [name for name, _ in metrics if name == "bothways_open_verdicts"]


def test_nothing_is_counted_that_the_person_may_not_see(vera: Program, learnt: Run) -> None:
    assert numbers(vera)["bothways_runs", "done"] == 1
    Incident.objects.update(restricted=True)
    metrics = numbers(vera)
    assert not [
        name
        for name, _ in metrics
        if name in ("bothways_incidents", "bothways_runs", "bothways_open_verdicts")
    ]
    assert metrics["bothways_commands_sent_total", ""] == 0


def test_a_stranger_gets_no_numbers() -> None:
    assert Program(None).get("metrics").status_code == 401
