"""What responders change themselves: a proposed fix, claimed by one person at a time, or anything
else."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from workbench.incidents import timeline
from workbench.incidents.actions.common import ActionRefused, needs_respond, once, one_line, past
from workbench.incidents.models import Event, Incident, Run
from workbench.integrations.models import ManualChange
from workbench.report import words

if TYPE_CHECKING:
    from django.contrib.auth.models import User

LONGEST = 500  # characters of one command
MOST = 200  # commands of one change


def claim_fix(by: User, run: Run, fix: int) -> ManualChange:
    """Say that somebody is applying a proposed fix now. `fix` counts from 1. Raises ActionRefused
    when somebody does so already."""
    needs_respond(by, run.incident)
    with transaction.atomic():
        change = _claimed(by, run, fix)
        _tell(by, change, "claimed")
    return change


def release_fix(by: User, change: ManualChange) -> ManualChange:
    """Say that nobody is applying this fix any more; it was not applied."""
    needs_respond(by, change.incident)
    open_ones = ManualChange.objects.filter(pk=change.pk, applied_at=None, released_at=None)
    return _moved(by, change, "released", open_ones, released_at=timezone.now())


def apply_fix(
    by: User, run: Run, fix: int, why: str = "", *, happened_at: datetime | None = None
) -> ManualChange:
    """Say that a proposed fix was applied, and when (None = now). Whoever claimed it, or anybody
    while nobody did."""
    needs_respond(by, run.incident)
    at = past(happened_at) or timezone.now()
    with transaction.atomic():
        change = _under_way(run, fix) or _claimed(by, run, fix)
        if change.by_id != by.pk:
            raise ActionRefused(f"{change.who} is applying this; release it first")
        waiting = ManualChange.objects.filter(pk=change.pk, applied_at=None, released_at=None)
        columns: dict[str, Any] = {"applied_at": at, "why": why.strip()[:2000]}
        return _moved(by, change, "applied", waiting, happened_at, **columns)


def roll_back(
    by: User, change: ManualChange, why: str = "", *, happened_at: datetime | None = None
) -> ManualChange:
    """Say that what was applied was rolled back, and when (None = now)."""
    needs_respond(by, change.incident)
    at = past(happened_at) or timezone.now()
    if change.applied_at is not None and at < change.applied_at:
        raise ActionRefused("that is before it was applied")
    applied = ManualChange.objects.filter(pk=change.pk, rolled_back_at=None)
    applied = applied.exclude(applied_at=None)
    return _moved(by, change, "rolled-back", applied, happened_at, why, rolled_back_at=at)


def record_change(
    by: User,
    incident: Incident,
    device: str,
    commands: str,
    why: str,
    *,
    happened_at: datetime | None = None,
    client_id: str = "",
) -> Event:
    """Say what somebody changed besides the proposals: on which device, how, why and when (None =
    now). What a page sends twice under one `client_id` is one change."""
    needs_respond(by, incident)
    device, lines, why = one_line(device)[:100], cleaned(commands.splitlines()), why.strip()[:2000]
    if not device or not (lines or why):
        raise ActionRefused("say on which device, and what was changed or why")
    at = past(happened_at)

    def write(client_id: str | None) -> Event:
        change = ManualChange.objects.create(
            incident=incident,
            device=device,
            commands=lines,
            why=why,
            by=by,
            claimed_at=timezone.now(),
            applied_at=at or timezone.now(),
        )
        return _tell(by, change, "applied", at, client_id=client_id)

    return once(incident, client_id, write)


def cleaned(commands: list[str]) -> list[str]:
    """Commands as they are kept: lines with something in them, bounded in length and number."""
    lines = [line.rstrip().replace("\0", "")[:LONGEST] for line in commands[: 10 * MOST]]
    return [line for line in lines if line.strip()][:MOST]


def _claimed(by: User, run: Run, fix: int) -> ManualChange:
    proposed = _proposal(run, fix)
    try:
        with transaction.atomic():
            return ManualChange.objects.create(
                incident=run.incident,
                run=run,
                fix=fix,
                title=words.fix_title(proposed["class"], run.root_cause),
                device=str(proposed.get("device") or "")[:100],
                commands=cleaned(proposed.get("commands", [])),
                by=by,
                claimed_at=timezone.now(),
            )
    except IntegrityError:
        other = _under_way(run, fix)
        who = other.who if other else "somebody else"
        raise ActionRefused(f"{who} is applying this, or has applied it") from None


def _proposal(run: Run, fix: int) -> dict[str, Any]:
    proposals: list[dict[str, Any]] = (run.verdict or {}).get("fixes", [])
    if not 1 <= fix <= len(proposals):
        raise ActionRefused(f"run {run.number} proposes no such fix")
    return proposals[fix - 1]


def _under_way(run: Run, fix: int) -> ManualChange | None:
    rows = ManualChange.objects.filter(run=run, fix=fix, released_at=None, rolled_back_at=None)
    return rows.select_related("by").first()


def _moved(
    by: User,
    change: ManualChange,
    did: str,
    rows: Any,
    at: datetime | None = None,
    why: str = "",
    **columns: Any,
) -> ManualChange:
    """One step further, unless somebody else took it first."""
    with transaction.atomic():
        if not rows.update(**columns):
            raise ActionRefused("this was changed by somebody else meanwhile; look again")
        change.refresh_from_db()
        _tell(by, change, did, at, why)
    return change


def _tell(
    by: User,
    change: ManualChange,
    did: str,
    at: datetime | None = None,
    why: str = "",
    client_id: str | None = None,
) -> Event:
    payload: dict[str, Any] = {"did": did, "change": change.pk, "commands": change.commands}
    payload |= {"title": change.title, "why": why.strip()[:2000] or change.why}
    if change.run is not None:
        payload |= {"run": change.run.number, "fix": change.fix}
    return timeline.append(
        change.incident_id,
        Event.Kind.CHANGE,
        payload,
        by=by,
        run=change.run,
        device=change.device,
        happened_at=at,
        client_id=client_id,
    )
