"""Rows as JSON. The pages' live updates read the same shapes."""

from __future__ import annotations

from datetime import datetime

from django.urls import reverse

from workbench.api.answers import (
    CommandAnswer,
    EventAnswer,
    EvidenceAnswer,
    HeadAnswer,
    IncidentAnswer,
    PastedAnswer,
    ProgressAnswer,
    ResultAnswer,
    RunAnswer,
    SpeakingAnswer,
    StateAnswer,
)
from workbench.api.incoming import ChangeAnswer
from workbench.incidents import fault, queries
from workbench.incidents import head as head_fields
from workbench.incidents.models import (
    CommandRecord,
    CommandResult,
    Event,
    EvidenceRow,
    Incident,
    Pasted,
    Run,
)
from workbench.incidents.moments import moments_of
from workbench.integrations.models import Change


def time(at: datetime | None) -> str | None:
    """A time in UTC as text."""
    return at.isoformat() if at else None


def incident(row: Incident) -> IncidentAnswer:
    """The incident itself."""
    return {
        "id": row.pk,
        "title": row.title,
        "flow": str(row.flow),
        "state": row.state,
        "opened_at": time(row.opened_at),
        "opened_by": row.who_opened or None,
        "probes": row.probes,
        "recording": row.recording,
        "restricted": row.restricted,
        "last": row.last_seq,
        "severity": row.severity,
        "service": row.service,
        "impact": row.impact,
        "tags": row.tag_list,
        "links": row.links,
        "commander": row.who_commands or None,
        "scribe": row.who_writes or None,
        "origin": row.origin or None,
    }


def head(row: Incident) -> HeadAnswer:
    """The head: every field as text, the five times with who says so, and what each took."""
    moments = moments_of(row)
    return {
        **head_fields.texts(row, moments),  # type: ignore[typeddict-item]
        "by_hand": [moment.name for moment in moments.all if moment.by_hand],
        "durations": {
            one.name: {"seconds": one.took.total_seconds(), "since": one.since}
            for one in moments.durations
        },
        "last": row.last_seq,
    }


def event(row: Event) -> EventAnswer:
    """One numbered event."""
    return {
        "seq": row.seq,
        "kind": row.kind,
        "at": time(row.at),
        "happened_at": time(row.happened_at),
        "actor": row.actor_name or None,
        "run": row.run.number if row.run else None,
        "device": row.device or None,
        "device_at": time(row.device_at),
        "clock_offset": row.clock_offset,
        "clock_uncertainty": row.clock_uncertainty,
        "payload": row.payload,
    }


def run(row: Run) -> RunAnswer:
    """One run without its evidence."""
    return {
        "number": row.number,
        "flow": str(row.flow),
        "state": row.state,
        "requested_by": row.who_asked or None,
        "requested_at": time(row.requested_at),
        "started_at": time(row.started_at),
        "ended_at": time(row.ended_at),
        "cancel_requested": row.cancel_requested,
        "options": row.options,
        "recording": row.recording,
        "problem": row.problem,
        "verdict": row.verdict,
        "verdict_final": row.verdict_final,
    }


def progress(rows: list[queries.RunProgress]) -> list[ProgressAnswer]:
    """How far each device or step has come."""
    return [
        {"name": p.name, "asked": p.asked, "answered": p.answered, "statuses": p.statuses}
        for p in rows
    ]


def state(row: Incident, now: Run | None) -> StateAnswer:
    """Everything that a page needs to draw an incident."""
    speaks = speaking(fault.runs_of(row))
    fields: StateAnswer = {
        "incident": incident(row),
        "last": row.last_seq,
        "run": run(now) if now else None,
        "judged_run": speaks["judged_run"],
        "fault_run": speaks["fault_run"],
        "proof_run": speaks["proof_run"],
        "fault": speaks["fault"],
    }
    if now:
        fields["progress"] = {by: progress(queries.progress(now, by)) for by in ("device", "step")}
        fields["figure"] = reverse("api:figure", args=[row.pk, now.number]) if now.picture else None
    return fields


def speaking(runs: fault.IncidentRuns) -> SpeakingAnswer:
    """Which runs speak for the incident, by number, and the verdict on its fault."""
    return {
        "judged_run": runs.judged.number if runs.judged else None,
        "fault_run": runs.fault.number if runs.fault else None,
        "proof_run": runs.proof.number if runs.proof else None,
        "fault": runs.fault.verdict if runs.fault else None,
    }


def evidence(row: EvidenceRow) -> EvidenceAnswer:
    """One answer without its output."""
    return {
        "id": row.evidence_id,
        "device": row.device,
        "question": row.question,
        "step": row.step,
        "status": row.status,
        "sample": row.sample or None,
        "command": row.command,
        "reason": row.reason or None,
        "exit_status": row.exit_status,
        "taken_at": row.taken_at,
        "duration": row.duration,
        "truncated": row.truncated,
        "pasted_by": row.pasted_by or None,
        "clock_offset": row.clock_offset,
        "clock_uncertainty": row.clock_uncertainty,
        "records": row.record_count,
        "unread": row.unread,
        "size": row.size,
        "sha256": row.digest,
        "redacted": row.redaction.number if row.redaction else None,
    }


def pasted(row: Pasted) -> PastedAnswer:
    """One output that a person pasted or uploaded."""
    return {
        "number": row.number,
        "id": f"p{row.number}",
        "device": row.device,
        "question": row.question,
        "status": row.status,
        "records": row.record_count,
        "unread": row.unread,
        "pasted_by": row.who_pasted,
        "pasted_at": time(row.pasted_at),
        "withdrawn_at": time(row.withdrawn_at),
        "redacted": row.redaction.number if row.redaction else None,
    }


def command(row: CommandRecord) -> CommandAnswer:
    """One command that was about to be sent, and what came of it."""
    return {
        "id": row.pk,
        "at": time(row.at),
        "incident": row.incident_id,
        "run": row.run.number if row.run else None,
        "person": row.actor_name or None,
        "device": row.device,
        "account": row.account,
        "question": row.question,
        "step": row.step,
        "command": row.command_text,
        "result": _result(getattr(row, "result", None)),
    }


def _result(row: CommandResult | None) -> ResultAnswer | None:
    if row is None:
        return None
    return {
        "at": time(row.at),
        "status": row.status,
        "exit_status": row.exit_status,
        "reason": row.reason or None,
        "duration": row.duration,
        "size": row.size,
        "sha256": row.digest,
        "truncated": row.truncated,
    }


def change(row: Change) -> ChangeAnswer:
    """A change that another system reported."""
    return {
        "id": row.pk,
        "source": row.source,
        "device": row.device,
        "summary": row.summary,
        "at": time(row.at),
        "url": row.url,
        "commands": row.commands,
        "reported_by": row.reported_by.get_username(),
        "reported_at": time(row.reported_at),
    }
