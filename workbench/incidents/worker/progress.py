"""What a worker writes while it investigates: the verbs of a run. Like actions, but only for
workers."""

from __future__ import annotations

import hashlib
import zlib
from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from collectors.model.evidence import Evidence
from workbench.analysis.case.findings import Findings
from workbench.analysis.case.run_events import Asking
from workbench.analysis.case.verdict import Verdict
from workbench.incidents import timeline
from workbench.incidents.models import CommandRecord, Event, EvidenceRow, Run
from workbench.incidents.storage import boundary_rows, evidence_rows
from workbench.incidents.worker.first_failure import first_failure
from workbench.report.picture.picture import describe

Kind = Event.Kind
# of a verdict, in its event
BRIEF = ("root_cause", "verdict", "summary", "guilty_node", "direction", "confidence")


def begin_run(run_id: int, worker: str) -> Run | None:
    """Take a queued run. None: another worker got there first, or it was cancelled."""
    now = timezone.now()
    with transaction.atomic():
        queued = Run.objects.filter(pk=run_id, state=Run.State.QUEUED)
        if not queued.update(
            state=Run.State.RUNNING, started_at=now, heartbeat_at=now, worker=worker[:100]
        ):
            return None
        run = Run.objects.select_related("incident", "requested_by").get(pk=run_id)
        timeline.append(run.incident_id, Kind.RUN_STARTED, _about(run), run=run)
    return run


def beat(run_id: int) -> bool:
    """Say that the run is alive. True: go on; False: somebody asked it to stop, or it was ended
    from outside."""
    mine = Run.objects.filter(pk=run_id, state=Run.State.RUNNING)
    mine.update(heartbeat_at=timezone.now())
    return mine.filter(cancel_requested=False).exists()


def record_asking(run: Run, batch: Asking) -> None:
    """A batch of questions begins."""
    asked = [[query.device, query.question.value, query.step] for query in batch.queries]
    payload = _about(run) | {
        "moment": batch.run_phase.value,
        "seconds": batch.seconds,
        "inquiries": asked,
        "devices": {
            "asked": batch.asked,
            "in_full": batch.in_full,
            "known": batch.known,
            "widening": batch.widening and batch.widening.value,
        },
    }
    with transaction.atomic():
        timeline.append(run.incident_id, Kind.ASKING, payload, run=run)


def record_evidence(run: Run, evidence: Evidence, command: CommandRecord | None = None) -> None:
    """One answer came in. Reported twice, it is kept once."""
    with transaction.atomic():
        columns = _columns(evidence) | {"command_record": command}
        _, new = EvidenceRow.objects.get_or_create(
            run=run, evidence_id=evidence.id, defaults=columns
        )
        if new:
            timeline.append(
                run.incident_id,
                Kind.ANSWERED,
                _about(run) | _answer(evidence),
                run=run,
                device=evidence.device,
                device_time=_device_time(evidence),
            )


def drawing(findings: Findings, verdict: Verdict | None = None) -> dict[str, Any]:
    """The findings as they are kept: the picture, the records behind it, the names on both
    paths."""
    return {
        "picture": describe(findings, verdict),
        "findings": evidence_rows.pack_findings(findings),
        "forward": list(findings.forward.names),
        "reverse": list(findings.reverse.names),
        "first_failure": first_failure(findings),
    }


def record_walk(run: Run, drawn: dict[str, Any]) -> None:
    """The paths as far as they are known now."""
    with transaction.atomic():
        _draw(run, drawn)
        payload = _about(run) | {"forward": drawn["forward"], "reverse": drawn["reverse"]}
        timeline.append(run.incident_id, Kind.WALKED, payload, run=run)


def record_verdict(run: Run, drawn: dict[str, Any], verdict: dict[str, Any], final: bool) -> None:
    """A verdict; the last one of a run is final."""
    with transaction.atomic():
        _draw(
            run,
            drawn,
            verdict=evidence_rows.clean(verdict),
            verdict_final=final,
            outcome=verdict["verdict"],
            root_cause=verdict["root_cause"][:40],
            first_failure_at=_moment(drawn.get("first_failure")),
        )
        if final:
            boundary_rows.keep(run, verdict, drawn["picture"])
        brief = {key: verdict[key] for key in BRIEF} | {"final": final}
        if run.flow != run.incident.flow:  # the incident's own is not said each time
            brief["flow"] = str(run.flow)
        timeline.append(run.incident_id, Kind.JUDGED, _about(run) | brief, run=run)


def _moment(seconds: float | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)


def _draw(run: Run, drawn: dict[str, Any], **more: Any) -> None:
    Run.objects.filter(pk=run.pk).update(
        picture=evidence_rows.clean(drawn["picture"]), packed_findings=drawn["findings"], **more
    )


def finish_run(run: Run, state: Run.State, problem: str = "") -> bool:
    """End a run. False: it had been ended already."""
    with transaction.atomic():
        running = Run.objects.filter(pk=run.pk, state=Run.State.RUNNING)
        if not running.update(state=state, ended_at=timezone.now(), problem=problem[:2000]):
            return False
        payload = _about(run) | {"state": state.value, "problem": problem[:2000]}
        timeline.append(run.incident_id, Kind.RUN_ENDED, payload, run=run)
    return True


def interrupt_lost_runs() -> int:
    """End the runs whose worker fell silent: they are interrupted, never running for ever."""
    silent = timezone.now() - timedelta(seconds=settings.LOST_AFTER_SECONDS)
    lost = Run.objects.filter(state=Run.State.RUNNING, heartbeat_at__lt=silent)
    return sum(_interrupt(run, silent) for run in lost)


def _interrupt(run: Run, silent: datetime) -> bool:
    problem = "the worker was lost in the middle of the run; what it had learnt by then is kept"
    with transaction.atomic():
        still = Run.objects.filter(pk=run.pk, state=Run.State.RUNNING, heartbeat_at__lt=silent)
        if not still.update(state=Run.State.INTERRUPTED, ended_at=timezone.now(), problem=problem):
            return False
        payload = _about(run) | {"state": "interrupted", "problem": problem}
        timeline.append(run.incident_id, Kind.RUN_ENDED, payload, run=run)
    return True


def waiting_runs(older_than: float) -> list[int]:
    """The runs that have been queued for so many seconds: perhaps no worker was notified."""
    then = timezone.now() - timedelta(seconds=older_than)
    return list(
        Run.objects.filter(state=Run.State.QUEUED, requested_at__lt=then).values_list(
            "pk", flat=True
        )
    )


def _about(run: Run) -> dict[str, Any]:
    return {"run": run.number, "recording": bool(run.recording)}


def _answer(evidence: Evidence) -> dict[str, Any]:
    return {
        "evidence": evidence.id,
        "question": evidence.question.value,
        "step": evidence.query.step,
        "status": evidence.status.value,
        "sample": evidence.params.sample,
        "reason": evidence.reason,
        "records": len(evidence.records),
        "pasted_by": evidence.pasted_by,
    }


def _device_time(evidence: Evidence) -> timeline.DeviceTime | None:
    if not evidence.taken_at or not evidence.clock_uncertainty:
        return None
    by_device = datetime.fromtimestamp(evidence.taken_at + evidence.clock_offset, UTC)
    return timeline.DeviceTime(by_device, evidence.clock_offset, evidence.clock_uncertainty)


def _columns(evidence: Evidence) -> dict[str, Any]:
    return {
        "device": evidence.device[:100],
        "question": evidence.question.value,
        "step": evidence.query.step,
        "status": evidence.status.value,
        "sample": evidence.params.sample or "",
        "command": evidence_rows.clean(evidence.command),
        "reason": evidence_rows.clean(evidence.reason or ""),
        "exit_status": evidence.exit_status,
        "taken_at": evidence.taken_at,
        "duration": evidence.duration,
        "truncated": evidence.truncated,
        "pasted_by": evidence.pasted_by or "",
        "clock_offset": evidence.clock_offset,
        "clock_uncertainty": evidence.clock_uncertainty,
        "record_count": len(evidence.records),
        "unread": [evidence_rows.clean(line)[:2000] for line in evidence.unread[:2000]],
        "packed_inquiry": evidence_rows.pack(evidence.query),
        "packed_records": evidence_rows.pack(evidence.records),
        "packed_stdout": zlib.compress(evidence.stdout, 6),
        "packed_stderr": zlib.compress(evidence.stderr, 6),
        "size": len(evidence.stdout) + len(evidence.stderr),
        "digest": digest(evidence),
    }


def digest(evidence: Evidence) -> str:
    """SHA-256 of what the device said: stdout, then stderr."""
    return hashlib.sha256(evidence.stdout + evidence.stderr).hexdigest()
