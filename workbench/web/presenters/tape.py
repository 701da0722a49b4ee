"""One answer as a line of the tape: when, who, the command without what is wrapped around it, and
what it means in a sentence."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime

from collectors.model.evidence import Evidence, Status
from collectors.paste.wrappers import command_of
from workbench.incidents.models import EvidenceRow
from workbench.incidents.storage import evidence_rows
from workbench.report import words
from workbench.web.presenters.playbook import meaning, step_of
from workbench.web.presenters.progress import STATUS_TONES
from workbench.web.presenters.raw import visible

COMMAND, SENTENCE = 160, 300  # characters that are shown; all of it is in the drawer
_WORDS = re.compile(r"(?<=[a-z])(?=[A-Z])")


@dataclass(frozen=True, slots=True)
class TapeLine:
    """What one answer says in one line."""

    pk: int
    incident: int
    run: int
    evidence: str
    at: datetime
    device: str
    command: str
    sentence: str
    tone: str


def tape_line(row: EvidenceRow) -> TapeLine:
    """The line of an answer."""
    return TapeLine(
        row.pk,
        row.run.incident_id,
        row.run.number,
        row.evidence_id,
        datetime.fromtimestamp(row.taken_at + row.duration, UTC),
        row.device,
        _short(command_of(row.command).text or words.question_title(row.question), COMMAND),
        _short(sentence(evidence_rows.evidence_of(row)), SENTENCE),
        STATUS_TONES.get(row.status, "none"),
    )


def sentence(evidence: Evidence) -> str:
    """What the answer means; where no step tells, what was read in it, or how long it is."""
    if evidence.status is not Status.ANSWERED:
        return f"{evidence.status}: {evidence.reason}" if evidence.reason else evidence.status.value
    return meaning(step_of(evidence), evidence) or _read_in(evidence) or _length(evidence)


def _read_in(evidence: Evidence) -> str:
    """`3 policy rules, 1 route`: the records by their kind."""
    kinds = Counter(_WORDS.sub(" ", type(one).__name__).lower() for one in evidence.records)
    return ", ".join(_many(count, kind) for kind, count in kinds.items())


def _length(evidence: Evidence) -> str:
    lines = len(evidence.stdout.splitlines())
    return f"answered: {_many(lines, 'line')}" if lines else "answered: nothing"


def _many(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"


def _short(text: str, most: int) -> str:
    line = visible(" ".join(text.split()))
    return line if len(line) <= most else f"{line[: most - 1]}…"
