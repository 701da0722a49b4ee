"""The list of stateful devices over all incidents: what runs found is kept, and nobody sees more than
the incidents that they may see."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from importlib import import_module
from types import SimpleNamespace
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth.models import User
from django.test import Client

from tests.web import story
from tests.web.conftest import begun, tell
from workbench.analysis.case.run_events import Judged
from workbench.incidents import actions, state_boundaries
from workbench.incidents.models import BoundaryRow, Incident, Run
from workbench.incidents.state_boundaries import BoundaryFilter
from workbench.inventory.models import Device
from workbench.report.csv_text import as_csv

pytestmark = pytest.mark.django_db
Browse = Callable[[str], Client]
People = dict[str, User]


def kept(**which: Any) -> dict[str, tuple[str, ...]]:
    return {
        row.device: (row.request, row.reply, row.holds, row.sharing)
        for row in BoundaryRow.objects.filter(**which)
    }


def another(people: People, *, restricted: bool = False) -> Run:
    """A second incident on the same flow, judged."""
    incident = actions.open_incident(people["admin"], story.FLOW, restricted=restricted)
    run = begun(incident, people["admin"])
    tell(run, [Judged(story.findings(), story.verdict(), True)])
    return run


def test_a_final_verdict_keeps_its_boundaries_and_no_ends(judged_run: Run) -> None:
    assert kept(run=judged_run) == {
        "fw-a": ("seen", "bypassed", "request", "refuted"),
        "fw-b": ("bypassed", "seen", "none", "refuted"),
    }
    assert BoundaryRow.objects.get(suspect=True).device == "fw-b"


def test_a_provisional_verdict_keeps_none(incident: Incident, people: People) -> None:
    run = begun(incident, people["responder"])
    tell(run, [Judged(story.findings(), story.verdict(final=False), False)])
    assert kept() == {}


def test_what_is_written_twice_is_kept_once(judged_run: Run) -> None:
    tell(judged_run, [Judged(story.findings(), story.verdict(), True)])
    assert BoundaryRow.objects.filter(run=judged_run).count() == 2


def test_of_two_runs_of_an_incident_the_newest_counts(judged_run: Run, people: People) -> None:
    again = begun(judged_run.incident, people["responder"])
    tell(again, [Judged(story.findings(), story.verdict(), True)])
    assert set(BoundaryRow.objects.filter(newest=True).values_list("run", flat=True)) == {again.pk}
    found = {one.device: one for one in state_boundaries.devices(people["viewer"])}
    assert (found["fw-a"].incidents, found["fw-a"].out_only, found["fw-b"].back_only) == (1, 1, 1)
    assert (found["fw-a"].suspected, found["fw-b"].suspected) == (0, 1)


def test_a_restricted_incident_is_in_nobodys_list_but_theirs(
    judged_run: Run, people: People
) -> None:
    secret = another(people, restricted=True)
    seen = {who: {row.run_id for row in state_boundaries.rows(people[who])} for who in people}
    assert seen["viewer"] == seen["responder"] == {judged_run.pk}
    assert seen["admin"] == {judged_run.pk, secret.pk}
    assert seen["nobody"] == set()
    assert {one.incidents for one in state_boundaries.devices(people["viewer"])} == {1}
    secret.incident.invited.add(people["viewer"])
    assert {row.run_id for row in state_boundaries.rows(people["viewer"])} >= {secret.pk}


def test_the_owner_is_the_inventorys(judged_run: Run, people: People) -> None:
    Device.objects.filter(name="fw-a").update(owner="network security")
    found = {one.device: one.owner for one in state_boundaries.devices(people["viewer"])}
    assert found == {"fw-a": "network security", "fw-b": ""}
    assert state_boundaries.owners(people["nobody"]) == {}


def test_the_list_narrows_to_a_device(judged_run: Run, people: People) -> None:
    [row] = state_boundaries.rows(people["viewer"], BoundaryFilter(device="fw-b"))
    assert state_boundaries.direction(row.request, row.reply) == "reverse"


@pytest.mark.parametrize(
    ("request_seen", "reply_seen", "direction"),
    [
        ("seen", "routed", "both"),
        ("seen", "bypassed", "forward"),
        ("missed", "seen", "reverse"),
        ("seen", "unknown", "forward, other unknown"),
        ("bypassed", "bypassed", "neither"),
        ("unknown", "bypassed", "unknown"),
    ],
)
def test_the_direction_says_what_is_not_known(
    request_seen: str, reply_seen: str, direction: str
) -> None:
    assert state_boundaries.direction(request_seen, reply_seen) == direction


def test_runs_of_earlier_versions_are_filled_in_from_what_they_kept(judged_run: Run) -> None:
    BoundaryRow.objects.all().delete()
    verdict = {**(judged_run.verdict or {})}
    del verdict["boundaries"]
    Run.objects.filter(pk=judged_run.pk).update(verdict=verdict)
    fill = import_module("workbench.incidents.migrations.0007_fill_state_boundaries").fill
    fill(apps, SimpleNamespace())
    assert kept() == {
        "fw-a": ("seen", "bypassed", "not kept", "unknown"),
        "fw-b": ("bypassed", "seen", "not kept", "unknown"),
    }
    assert all(BoundaryRow.objects.values_list("newest", flat=True))


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\t=1", "  =HYPERLINK(1)", "\r=1"])
def test_no_cell_is_a_formula(text: str) -> None:
    [_, [cell]] = csv.reader(io.StringIO(as_csv(["device"], [{"device": text}])))
    assert not cell.lstrip().startswith(("=", "+", "-", "@"))


def test_a_cell_with_commas_and_quotes_stays_one_cell() -> None:
    rows = list(csv.reader(io.StringIO(as_csv(["a", "b"], [{"a": 'x, "y"\nz', "b": None}]))))
    assert rows == [["a", "b"], ['x, "y" z', ""]]
