"""Puts evidence and findings into rows and takes them out again."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from collectors.model.evidence import Evidence, Query, Status
from collectors.model.inventory import Inventory
from workbench.analysis.case.case import Case
from workbench.analysis.case.findings import Findings, Observation
from workbench.incidents.models import EvidenceRow, Incident, Pasted
from workbench.incidents.pasted.samples import sampled
from workbench.incidents.storage.codec import pack, unpack

# in the findings that are drawn; the capture itself is kept whole as evidence
PACKETS_PER_POINT = 200

__all__ = [
    "clean",
    "evidence_of",
    "pack",
    "pack_findings",
    "pasted_evidence",
    "unpack",
    "unpack_findings",
]


def pack_findings(findings: Findings) -> bytes:
    """The findings for a row, without the case: that is in the evidence rows."""
    drawn = tuple(_short(observation) for observation in findings.observations)
    return pack(replace(findings, case=Case(findings.case.flow, Inventory()), observations=drawn))


def unpack_findings(packed: bytes | memoryview) -> Findings:
    """What `pack_findings` was given; its case holds the flow only."""
    findings = unpack(packed)
    assert isinstance(findings, Findings)
    return findings


def _short(observation: Observation) -> Observation:
    return replace(
        observation,
        came_in=observation.came_in[:PACKETS_PER_POINT],
        went_out=observation.went_out[:PACKETS_PER_POINT],
    )


def pasted_evidence(incident: Incident) -> tuple[Evidence, ...]:
    """What people pasted and did not withdraw, ready for a run."""
    rows = Pasted.objects.filter(incident=incident, withdrawn_at=None).order_by("number")
    return sampled(unpack(row.packed_evidence) for row in rows)


def evidence_of(row: EvidenceRow) -> Evidence:
    """The evidence that the row was made from."""
    query = unpack(row.packed_inquiry)
    assert isinstance(query, Query)
    return Evidence(
        id=row.evidence_id,
        query=query,
        status=Status(row.status),
        command=row.command,
        stdout=row.stdout,
        stderr=row.stderr,
        exit_status=row.exit_status,
        records=row.records,
        unread=tuple(row.unread),
        reason=row.reason or None,
        taken_at=row.taken_at,
        duration=row.duration,
        truncated=row.truncated,
        pasted_by=row.pasted_by or None,
        clock_offset=row.clock_offset,
        clock_uncertainty=row.clock_uncertainty,
    )


def clean(value: Any) -> Any:
    """JSON that every database takes: devices say NUL and half characters, PostgreSQL keeps
    neither."""
    if isinstance(value, str):
        return value.replace("\0", "\ufffd").encode("utf-8", "replace").decode("utf-8")
    if isinstance(value, dict):
        return {clean(key): clean(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [clean(item) for item in value]
    return value
