"""People, devices and an incident whose run has ended."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.db import transaction
from django.test import Client

from tests.web import story
from workbench.analysis.case.run_events import Asking, Judged, Learned, RunEvent, Walked
from workbench.incidents import actions, roles
from workbench.incidents.audit import CommandLog
from workbench.incidents.models import Incident, Run
from workbench.incidents.worker import progress
from workbench.inventory import convert


@pytest.fixture(autouse=True)
def no_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(actions.runs, "enqueue", lambda run_id: None)
    monkeypatch.setattr("workbench.incidents.live.notify.changed", lambda incident_id, upto: None)


@pytest.fixture(autouse=True)
def quick_passwords(settings: Any) -> None:
    """Four people are made for most tests, and what protects real passwords costs seconds."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def people(db: None) -> dict[str, User]:
    roles.make_roles()
    made = {}
    for role in ("viewer", "responder"):
        made[role] = User.objects.create_user(role, password="correct horse battery")
        made[role].groups.add(Group.objects.get(name=role))
    made["nobody"] = User.objects.create_user("nobody", password="correct horse battery")
    made["admin"] = User.objects.create_superuser("admin", password="correct horse battery")
    return made


@pytest.fixture
def browse(people: dict[str, User]) -> Callable[[str], Client]:
    def as_person(role: str) -> Client:
        client = Client()
        client.force_login(people[role])
        return client

    return as_person


@pytest.fixture
def incident(people: dict[str, User]) -> Incident:
    with transaction.atomic():
        convert.save(story.INVENTORY)
    return actions.open_incident(people["responder"], story.FLOW, "checkout <b>fails</b>")


def tell(run: Run, run_events: list[RunEvent]) -> None:
    """Store what a run found, as a worker does."""
    log = CommandLog(run.incident, run, run.requested_by)
    for run_event in run_events:
        if isinstance(run_event, Asking):
            progress.record_asking(run, run_event)
        elif isinstance(run_event, Learned):
            answer = run_event.evidence
            log.result(log.intend(answer.query, "ops", answer.command.encode()), answer)
            progress.record_evidence(run, answer, log.of(answer.query))
        elif isinstance(run_event, Walked):
            progress.record_walk(run, progress.drawing(run_event.findings))
        elif isinstance(run_event, Judged):
            drawn = progress.drawing(run_event.findings, run_event.verdict)
            progress.record_verdict(run, drawn, run_event.verdict.as_dict(), run_event.final)


def begun(incident: Incident, by: User) -> Run:
    """A run that a worker took."""
    run = progress.begin_run(actions.start_run(by, incident).pk, "test")
    assert run is not None
    return run


@pytest.fixture
def judged_run(incident: Incident, people: dict[str, User]) -> Run:
    run = begun(incident, people["responder"])
    tell(run, story.run_events())
    progress.finish_run(run, Run.State.DONE)
    run.refresh_from_db()
    return run
