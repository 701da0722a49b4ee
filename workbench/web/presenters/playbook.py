"""The playbook as it went in one run: each step's question, what each device's answer means, and
what it decides."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from collectors.model.evidence import Evidence, Question
from collectors.model.inventory import Role
from collectors.model.step import Phase, Step
from collectors.playbook import STEPS, capture_client, capture_server, step_named
from workbench.incidents.models import EvidenceRow, Pasted, Run
from workbench.incidents.storage import evidence_rows
from workbench.inventory.models import Device
from workbench.web.presenters.together import COMPARED, together

# what a meaning raises for an answer that it cannot read
_NOT_SUPPORTED = (LookupError, ValueError, TypeError, AttributeError)
BY_QUESTION = {question: step for step in STEPS for question in step.answers}


@dataclass(frozen=True, slots=True)
class Meant:
    """What one device's answer means."""

    device: str
    evidence: str
    status: str
    sample: str
    words: str


@dataclass(frozen=True, slots=True)
class Went:
    """How one step went."""

    step: Step
    answers: tuple[Meant, ...]
    together: str = ""  # what they say only together


def step_of(evidence: Evidence) -> Step | None:
    """The step that an answer belongs to; for a pasted one the step that asks this question."""
    asked = step_named(evidence.query.step)
    if asked is None and evidence.question is Question.CAPTURE:
        clients = Device.objects.filter(role=Role.CLIENT.value).values_list("name", flat=True)
        return capture_client.STEP if evidence.device in clients else capture_server.STEP
    return asked or BY_QUESTION.get(evidence.question)


def meaning(step: Step | None, evidence: Evidence) -> str:
    """What this answer means here, in words; empty when the step has none for it."""
    if step is None or step.meaning is None:
        return ""
    try:
        return str(step.meaning(evidence))
    except _NOT_SUPPORTED:
        return ""


def went(run: Run) -> list[tuple[str, list[Went]]]:
    """The run by phase and step, in the playbook's order."""
    found: dict[str, list[Meant]] = {}
    compared: dict[str, list[Evidence]] = {}
    for row in EvidenceRow.objects.filter(run=run).order_by("pk").iterator(chunk_size=20):
        evidence = evidence_rows.evidence_of(row)
        step = step_of(evidence)
        if step:
            words = row.reason or meaning(step, evidence)
            found.setdefault(step.id, []).append(
                Meant(row.device, row.evidence_id, row.status, row.sample, words)
            )
            if step.id in COMPARED:
                compared.setdefault(step.id, []).append(evidence)

    def one(step: Step) -> Went:
        return Went(
            step, tuple(_once(found.get(step.id, ()))), together(step.id, compared.get(step.id, ()))
        )

    return [(phase.value, [one(step) for step in STEPS if step.phase is phase]) for phase in Phase]


def _once(answers: Iterable[Meant]) -> Iterable[Meant]:
    """Of answers that say the same about the same device, the newest."""
    return {(one.device, one.status, one.words): one for one in answers}.values()


@dataclass(frozen=True, slots=True)
class PastedAnswer:
    """What somebody pasted, and what was read in it."""

    row: Pasted
    evidence: Evidence
    step: Step | None
    words: str


def _pasted_answer(row: Pasted) -> PastedAnswer:
    evidence = evidence_rows.unpack(row.packed_evidence)
    assert isinstance(evidence, Evidence)
    step = step_of(evidence)
    return PastedAnswer(row, evidence, step, evidence.reason or meaning(step, evidence))


def pasted_answers(rows: Iterable[Pasted]) -> list[PastedAnswer]:
    """These pasted outputs with what they mean."""
    return [_pasted_answer(row) for row in rows]
