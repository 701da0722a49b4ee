"""The only writer: one verb, one function, used by web, API, command line and workers alike.

Each checks the right of whoever asks (`by=None` is Bothways itself), guards its transition in SQL,
and writes the timeline event in the same transaction.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from collectors.model.evidence import Evidence
from collectors.model.flow import Flow
from collectors.model.step import Options
from workbench.incidents import queries, roles, timeline
from workbench.incidents.models import Event, Incident, Pasted, Run
from workbench.incidents.storage import evidence_rows
from workbench.inventory import actions as inventory_actions
from workbench.inventory.models import Device

if TYPE_CHECKING:
    from django.contrib.auth.models import User

log = logging.getLogger(__name__)
Kind = Event.Kind
SLACK = timedelta(minutes=2)  # by which a browser's clock may be ahead


class ActionRefused(Exception):
    """The action makes no sense now; the message says why in words for the page."""


def open_incident(
    by: User | None,
    flow: Flow,
    title: str = "",
    *,
    probes: str = "",
    recording: str = "",
    restricted: bool = False,
) -> Incident:
    """Open an incident for one failing flow."""
    _needs_respond(by, None)
    probes = probes or settings.PROBES
    _check_probes(probes)
    with transaction.atomic():
        incident = Incident.objects.create(
            title=_line(title) or str(flow),
            **_columns(flow),
            opened_by=by,
            opened_at=timezone.now(),
            probes=probes,
            recording=recording or settings.REPLAY,
            restricted=restricted,
        )
        if by is not None:
            incident.invited.add(by)
        timeline.append(
            incident.pk, Kind.OPENED, {"flow": str(flow), "title": incident.title}, by=by
        )
    incident.refresh_from_db()
    return incident


def start_run(by: User | None, incident: Incident, options: Options | None = None) -> Run:
    """Queue an investigation; one at a time per incident."""
    _needs_respond(by, incident)
    options = options or replace(Options(), probes=incident.probes)
    _check_probes(options.probes)
    try:
        with transaction.atomic():
            run = _queued(by, incident, options)
            timeline.append(
                incident.pk, Kind.RUN_QUEUED, _about(run) | {"options": run.options}, by=by, run=run
            )
            transaction.on_commit(partial(enqueue, run.pk))
    except IntegrityError:
        raise ActionRefused(
            "a run of this incident is under way; cancel it or wait for it to end"
        ) from None
    return run


def _queued(by: User | None, incident: Incident, options: Options) -> Run:
    row = Incident.objects.filter(pk=incident.pk)
    row.update(last_run_number=F("last_run_number") + 1)
    return Run.objects.create(
        incident=incident,
        number=row.values_list("last_run_number", flat=True).get(),
        requested_by=by,
        requested_at=timezone.now(),
        options=asdict(options),
        recording=incident.recording,
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
    _needs_respond(by, run.incident)
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


def add_note(
    by: User,
    incident: Incident,
    text: str,
    *,
    happened_at: datetime | None = None,
    client_id: str = "",
) -> Event:
    """Write a person's words into the timeline. What a page sends twice under one `client_id` is
    one note; `happened_at` is the time that the note is about, when it is written later."""
    _needs_respond(by, incident)
    text = text.strip()[:20_000]
    if not text:
        raise ActionRefused("the note is empty")
    return _once(
        incident,
        client_id,
        partial(
            timeline.append,
            incident.pk,
            Kind.NOTE,
            {"text": text},
            by=by,
            happened_at=_past(happened_at),
        ),
    )


def _once(incident: Incident, client_id: str, write: Callable[..., Event]) -> Event:
    """The event that `write` makes, or the one that was written under this id before."""
    key = client_id[:64] or None
    try:
        with transaction.atomic():
            return write(client_id=key)
    except IntegrityError:
        sent = Event.objects.filter(incident=incident, client_id=key).first() if key else None
        if sent is None:
            raise
        return sent


def change_state(
    by: User,
    incident: Incident,
    state: str,
    why: str = "",
    *,
    happened_at: datetime | None = None,
    proof: Run | None = None,
) -> Incident:
    """Move the incident to open, mitigated or resolved. `proof` is the run that shows that it is
    repaired; `happened_at` is when it was so, when it is written later."""
    _needs_respond(by, incident)
    if state not in Incident.State.values:
        raise ActionRefused(f"{state[:20]!r} is not a state (open, mitigated, resolved)")
    payload: dict[str, Any] = {"why": why.strip()[:2000]}
    with transaction.atomic():
        _move(incident, incident.state, state)
        if proof is not None:
            _choose(incident, "chosen_proof", proof)
            payload["proof"] = proof.number
        payload |= {"from": incident.state, "to": state}
        at = _past(happened_at)
        timeline.append(incident.pk, Kind.STATE_CHANGED, payload, by=by, happened_at=at)
    incident.refresh_from_db()
    return incident


def undo_state(by: User, incident: Incident, seq: int) -> Incident:
    """Take back the last change of the state, by the number of its event."""
    _needs_respond(by, incident)
    last = queries.last_state_change(incident)
    if last is None or last.seq != seq:
        raise ActionRefused("the state was changed again meanwhile")
    now, then = last.payload["to"], last.payload["from"]
    with transaction.atomic():
        _move(incident, now, then)
        payload = {"from": now, "to": then, "why": "", "undoes": seq}
        timeline.append(incident.pk, Kind.STATE_CHANGED, payload, by=by)
    incident.refresh_from_db()
    return incident


def _move(incident: Incident, before: str, after: str) -> None:
    same = Incident.objects.filter(pk=incident.pk, state=before)
    if not same.exclude(state=after).update(state=after):
        raise ActionRefused("the state was changed by somebody else meanwhile, or is that already")


def choose_fault(by: User, incident: Incident, run: Run | None) -> Incident:
    """Say which run shows the fault of this incident; None = as it is found by itself."""
    return _chosen(by, incident, "fault", run)


def choose_proof(by: User, incident: Incident, run: Run | None) -> Incident:
    """Say which run proves that the fault is gone; None = as it is found by itself."""
    return _chosen(by, incident, "proof", run)


def _chosen(by: User, incident: Incident, which: str, run: Run | None) -> Incident:
    _needs_respond(by, incident)
    with transaction.atomic():
        _choose(incident, f"chosen_{which}", run)
        payload = {which: run.number if run else None}
        timeline.append(incident.pk, Kind.RUN_CHOSEN, payload, by=by)
    incident.refresh_from_db()
    return incident


def _choose(incident: Incident, column: str, run: Run | None) -> None:
    if run is not None and run.incident_id != incident.pk:
        raise ActionRefused("that run is of another incident")
    if run is not None and not (run.verdict_final and run.state == Run.State.DONE):
        raise ActionRefused(f"run {run.number} did not come to a verdict")
    Incident.objects.filter(pk=incident.pk).update(**{column: run})


def _past(at: datetime | None) -> datetime | None:
    """A time that a person gave. Raises ActionRefused when it is still to come."""
    if at is not None and at > timezone.now() + SLACK:
        raise ActionRefused("that time is still to come")
    return at


def allow_probes(by: User, incident: Incident, probes: str) -> Incident:
    """Choose what runs of this incident may send by themselves: off, gentle or full."""
    _needs_respond(by, incident)
    _check_probes(probes)
    with transaction.atomic():
        if Incident.objects.filter(pk=incident.pk).exclude(probes=probes).update(probes=probes):
            timeline.append(incident.pk, Kind.STATE_CHANGED, {"probes": probes}, by=by)
    incident.refresh_from_db()
    return incident


def invite(by: User, incident: Incident, person: User) -> None:
    """Let somebody see a restricted incident."""
    _needs_respond(by, incident)
    with transaction.atomic():
        incident.invited.add(person)
        timeline.append(incident.pk, Kind.STATE_CHANGED, {"invited": person.get_username()}, by=by)


def paste(by: User, incident: Incident, evidence: Evidence, *, client_id: str = "") -> Pasted:
    """Keep an output that was pasted for a device; `pasting.read` makes the evidence of it. What a
    page sends twice under one `client_id` is kept once."""
    _needs_respond(by, incident)

    def write(client_id: str | None) -> Event:
        kept = _keep(by, incident, evidence)
        return timeline.append(
            incident.pk,
            Kind.PASTED,
            _described(kept),
            by=by,
            device=kept.device,
            client_id=client_id,
        )

    event = _once(incident, client_id, write)
    return queries.pasted(incident).get(number=int(event.payload["evidence"].removeprefix("p")))


def _keep(by: User, incident: Incident, evidence: Evidence) -> Pasted:
    row = Incident.objects.filter(pk=incident.pk)
    row.update(last_pasted_number=F("last_pasted_number") + 1)
    number = row.values_list("last_pasted_number", flat=True).get()
    return Pasted.objects.create(
        incident=incident,
        number=number,
        device=_line(evidence.device)[:100],
        question=evidence.question.value,
        status=evidence.status.value,
        record_count=len(evidence.records),
        unread=evidence_rows.clean(evidence.unread[:200]),
        packed_evidence=evidence_rows.pack(evidence.renamed(f"p{number}")),
        pasted_by=by,
        pasted_at=timezone.now(),
    )


def withdraw(by: User, pasted: Pasted) -> bool:
    """Withdraw what was pasted: later runs do without it. False: it was withdrawn already."""
    _needs_respond(by, pasted.incident)
    with transaction.atomic():
        if not Pasted.objects.filter(pk=pasted.pk, withdrawn_at=None).update(
            withdrawn_at=timezone.now()
        ):
            return False
        payload = _described(pasted) | {"withdrawn": True}
        timeline.append(pasted.incident_id, Kind.PASTED, payload, by=by, device=pasted.device)
    return True


def accept_host_key(
    by: User, incident: Incident, device: Device, kind: str, fingerprint: str
) -> None:
    """Trust the key that a device offered in a run of this incident; somebody compared it."""
    _needs_respond(by, incident)
    offered = {
        (key.device, key.fingerprint)
        for run in incident.runs.all()
        for key in queries.offered_keys(run)
    }
    if (device.name, fingerprint) not in offered:
        raise ActionRefused(f"{device.name} did not offer this key in a run of this incident")
    payload = {"device": device.name, "kind": kind[:64], "fingerprint": fingerprint}
    with transaction.atomic():
        inventory_actions.accept_host_key(by, device, kind, fingerprint)
        timeline.append(incident.pk, Kind.HOST_KEY, payload, by=by, device=device.name)


def note_export(by: User, incident: Incident, form: str) -> None:
    """Write down who took the incident out of here, and in which form."""
    with transaction.atomic():
        timeline.append(incident.pk, Kind.EXPORTED, {"form": form}, by=by)


def _described(pasted: Pasted) -> dict[str, Any]:
    fields = {"evidence": f"p{pasted.number}", "question": pasted.question, "status": pasted.status}
    return fields | {"records": pasted.record_count, "unread": len(pasted.unread)}


def _about(run: Run) -> dict[str, Any]:
    return {"run": run.number, "recording": bool(run.recording)}


def _columns(flow: Flow) -> dict[str, Any]:
    return {
        "protocol": flow.protocol.value,
        "src": str(flow.src),
        "sport": flow.sport,
        "dst": str(flow.dst),
        "dport": flow.dport,
    }


def _line(text: str) -> str:
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())[:200]


def _check_probes(probes: str) -> None:
    if probes not in ("off", "gentle", "full"):
        raise ActionRefused(f"probes are off, gentle or full, not {probes[:20]!r}")


def _needs_respond(by: User | None, incident: Incident | None) -> None:
    if by is not None and not roles.may_respond(by, incident):
        raise roles.NotAllowed("this needs the role responder")
