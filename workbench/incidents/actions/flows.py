"""Correcting the flow of an incident, and adding further ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from collectors.model.flow import Flow
from workbench.incidents import timeline
from workbench.incidents.actions.common import ActionRefused, needs_respond, one_line
from workbench.incidents.flows import MAIN, flows_of
from workbench.incidents.models import Event, FurtherFlow, Incident, Run
from workbench.incidents.models.flow import columns_of

if TYPE_CHECKING:
    from django.contrib.auth.models import User

Kind = Event.Kind
MOST = 50  # flows of one incident


def change_flow(by: User, incident: Incident, flow: Flow, why: str, *, number: int = MAIN) -> Event:
    """Correct a flow that was typed wrongly. Earlier runs stay about what they looked at, so that
    none of their verdicts is taken for one about the corrected flow. Raises ActionRefused."""
    needs_respond(by, incident)
    why = _reason(why)
    with transaction.atomic():
        row = Incident.objects.select_for_update().get(pk=incident.pk)
        before = {one.number: one.flow for one in flows_of(row)}
        if number not in before:
            raise ActionRefused(f"this incident has no flow {number}")
        _refuse(row, flow)
        _write(by, row, number, flow)
        payload = {"number": number, "from": str(before[number]), "to": str(flow), "why": why}
        event = timeline.append(row.pk, Kind.FLOW_CHANGED, payload, by=by)
    incident.refresh_from_db()
    return event


def _write(by: User, row: Incident, number: int, flow: Flow) -> None:
    if number != MAIN:
        FurtherFlow.objects.filter(incident=row, number=number).update(**columns_of(flow))
        return
    # what somebody chose was chosen of another flow
    changed = columns_of(flow) | {"chosen_fault": None, "chosen_proof": None}
    if row.title == str(row.flow):  # nobody gave it another one
        title = {"field": "title", "from": row.title, "to": str(flow)}
        changed["title"] = str(flow)
        timeline.append(row.pk, Kind.HEAD_CHANGED, title, by=by)
    Incident.objects.filter(pk=row.pk).update(**changed)


def add_flow(by: User, incident: Incident, flow: Flow, why: str = "") -> FurtherFlow:
    """Say that another flow fails, too; runs can look at it. Raises ActionRefused."""
    needs_respond(by, incident)
    with transaction.atomic():
        row = Incident.objects.select_for_update().get(pk=incident.pk)
        _refuse(row, flow)
        rows = FurtherFlow.objects.filter(incident=row)
        number = (rows.aggregate(last=Max("number"))["last"] or MAIN) + 1
        if number > MOST:
            raise ActionRefused(f"an incident has at most {MOST} flows")
        added = FurtherFlow.objects.create(
            incident=row,
            number=number,
            why=one_line(why),
            added_by=by,
            added_at=timezone.now(),
            **columns_of(flow),
        )
        payload = {"number": number, "flow": str(flow), "why": added.why}
        timeline.append(row.pk, Kind.FLOW_ADDED, payload, by=by)
    incident.refresh_from_db()
    return added


def _reason(why: str) -> str:
    found = one_line(why)
    if not found:
        raise ActionRefused("say why the flow is another one")
    return found


def _refuse(incident: Incident, flow: Flow) -> None:
    if Run.objects.filter(incident=incident, state__in=Run.ACTIVE).exists():
        raise ActionRefused("a run is under way: stop it or wait for its end")
    for one in flows_of(incident):
        if one.flow == flow:
            raise ActionRefused(f"that is flow {one.number} of this incident already")
