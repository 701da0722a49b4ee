"""The postmortem of an incident: Markdown, and one HTML file that needs nothing else, not even
script."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from workbench.report import words
from workbench.report.figures.as_svg import as_svg
from workbench.report.figures.counters_figure import moves_scene
from workbench.report.figures.ladder_figure import ladder_scene
from workbench.report.figures.path_figure import path_scene
from workbench.report.figures.scene import Scene
from workbench.report.figures.spread_figure import spread_scene
from workbench.report.postmortem.alerts import watches
from workbench.report.postmortem.html import STYLE, chapter, commands, listing, paragraph, table
from workbench.report.text import clean, markup

LONG = 20_000
NOT_REPAIRED = "No later run shows that the flow works."
_CHANGED = ("", "Then", "After the repair")
_WATCHED = ("Device", "What it would say", "PromQL")
Draw = Callable[[Any, str, int], Scene]


@dataclass(frozen=True, slots=True)
class Happened:
    """One line of the timeline."""

    at: datetime
    who: str
    text: str
    body: str = ""


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

    @property
    def facts(self) -> list[tuple[str, str]]:
        """The head of the document."""
        verdict = self.verdict or {}
        rows = [
            ("Flow", self.flow),
            ("State", self.state),
            ("Opened", _time(self.opened_at)),
            ("Written", _time(self.written_at)),
            ("Root cause", str(verdict.get("root_cause") or "none found")),
            ("Where", str(verdict.get("guilty_node") or "–")),
            ("Direction", str(verdict.get("direction") or "–")),
            ("Path chosen by", str(verdict.get("decided_by") or "–")),
            (
                "Confidence",
                f"{round(100 * float(verdict.get('confidence') or 0))} %" if verdict else "–",
            ),
            ("Shown by", _run_at(self.run, self.judged_at)),
            ("Repair shown by", self._repaired),
        ]
        return [*rows, ("Source", "recordings, no device was asked")] if self.recording else rows

    @property
    def _repaired(self) -> str:
        if self.repair is not None:
            return _run_at(self.repair.run, self.repair.at)
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


def _time(at: datetime) -> str:
    return at.strftime("%Y-%m-%d %H:%M:%S UTC")


def _run_at(run: int | None, at: datetime | None) -> str:
    return "–" if run is None else f"run {run}" + (f", {_time(at)}" if at else "")


def _reason(reason: dict[str, Any]) -> str:
    rests = f" [{', '.join(reason['evidence'])}]" if reason.get("evidence") else ""
    return f"({reason['weight']:+g}) {reason['text']}{rests}"


# --- Markdown -------------------------------------------------------------------------------------
def as_markdown(postmortem: Postmortem) -> str:
    """The postmortem as Markdown; what devices and people said cannot become markup in it."""
    verdict = postmortem.verdict or {}
    parts = [
        f"# Incident {postmortem.number}: {_md(postmortem.title)}",
        f"**{_md(postmortem.headline)}.** {_md(postmortem.sentence)}".rstrip(),
        _md_table(("", ""), postmortem.facts),
        "## Paths",
        _md_list(f"**{way}**: {_md(path)}" for way, path in postmortem.paths),
        "## Why",
        _md_list(_md(_reason(reason)) for reason in verdict.get("reasons", [])),
        "## Common mistakes seen",
        _md_list(map(_md, postmortem.mistakes)),
        "## What else it could have been",
        _md_list(map(_md, postmortem.alternatives)),
        "## Proposed changes",
        "\n\n".join(map(_md_fix, _fixes(verdict))) or "None.",
        "## The repair",
        _md_repair(postmortem.repair),
        "## What to watch from now on",
        "\n\n".join(
            f"{_md(where)}: {_md(says)}\n\n{_md_code([rule])}"
            for where, says, rule in postmortem.watches
        )
        or "None.",
        "## Timeline",
        _md_list(
            f"{_time(h.at)} **{_md(h.who)}** {_md(h.text)}{_md_body(h.body)}"
            for h in postmortem.timeline
        ),
        "## Commands",
        _md_table(
            ("When", "Device", "As", "Command", "Result"),
            [_command(c) for c in postmortem.commands],
        ),
        "## Evidence",
        _md_table(
            ("Id", "Device", "Question", "Status", "Bytes", "SHA-256"),
            [_evidence(e) for e in postmortem.evidence],
        ),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _md(text: object) -> str:
    special = "\\`*_{}[]<>#|!~&"
    return "".join(
        f"\\{c}" if c in special and c not in "<>&" else markup(c) if c in "<>&" else c
        for c in _one(text)
    )


def _one(text: object) -> str:
    return clean(text, LONG)


def _md_body(body: str) -> str:
    return "".join(f"\n  > {_md(line)}" for line in body.splitlines()) if body else ""


def _md_list(items: Any) -> str:
    return "\n".join(f"- {item}" for item in items) or "None."


def _md_table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    if not rows:
        return "None."
    lines = [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}"]
    return "\n".join([*lines, *(f"| {' | '.join(_md(cell) for cell in row)} |" for row in rows)])


def _fixes(verdict: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The proposals, each with its heading."""
    cause = verdict.get("root_cause", "")
    return [
        fix | {"title": words.fix_title(fix["class"], cause)} for fix in verdict.get("fixes", [])
    ]


def _md_repair(repair: Repair | None) -> str:
    if repair is None:
        return NOT_REPAIRED
    headline = f"**{_md(_run_at(repair.run, repair.at))}: {_md(repair.headline)}.**"
    return f"{headline} {_md(repair.sentence)}\n\n{_md_table(_CHANGED, repair.changes)}"


def _md_fix(fix: dict[str, Any]) -> str:
    title = f"### {fix['title']}" + (f" on {_md(fix['device'])}" if fix.get("device") else "")
    kind = "To test the hypothesis only." if fix.get("temporary") else "Permanent."
    code = "".join(
        f"\n\n{label}:\n\n{_md_code(lines)}" for label, lines in _fix_blocks(fix) if lines
    )
    effects = f"\n\nSide effects: {_md(fix['side_effects'])}" if fix.get("side_effects") else ""
    proof = f"\n\nIt worked when: {_md(fix['proof'])}" if fix.get("proof") else ""
    return f"{title}\n\n{kind} Proposed, not run by Bothways.{code}{effects}{proof}"


def _fix_blocks(fix: dict[str, Any]) -> list[tuple[str, list[str]]]:
    return [("Commands", fix.get("commands", [])), ("Roll back", fix.get("rollback", []))]


def _md_code(lines: list[str]) -> str:
    return "\n".join("    " + _one(line) for line in lines)


def _command(sent: Sent) -> tuple[str, ...]:
    return (_time(sent.at), sent.device, sent.account, sent.command, sent.result)


def _happened(line: Happened) -> tuple[str, ...]:
    return (_time(line.at), line.who, line.text, line.body)


def _evidence(answer: Answered) -> tuple[str, ...]:
    return (
        answer.id,
        answer.device,
        answer.question,
        answer.status,
        str(answer.size),
        answer.digest,
    )


# --- HTML -----------------------------------------------------------------------------------------
def as_html(postmortem: Postmortem) -> str:
    """The postmortem as one HTML file with its picture in it."""
    verdict = postmortem.verdict or {}
    picture = (
        as_svg(path_scene(postmortem.picture, "light", 1120))
        if postmortem.picture
        else paragraph("No path was found.")
    )
    body = [
        f"<h1>Incident {postmortem.number}: {markup(_one(postmortem.title))}</h1>",
        (
            f'<p class="verdict"><b>{markup(_one(postmortem.headline))}.</b>'
            f" {markup(_one(postmortem.sentence))}</p>"
        ),
        table(("", ""), postmortem.facts),
        chapter(
            "The two paths",
            f'<div class="picture">{picture}</div>'
            + listing(f"{w}: {p}" for w, p in postmortem.paths),
        ),
        *_more_pictures(postmortem.picture or {}),
        chapter("Why", listing(_reason(reason) for reason in verdict.get("reasons", []))),
        chapter("Common mistakes seen", listing(postmortem.mistakes)),
        chapter("What else it could have been", listing(postmortem.alternatives)),
        chapter("Proposed changes", "".join(map(_html_fix, _fixes(verdict))) or paragraph("None.")),
        chapter("The repair", _html_repair(postmortem.repair)),
        chapter("What to watch from now on", table(_WATCHED, postmortem.watches)),
        chapter(
            "Timeline",
            table(
                ("When", "Who", "What", ""),
                [(_time(h.at), h.who, h.text, h.body) for h in postmortem.timeline],
            ),
        ),
        chapter(
            "Commands",
            table(
                ("When", "Device", "As", "Command", "Result"),
                [_command(c) for c in postmortem.commands],
            ),
        ),
        chapter(
            "Evidence",
            table(
                ("Id", "Device", "Question", "Status", "Bytes", "SHA-256"),
                [_evidence(e) for e in postmortem.evidence],
            ),
        ),
    ]
    head = (
        f'<meta charset="utf-8"><title>Incident {postmortem.number}:'
        f" {markup(_one(postmortem.title))}</title><style>{STYLE}</style>"
    )
    return (
        f'<!doctype html>\n<html lang="en"><head>{head}</head><body>{"".join(body)}</body></html>\n'
    )


def _html_repair(repair: Repair | None) -> str:
    if repair is None:
        return paragraph(NOT_REPAIRED)
    drawn = as_svg(path_scene(repair.picture, "light", 1120)) if repair.picture else ""
    says = f"{_run_at(repair.run, repair.at)}: {repair.headline}. {repair.sentence}"
    picture = f'<div class="picture">{drawn}</div>'
    return paragraph(says) + picture + table(_CHANGED, repair.changes)


def _more_pictures(picture: dict[str, Any]) -> list[str]:
    """The ladder, the spread and the counters, where there are any."""
    drawn: list[tuple[str, Any, Draw]] = [
        ("Which point saw which packet", picture.get("ladder"), ladder_scene),
        ("Why it looks random", picture.get("spread"), spread_scene),
        ("What rose while the flow was tried", picture.get("moves"), moves_scene),
    ]
    return [
        chapter(title, f'<div class="picture">{as_svg(scene(content, "light", 1120))}</div>')
        for title, content, scene in drawn
        if content
    ]


def _html_fix(fix: dict[str, Any]) -> str:
    kind = "To test the hypothesis only." if fix.get("temporary") else "Permanent."
    title = fix["title"] + (f" on {fix['device']}" if fix.get("device") else "")
    parts = [f"<h3>{markup(_one(title))}</h3>", paragraph(f"{kind} Proposed, not run by Bothways.")]
    parts += [
        paragraph(label + ":") + commands(lines) for label, lines in _fix_blocks(fix) if lines
    ]
    parts += [paragraph(f"Side effects: {fix['side_effects']}")] if fix.get("side_effects") else []
    parts += [paragraph(f"It worked when: {fix['proof']}")] if fix.get("proof") else []
    return "".join(parts)
