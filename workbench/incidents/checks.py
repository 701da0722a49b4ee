"""Gathers what the checklist and the table of state boundaries are made from. Nothing here writes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any

from collectors.model.evidence import Question, Status
from collectors.playbook import STEPS, capture_client
from workbench.incidents import queries, written
from workbench.incidents.fault import HEALTHY, JUDGED, IncidentRuns
from workbench.incidents.flows import OF_THE_MAIN_FLOW
from workbench.incidents.models import Event, EvidenceRow, Incident, Pasted, Run
from workbench.incidents.storage import evidence_rows
from workbench.inventory.convert import without_logins
from workbench.report.checklist.facts import (
    Afterwards,
    Answer,
    Applied,
    ByHand,
    Looked,
    Ways,
    ways_of,
)
from workbench.report.checklist.rows import rows
from workbench.report.checklist.words import Row
from workbench.report.postmortem.alerts import watches

MARKS = ("done", "skipped", "reopened")
_MEANINGS = {question: step.meaning for step in STEPS for question in step.answers}
# asked under two steps, which read it in one way
_MEANINGS.setdefault(Question.CAPTURE, capture_client.STEP.meaning)
_UNREADABLE = (LookupError, ValueError, TypeError, AttributeError)


def checklist(incident: Incident, speaking: IncidentRuns) -> tuple[Row, ...]:
    """The twelve points of one incident, as far as they are done."""
    opener = incident.who_opened or "Bothways"
    looks = tuple(_looks(incident, speaking))
    after = afterwards_of(incident, speaking)
    return rows(incident.flow, opener, looks, after, by_hand(incident))


def by_hand(incident: Incident) -> dict[int, ByHand]:
    """What people say of each point: the newest that nobody took back."""
    said = Event.objects.filter(incident=incident, kind=Event.Kind.CHECK).order_by("seq")
    every = list(said.only("seq", "payload", "actor_name", "at"))
    taken_back = {one.payload.get("undoes") for one in every}
    standing = (one for one in every if "is" in one.payload and one.seq not in taken_back)
    return {
        one.payload["row"]: ByHand(
            one.seq, one.payload["is"], one.actor_name, one.payload.get("why", ""), one.at
        )
        for one in standing
    }


# --- what was looked at ---


def _looks(incident: Incident, speaking: IncidentRuns) -> Iterator[Looked]:
    """The runs that may answer a point: the one of the fault first, then what stands, then what is
    going on; without any, what people pasted."""
    wanted = (speaking.subject, speaking.judged, speaking.newest)
    runs = {run.pk: run for run in wanted if run is not None}
    ends = _ends(incident)
    yield from (_looked(run, ends) for run in runs.values())
    pasted = tuple(_pasted(incident)) if not runs else ()
    if pasted:
        yield Looked(None, "", pasted, Ways(*ends), says=partial(_pasted_meaning, incident.pk))


def _ends(incident: Incident) -> tuple[str, str]:
    """The client and the server by the inventory."""
    known = without_logins()
    flow = incident.flow
    owners = (known.owner(flow.src), known.owner(flow.dst))
    client, server = (owner.name if owner else "" for owner in owners)
    return client, server


def _looked(run: Run, ends: tuple[str, str]) -> Looked:
    who = run.who_asked or "Bothways"
    return Looked(
        run.number,
        who,
        tuple(_answers(run)),
        ways_of(run.picture, run.verdict, ends),
        run.picture,
        run.verdict,
        run.verdict_final,
        run.started_at,
        says=partial(_meaning, run.pk),
    )


_COLUMNS = ("device", "question", "status", "evidence_id", "truncated", "pasted_by", "sample")


def _answers(run: Run) -> Iterator[Answer]:
    found = EvidenceRow.objects.filter(run=run).order_by("pk").values_list(*_COLUMNS)
    yield from (Answer(*columns) for columns in found)


def _pasted(incident: Incident) -> Iterator[Answer]:
    for row in queries.pasted(incident).filter(withdrawn_at=None):
        who = row.who_pasted
        yield Answer(row.device, row.question, row.status, f"p{row.number}", False, who)


@lru_cache(maxsize=512)
def _meaning(run_pk: int, evidence_id: str) -> str:
    """What one answer means; answers never change, so that it is worked out once."""
    row = EvidenceRow.objects.filter(run_id=run_pk, evidence_id=evidence_id).first()
    return _says(evidence_rows.evidence_of(row)) if row else ""


@lru_cache(maxsize=128)
def _pasted_meaning(incident_pk: int, evidence_id: str) -> str:
    row = Pasted.objects.filter(incident_id=incident_pk, number=int(evidence_id[1:])).first()
    return _says(evidence_rows.unpack(row.packed_evidence)) if row else ""


def _says(evidence: Any) -> str:
    spell = _MEANINGS.get(evidence.question)
    if evidence.status is not Status.ANSWERED or spell is None:
        return ""
    try:
        return str(spell(evidence))
    except _UNREADABLE:
        return ""


# --- what was done about it ---


def afterwards_of(incident: Incident, speaking: IncidentRuns) -> Afterwards:
    """What was done about the fault, from the record."""
    by_hand = _changes(incident)
    changes = by_hand.standing
    fault, judged = speaking.fault, speaking.judged
    healthy = judged if fault is None and judged and judged.outcome == "healthy" else None
    checked = _first_after(incident, changes, fault) if changes and fault else None
    last = queries.last_state_change(incident)
    return Afterwards(
        fault=fault.number if fault else None,
        healthy=healthy.number if healthy else None,
        proof=speaking.proof.number if speaking.proof else None,
        checked=checked.number if checked else None,
        checked_ok=checked is not None and checked.outcome == "healthy",
        changes=changes,
        state=incident.state,
        resolved_by=last.actor_name if last else "",
        watches=len(watches(fault.verdict)) if fault and fault.verdict else 0,
        taken_back=by_hand.taken_back,
        **_items(incident),
    )


@dataclass(frozen=True, slots=True)
class _ByHand:
    """What people changed: what stands, in order, and what they took back last."""

    standing: tuple[Applied, ...]
    taken_back: Applied | None


def _changes(incident: Incident) -> _ByHand:
    """The changes that somebody says were made; those that were rolled back do not stand, what
    other systems report is no repair."""
    standing: dict[object, Applied] = {}
    taken_back = None
    said = Event.objects.filter(incident=incident, kind=Event.Kind.CHANGE).order_by("seq")
    for event in said:
        did, which = event.payload.get("did"), event.payload.get("change")
        moment = event.happened_at or event.at
        if did == "applied":
            standing[which] = Applied(event.actor_name, event.device, moment)
        elif did == "rolled-back":
            standing.pop(which, None)
            taken_back = Applied(event.actor_name, event.device, moment)
    return _ByHand(tuple(standing.values()), taken_back)


def _first_after(incident: Incident, changes: tuple[Applied, ...], fault: Run) -> Run | None:
    """The first run that began after the newest change and judged."""
    later = Run.objects.filter(
        JUDGED, OF_THE_MAIN_FLOW, incident=incident, started_at__gte=changes[-1].at
    )
    after_fault = later.filter(number__gt=fault.number).order_by("number")
    return after_fault.filter(HEALTHY).first() or after_fault.first()


def _items(incident: Incident) -> dict[str, int]:
    """The action items that would detect or prevent it; dropped ones do not count."""
    wanted = [one for one in written.items_of(incident) if one.kind in ("detect", "prevent")]
    counted = Counter(one.state for one in wanted)
    return {"items_done": counted["done"], "items_open": counted["open"]}
