"""Gathers what the postmortem tells, from rows."""

from __future__ import annotations

import base64
from dataclasses import replace
from typing import TYPE_CHECKING

from django.utils import timezone

from workbench.incidents import fault, queries, sent, written
from workbench.incidents.models import (
    ActionItem,
    CommandRecord,
    Event,
    Image,
    Incident,
    PostmortemReview,
    Run,
)
from workbench.report import words
from workbench.report.postmortem.document import (
    Answered,
    Happened,
    Item,
    Postmortem,
    Repair,
    Section,
    Sent,
    time_text,
)
from workbench.report.postmortem.sections import SECTIONS, record_texts
from workbench.web.presenters import checklist, comparing, timeline
from workbench.web.presenters.flows import flow_facts
from workbench.web.presenters.head import head_facts

if TYPE_CHECKING:
    from django.contrib.auth.models import User

MOST_IMAGES = 10_000_000  # bytes of images in one file


def gather(user: User, incident: Incident) -> Postmortem:
    """Everything about an incident: the run that shows its fault, the one that shows the repair,
    and what people wrote."""
    commands = sent.commands(user, sent.CommandFilter(incident=incident.pk)).order_by("pk")
    known = record(incident)
    return replace(
        known,
        commands=tuple(_sent(command) for command in commands),
        sections=tuple(_sections(incident, record_texts(known))),
        images=_images(incident),
    )


def record(incident: Incident) -> Postmortem:
    """What is on record of an incident, without the commands and without what people wrote."""
    speaking = fault.runs_of(incident)
    table = checklist.boundary_table(incident, speaking)
    run, pinned = speaking.subject, set(queries.pinned_numbers(incident))
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
        timeline=tuple(_happened(event, pinned) for event in queries.timeline(incident)),
        commands=(),
        evidence=tuple(_answers(run)) if run else (),
        judged_at=run.ended_at if run else None,
        repair=_repair(speaking),
        items=tuple(item(row) for row in written.items_of(incident)),
        review=review_words(written.review(incident)),
        checklist=tuple(row.cells for row in checklist.checklist(incident, speaking).rows),
        boundaries=tuple((*one.line.cells, one.owner or "–") for one in table.rows),
        expects_both=table.sentence if table.rows else "",
        head=(*flow_facts(incident), *head_facts(incident)),
    )


def review_words(review: PostmortemReview) -> str:
    """Draft, or who reviewed it and when."""
    if review.state == PostmortemReview.State.DRAFT or review.reviewed_at is None:
        return "draft"
    return f"reviewed by {review.reviewed_by_name}, {time_text(review.reviewed_at)}"


def item(row: ActionItem) -> Item:
    """An action item as it is shown."""
    due = row.due.isoformat() if row.due else ""
    owner, why, link = row.owner_name, row.why, row.link
    return Item(row.number, row.text, row.kind, row.state, owner, due, why, link)


def _sections(incident: Incident, record: dict[str, str]) -> list[Section]:
    now = written.written(incident)
    return [_section(one.name, one.title, now.get(one.name), record) for one in SECTIONS]


def _section(name: str, title: str, now: written.Written | None, record: dict[str, str]) -> Section:
    own = record.get(name, "")
    beside = tuple((one.by_name, one.text) for one in now.beside) if now else ()
    if now is None or now.stands is None or now.follows:
        return Section(name, title, own, beside=beside)
    stands = now.stands
    return Section(name, title, stands.text, stands.by_name, stands.at, beside)


def _images(incident: Incident) -> dict[int, str]:
    """The images of notes, in their order, as long as they fit into a file that can be sent."""
    found: dict[int, str] = {}
    left = MOST_IMAGES
    for image in Image.objects.filter(incident=incident, redaction=None).order_by("number"):
        left -= image.size
        if left < 0:
            break
        data = base64.b64encode(bytes(image.data)).decode()
        found[image.number] = f"data:{image.content_type};base64,{data}"
    return found


def _happened(event: Event, pinned: set[int]) -> Happened:
    one = timeline.line(event)
    number, marked = event.run.number if event.run else None, event.seq in pinned
    return Happened(one.at, one.who, one.text, one.body, event.seq, one.kind, number, marked)


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


def _sent(command: CommandRecord) -> Sent:
    result = getattr(command, "result", None)
    result = (
        f"{result.status}, {result.duration:.2f} s, {result.size} bytes"
        if result
        else "nothing known since"
    )
    return Sent(command.at, command.device, command.account, command.command_text, result)


def _answers(run: Run) -> list[Answered]:
    return [
        Answered(row.evidence_id, row.device, row.question, row.status, row.size, row.digest)
        for row in queries.evidence(run)
    ]
