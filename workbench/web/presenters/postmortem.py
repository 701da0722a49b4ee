"""Gathers what the postmortem tells, from rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils import timezone

from workbench.incidents import queries
from workbench.incidents.models import CommandRecord, Incident, Run
from workbench.report.postmortem.document import Answered, Happened, Postmortem, Sent
from workbench.web.presenters import timeline

if TYPE_CHECKING:
    from django.contrib.auth.models import User


def gather(user: User, incident: Incident, run: Run | None) -> Postmortem:
    """Everything about an incident and its newest run."""
    lines = [timeline.line(event) for event in queries.timeline(incident)]
    commands = queries.commands(user, queries.CommandFilter(incident=incident.pk)).order_by("pk")
    return Postmortem(
        number=incident.pk,
        title=incident.title,
        flow=str(incident.flow),
        state=incident.state,
        opened_at=incident.opened_at,
        written_at=timezone.now(),
        recording=bool(run and run.recording),
        run=run.number if run else None,
        verdict=run.verdict if run else None,
        final=bool(run and run.verdict_final),
        picture=run.picture if run else None,
        timeline=tuple(Happened(one.at, one.who, one.text, one.body) for one in lines),
        commands=tuple(_sent(record) for record in commands),
        evidence=tuple(_answers(run)) if run else (),
    )


def _sent(record: CommandRecord) -> Sent:
    result = getattr(record, "result", None)
    result = (
        f"{result.status}, {result.duration:.2f} s, {result.size} bytes"
        if result
        else "nothing known since"
    )
    return Sent(record.at, record.device, record.account, record.command_text, result)


def _answers(run: Run) -> list[Answered]:
    return [
        Answered(row.evidence_id, row.device, row.question, row.status, row.size, row.digest)
        for row in queries.evidence(run)
    ]
