"""What a postmortem tells: plain values, and the rows and sentences that both its forms show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from workbench.report import words
from workbench.report.boundaries import HEAD as HEAD_OF_BOUNDARIES
from workbench.report.checklist.words import HEAD as HEAD_OF_CHECKS
from workbench.report.postmortem.alerts import watches
from workbench.report.text import clean

LONG = 20_000
NOT_REPAIRED = "No later run shows that the flow works."
CHANGED = ("", "Then", "After the repair")
COMMANDS = ("When", "Device", "As", "Command", "Result")
EVIDENCE = ("Id", "Device", "Question", "Status", "Bytes", "SHA-256")
CHECKS = HEAD_OF_CHECKS
BOUNDARIES = (*HEAD_OF_BOUNDARIES, "Owner")
WATCHED = ("Device", "What it would say", "PromQL")


@dataclass(frozen=True, slots=True)
class Happened:
    """One line of the timeline."""

    at: datetime
    who: str
    text: str
    body: str = ""
    seq: int = 0  # its number in the incident; 0 = not known
    kind: str = ""
    run: int | None = None
    pinned: bool = False


@dataclass(frozen=True, slots=True)
class Section:
    """One section as it stands: a person's text, or the record's."""

    name: str
    title: str
    text: str  # Markdown
    by: str = ""  # empty = the record
    at: datetime | None = None
    beside: tuple[tuple[str, str], ...] = ()  # who else wrote what, not settled yet


@dataclass(frozen=True, slots=True)
class Item:
    """One action item."""

    number: int
    text: str
    kind: str
    state: str
    owner: str = ""
    due: str = ""
    why: str = ""
    link: str = ""


@dataclass(frozen=True, slots=True)
class Sent:
    """One command that was sent, and what came of it."""

    at: datetime
    device: str
    account: str
    command: str
    result: str


@dataclass(frozen=True, slots=True)
class Answered:
    """One answer, by its digest."""

    id: str
    device: str
    question: str
    status: str
    size: int
    digest: str


@dataclass(frozen=True, slots=True)
class Repair:
    """The run that shows that the flow works again, beside the one that showed the fault."""

    run: int
    at: datetime | None
    headline: str
    sentence: str
    picture: dict[str, Any] | None
    changes: tuple[tuple[str, str, str], ...]  # what, in the run of the fault, in this run


@dataclass(frozen=True, slots=True)
class Postmortem:
    """Everything that the export tells, as plain values."""

    number: int
    title: str
    flow: str
    state: str
    opened_at: datetime
    written_at: datetime
    recording: bool
    run: int | None
    verdict: dict[str, Any] | None
    final: bool
    picture: dict[str, Any] | None
    timeline: tuple[Happened, ...]
    commands: tuple[Sent, ...]
    evidence: tuple[Answered, ...]
    judged_at: datetime | None = None
    repair: Repair | None = None
    sections: tuple[Section, ...] = ()
    items: tuple[Item, ...] = ()
    review: str = "draft"  # or who reviewed it, and when
    checklist: tuple[tuple[str, ...], ...] = ()  # rows, as CHECKS names their cells
    boundaries: tuple[tuple[str, ...], ...] = ()  # rows, as BOUNDARIES names their cells
    expects_both: str = ""  # which device expects to see both directions, in a sentence
    head: tuple[tuple[str, str], ...] = ()  # severity, people, times: what each is, its words
    # images of notes by their numbers, each as an address that holds it (`data:`)
    images: Mapping[int, str] = field(default_factory=dict)

    @property
    def facts(self) -> list[tuple[str, str]]:
        """The head of the document."""
        verdict = self.verdict or {}
        rows = [
            ("Flow", self.flow),
            ("State", self.state),
            *self.head,
            ("Opened", time_text(self.opened_at)),
            ("Written", time_text(self.written_at)),
            ("Root cause", str(verdict.get("root_cause") or "none found")),
            ("Where", str(verdict.get("guilty_node") or "–")),
            ("Direction", str(verdict.get("direction") or "–")),
            ("Path chosen by", str(verdict.get("decided_by") or "–")),
            (
                "Confidence",
                f"{round(100 * float(verdict.get('confidence') or 0))} %" if verdict else "–",
            ),
            ("Shown by", run_text(self.run, self.judged_at)),
            ("Repair shown by", self._repaired),
        ]
        return [*rows, ("Source", "recordings, no device was asked")] if self.recording else rows

    @property
    def _repaired(self) -> str:
        if self.repair is not None:
            return run_text(self.repair.run, self.repair.at)
        broken = (self.verdict or {}).get("verdict") == "broken"
        return "no run yet" if broken else "–"

    @property
    def headline(self) -> str:
        """The verdict in a few words."""
        if not self.verdict:
            return "No verdict"
        sure = "" if self.final else " (provisional)"
        return words.headline(self.verdict) + sure

    @property
    def sentence(self) -> str:
        """The verdict in one sentence."""
        return words.sentence(self.verdict) if self.verdict else ""

    @property
    def paths(self) -> list[tuple[str, str]]:
        """Both paths in one line each."""
        verdict = self.verdict or {}
        return [
            (way, " → ".join(verdict.get(f"{way}_path") or ["not known"]))
            for way in ("forward", "reverse")
        ]

    @property
    def mistakes(self) -> list[str]:
        """The common mistakes that this case shows."""
        found = (self.verdict or {}).get("mistakes", [])
        return [
            f"{m['name']}: {m['behind']} {m['helps']} (signs: {'; '.join(m['signs'])})"
            for m in found
        ]

    @property
    def watches(self) -> list[tuple[str, str, str]]:
        """What would show it in minutes next time."""
        return [(one.device, one.says, one.expression) for one in watches(self.verdict or {})]

    @property
    def alternatives(self) -> list[str]:
        """What else it could have been, and what speaks against it."""
        return [_alternative(other) for other in (self.verdict or {}).get("alternatives", [])]


def _alternative(other: dict[str, Any]) -> str:
    sure = round(100 * float(other["confidence"]))
    refuted = f"; refuted by: {other['refuted_by']}" if other.get("refuted_by") else ""
    return f"{words.cause_title(other['root_cause'])} ({sure} %){refuted}"


def time_text(at: datetime) -> str:
    """A moment in UTC."""
    return at.strftime("%Y-%m-%d %H:%M:%S UTC")


def run_text(run: int | None, at: datetime | None) -> str:
    """A run and when it ended."""
    return "–" if run is None else f"run {run}" + (f", {time_text(at)}" if at else "")


def reason_text(reason: dict[str, Any]) -> str:
    """A reason with its weight and the evidence that it rests on."""
    rests = f" [{', '.join(reason['evidence'])}]" if reason.get("evidence") else ""
    return f"({reason['weight']:+g}) {reason['text']}{rests}"


def one_line(text: object) -> str:
    """Text of a device or a person, cleaned, on one line."""
    return clean(text, LONG)


def fixes(verdict: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The proposals, each with its heading."""
    cause = verdict.get("root_cause", "")
    return [
        fix | {"title": words.fix_title(fix["class"], cause)} for fix in verdict.get("fixes", [])
    ]


def fix_blocks(fix: dict[str, Any]) -> list[tuple[str, list[str]]]:
    """The commands of a proposal and those that take it back, each with a heading."""
    return [("Commands", fix.get("commands", [])), ("Roll back", fix.get("rollback", []))]


def command_row(sent: Sent) -> tuple[str, ...]:
    """One command as a row of a table."""
    return (time_text(sent.at), sent.device, sent.account, sent.command, sent.result)


def evidence_row(answer: Answered) -> tuple[str, ...]:
    """One answer as a row of a table."""
    return (
        answer.id,
        answer.device,
        answer.question,
        answer.status,
        str(answer.size),
        answer.digest,
    )
