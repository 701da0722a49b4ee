"""Removes what devices printed: a paste, an answer of a run, and what was read in them."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from collectors.model.evidence import Evidence
from workbench.incidents.models import CommandResult, Event, EvidenceRow, Pasted, Redaction, Run
from workbench.incidents.redaction.forms import become
from workbench.incidents.redaction.removed import Removed
from workbench.incidents.storage import evidence_rows

NOTHING = zlib.compress(b"")


def remove_pasted(redaction: Redaction, pasted: Pasted, removed: Removed) -> None:
    """Empty a paste, what every run kept of it, and what was read of it with other pastes."""
    left = _without_output(evidence_rows.unpack(pasted.packed_evidence))
    pasted.packed_evidence = evidence_rows.pack(left)
    pasted.unread, pasted.record_count, pasted.redaction = [], 0, redaction
    pasted.withdrawn_at = pasted.withdrawn_at or redaction.at
    pasted.save()
    rows = EvidenceRow.objects.filter(run__incident=pasted.incident)
    for row in rows.filter(evidence_id=f"p{pasted.number}"):
        remove_answer(redaction, row, removed)
    beside = rows.filter(device=pasted.device, question=pasted.question)
    _read_alone(beside.exclude(evidence_id=f"p{pasted.number}").exclude(pasted_by=""))


def _without_output(evidence: Evidence) -> Evidence:
    return replace(evidence, command="", stdout=b"", stderr=b"", records=(), unread=(), reason=None)


def _read_alone(rows: Iterable[EvidenceRow]) -> None:
    """Pastes of one device share what was read in them: each keeps only what it says itself."""
    for row in rows:
        number = int(row.evidence_id.removeprefix("p"))
        own = Pasted.objects.filter(incident=row.run.incident_id, number=number).first()
        records = evidence_rows.unpack(own.packed_evidence).records if own else ()
        row.packed_records, row.record_count = evidence_rows.pack(records), len(records)
        row.save(update_fields=["packed_records", "record_count"])


def remove_answer(redaction: Redaction, row: EvidenceRow, removed: Removed) -> None:
    """Empty an answer; its digest and its size stay, and so does what was sent."""
    row.packed_stdout = row.packed_stderr = NOTHING
    row.packed_records, row.record_count = evidence_rows.pack(()), 0
    row.unread, row.reason, row.redaction = [], "", redaction
    if row.pasted_by:  # somebody typed it; what we send is of the catalogue
        row.command = ""
    row.save()
    _forget_reason(redaction, row)
    remove_findings(row.run, removed)


def _forget_reason(redaction: Redaction, row: EvidenceRow) -> None:
    """Why an answer failed, in the device's words, stands in its event and its command, too."""
    told = Event.objects.filter(
        run=row.run, kind=Event.Kind.ANSWERED, payload__evidence=row.evidence_id
    )
    for event in told:
        if event.payload.get("reason"):
            become(redaction, event, payload=event.payload | {"reason": None})
    result = CommandResult.objects.filter(record=row.command_record).exclude(reason="").first()
    if result is not None and row.command_record is not None:
        become(redaction, result, reason="")


def remove_findings(run: Run, removed: Removed) -> None:
    """What a run found: without the words, where they are known; else nothing is left of the
    records behind the verdict. Its cause and its paths stand."""
    run.refresh_from_db()
    run.verdict = removed.from_value(run.verdict)
    run.picture = removed.from_value(run.picture)
    run.packed_findings = _findings_without(run.packed_findings, removed)
    run.save(update_fields=["verdict", "picture", "packed_findings"])


def _findings_without(packed: bytes | memoryview | None, removed: Removed) -> bytes | None:
    if packed is None or not removed.words:
        return None
    kept: Any = json.loads(zlib.decompress(packed))
    text = json.dumps(removed.from_value(kept), separators=(",", ":"))
    return zlib.compress(text.encode(), 3)


def remove_secret(redaction: Redaction, removed: Removed) -> None:
    """Empty every other output of the incident that holds the words, and take them out of what
    runs found."""
    incident = redaction.incident
    for pasted in Pasted.objects.filter(incident=incident, redaction=None):
        evidence = evidence_rows.unpack(pasted.packed_evidence)
        said = evidence.stdout + evidence.stderr + evidence.command.encode()
        if removed.is_in(said):
            remove_pasted(redaction, pasted, removed)
    rows = EvidenceRow.objects.filter(run__incident=incident, redaction=None)
    for row in rows.select_related("run", "command_record"):
        if removed.is_in(row.stdout + row.stderr + row.reason.encode()):
            remove_answer(redaction, row, removed)
    for run in Run.objects.filter(incident=incident):
        remove_findings(run, removed)
