"""The state of an incident, and which runs show its fault and its repair."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import transaction

from workbench.incidents import queries, timeline
from workbench.incidents.actions.common import ActionRefused, needs_respond, past
from workbench.incidents.flows import about_main
from workbench.incidents.models import Event, Incident, Run

if TYPE_CHECKING:
    from django.contrib.auth.models import User

Kind = Event.Kind


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
    needs_respond(by, incident)
    if state not in Incident.State.values:
        raise ActionRefused(f"{state[:20]!r} is not a state (open, mitigated, resolved)")
    payload: dict[str, Any] = {"why": why.strip()[:2000]}
    with transaction.atomic():
        _move(incident, incident.state, state)
        if proof is not None:
            _choose(incident, "chosen_proof", proof)
            payload["proof"] = proof.number
        payload |= {"from": incident.state, "to": state}
        at = past(happened_at)
        timeline.append(incident.pk, Kind.STATE_CHANGED, payload, by=by, happened_at=at)
    incident.refresh_from_db()
    return incident


def undo_state(by: User, incident: Incident, seq: int) -> Incident:
    """Take back the last change of the state, by the number of its event."""
    needs_respond(by, incident)
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
    needs_respond(by, incident)
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
    if run is not None and not about_main(run, incident):
        raise ActionRefused(f"run {run.number} is about another flow: {run.flow}")
    Incident.objects.filter(pk=incident.pk).update(**{column: run})
