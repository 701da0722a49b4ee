"""Starting and stopping investigations."""

from __future__ import annotations

import logging
from dataclasses import asdict, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from collectors.model.step import Options
from workbench.incidents import timeline
from workbench.incidents.actions.common import ActionRefused, check_ask, check_probes, needs_respond
from workbench.incidents.flows import MAIN, flows_of
from workbench.incidents.models import Event, Incident, Run
from workbench.incidents.models.flow import columns_of

if TYPE_CHECKING:
    from django.contrib.auth.models import User

log = logging.getLogger(__name__)
Kind = Event.Kind


def start_run(
    by: User | None, incident: Incident, options: Options | None = None, *, flow: int = MAIN
) -> Run:
    """Queue an investigation of one of the incident's flows, by its number; one at a time per
    incident."""
    needs_respond(by, incident)
    options = options or replace(Options(), probes=incident.probes)
    check_probes(options.probes)
    check_ask(options.ask)
    try:
        with transaction.atomic():
            run = _queued(by, incident, options, flow)
            timeline.append(
                incident.pk,
                Kind.RUN_QUEUED,
                _about(run) | {"options": run.options, "flow": str(run.flow)},
                by=by,
                run=run,
            )
            transaction.on_commit(partial(enqueue, run.pk))
    except IntegrityError:
        raise ActionRefused(
            "a run of this incident is under way; cancel it or wait for it to end"
        ) from None
    return run


def _queued(by: User | None, incident: Incident, options: Options, number: int) -> Run:
    row = Incident.objects.filter(pk=incident.pk)
    row.update(last_run_number=F("last_run_number") + 1)  # holds the row: no flow changes now
    flows = {one.number: one.flow for one in flows_of(row.get())}
    if number not in flows:
        raise ActionRefused(f"this incident has no flow {number}")
    return Run.objects.create(
        incident=incident,
        number=row.values_list("last_run_number", flat=True).get(),
        requested_by=by,
        requested_at=timezone.now(),
        options=asdict(options),
        recording=incident.recording,
        **columns_of(flows[number]),
    )


def enqueue(run_id: int) -> None:
    """Tell a worker. If that fails the run stays queued, and the sweep tells again."""
    from workbench.incidents.worker.tasks import run_investigation

    try:
        run_investigation.delay(run_id)
    except Exception as error:
        log.warning("run %s waits: no worker could be notified (%s)", run_id, type(error).__name__)


def cancel_run(by: User | None, run: Run) -> bool:
    """Ask a run to stop; a queued one ends at once. False: it had ended already."""
    needs_respond(by, run.incident)
    with transaction.atomic():
        now = timezone.now()
        queued = Run.objects.filter(pk=run.pk, state=Run.State.QUEUED)
        if queued.update(state=Run.State.CANCELLED, ended_at=now, cancel_requested=True):
            timeline.append(
                run.incident_id,
                Kind.RUN_ENDED,
                _about(run) | {"state": "cancelled"},
                by=by,
                run=run,
            )
            return True
        running = Run.objects.filter(pk=run.pk, state=Run.State.RUNNING, cancel_requested=False)
        if not running.update(cancel_requested=True):
            return False
        timeline.append(run.incident_id, Kind.CANCEL_ASKED, _about(run), by=by, run=run)
    return True


def _about(run: Run) -> dict[str, Any]:
    return {"run": run.number, "recording": bool(run.recording)}
