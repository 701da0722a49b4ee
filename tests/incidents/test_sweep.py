"""A run that lost its worker ends as interrupted, and one that nobody was told of is
announced again."""

from __future__ import annotations

import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from workbench.incidents import actions, queries
from workbench.incidents.models import Incident, Run
from workbench.incidents.worker import progress
from workbench.incidents.worker.sweep import EVERY, Sweeper, sweep

WORKER = """
import os, sys, time
import django
from django.conf import settings
settings.DATABASES["default"] |= eval(sys.argv[2])
django.setup()
from workbench.incidents.worker import progress
from workbench.incidents.worker.heartbeat import Heartbeat
progress.begin_run(int(sys.argv[1]), "doomed")
with Heartbeat(int(sys.argv[1]), every=0.05):
    print("begun", flush=True)
    time.sleep(600)
"""


def where() -> str:
    """How another process reaches this test's database."""
    return repr({name: connection.settings_dict[name] for name in ("NAME", "HOST", "PORT", "USER")})


@pytest.mark.django_db(transaction=True)
def test_a_killed_worker_leaves_an_interrupted_run(
    incident: Incident, responder: Any, settings: Any
) -> None:
    run = actions.start_run(responder, incident)
    command = [sys.executable, "-c", WORKER, str(run.pk), where()]
    here = Path(__file__).resolve().parents[2]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=here) as worker:
        assert worker.stdout is not None and worker.stdout.readline() == "begun\n"
        worker.kill()
    sweep()
    run.refresh_from_db()
    assert run.state == Run.State.RUNNING  # its silence is too short yet to tell
    settings.LOST_AFTER_SECONDS = 0.0
    sweep()
    run.refresh_from_db()
    assert run.state == Run.State.INTERRUPTED and "worker was lost" in run.problem
    assert [event.kind for event in queries.events_after(incident, 3)] == ["run-ended"]


@pytest.mark.django_db
def test_a_run_is_interrupted_once_and_cannot_end_again(run: Run, settings: Any) -> None:
    settings.LOST_AFTER_SECONDS = 0.0
    assert progress.interrupt_lost_runs() == 1
    assert progress.interrupt_lost_runs() == 0
    assert not progress.finish_run(run, Run.State.DONE)


@pytest.mark.django_db
def test_a_run_with_a_heartbeat_is_left_alone(run: Run) -> None:
    assert progress.interrupt_lost_runs() == 0


@pytest.mark.django_db
def test_a_waiting_run_is_told_to_a_worker_again(
    incident: Incident, responder: Any, ears: Any
) -> None:
    run = actions.start_run(responder, incident)
    sweep()
    assert ears.queued == []
    long_ago = timezone.now() - timedelta(seconds=EVERY + 1)
    Run.objects.filter(pk=run.pk).update(requested_at=long_ago)
    sweep()
    assert ears.queued == [run.pk]


@pytest.mark.django_db(transaction=True)
def test_sweeping_begins_at_once_and_ends_when_told(run: Run, settings: Any) -> None:
    settings.LOST_AFTER_SECONDS = 0.0
    sweeper = Sweeper(every=60)
    sweeper.start()
    sweeper.stop()
    sweeper._thread.join(timeout=30)
    run.refresh_from_db()
    assert run.state == Run.State.INTERRUPTED
