"""Outputs that people paste, and withdraw."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from collectors.model.evidence import Evidence
from workbench.incidents import queries, timeline
from workbench.incidents.actions.common import needs_respond, once, one_line
from workbench.incidents.models import Event, Incident, Pasted
from workbench.incidents.storage import evidence_rows

if TYPE_CHECKING:
    from django.contrib.auth.models import User

Kind = Event.Kind


def paste(by: User, incident: Incident, evidence: Evidence, *, client_id: str = "") -> Pasted:
    """Keep an output that was pasted for a device; `pasting.read` makes the evidence of it. What a
    page sends twice under one `client_id` is kept once."""
    needs_respond(by, incident)

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

    event = once(incident, client_id, write)
    return queries.pasted(incident).get(number=int(event.payload["evidence"].removeprefix("p")))


def _keep(by: User, incident: Incident, evidence: Evidence) -> Pasted:
    row = Incident.objects.filter(pk=incident.pk)
    row.update(last_pasted_number=F("last_pasted_number") + 1)
    number = row.values_list("last_pasted_number", flat=True).get()
    return Pasted.objects.create(
        incident=incident,
        number=number,
        device=one_line(evidence.device)[:100],
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
    needs_respond(by, pasted.incident)
    with transaction.atomic():
        if not Pasted.objects.filter(pk=pasted.pk, withdrawn_at=None).update(
            withdrawn_at=timezone.now()
        ):
            return False
        payload = _described(pasted) | {"withdrawn": True}
        timeline.append(pasted.incident_id, Kind.PASTED, payload, by=by, device=pasted.device)
    return True


def _described(pasted: Pasted) -> dict[str, Any]:
    fields = {"evidence": f"p{pasted.number}", "question": pasted.question, "status": pasted.status}
    return fields | {"records": pasted.record_count, "unread": len(pasted.unread)}
