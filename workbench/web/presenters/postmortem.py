"""Gathers what the postmortem tells, from rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils import timezone

from workbench.incidents import fault, queries
from workbench.incidents.models import CommandRecord, Incident, Run
from workbench.report import words
from workbench.report.postmortem.document import Answered, Happened, Postmortem, Repair, Sent
from workbench.web.presenters import comparing, timeline

if TYPE_CHECKING:
    from django.contrib.auth.models import User


def gather(user: User, incident: Incident) -> Postmortem:
    """Everything about an incident: the run that shows its fault, and the one that shows the
    repair."""
    speaking = fault.runs_of(incident)
    run = speaking.subject
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
        judged_at=run.ended_at if run else None,
        repair=_repair(speaking),
    )


def _repair(speaking: fault.IncidentRuns) -> Repair | None:
    broken, proof = speaking.fault, speaking.proof
    if broken is None or proof is None or not proof.verdict:
        return None
    changes = (comparing.change(one) for one in queries.compare(broken, proof))
    return Repair(
        run=proof.number,
        at=proof.ended_at,
        headline=words.headline(proof.verdict),
        sentence=words.sentence(proof.verdict),
        picture=proof.picture,
        changes=tuple((one["title"], one["was"], one["now"]) for one in changes),
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
