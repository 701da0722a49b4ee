"""The postmortem as Markdown."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from workbench.report.postmortem.document import (
    BOUNDARIES,
    CHANGED,
    CHECKS,
    COMMANDS,
    EVIDENCE,
    NOT_REPAIRED,
    Happened,
    Postmortem,
    Repair,
    Section,
    command_row,
    evidence_row,
    fix_blocks,
    fixes,
    one_line,
    reason_text,
    run_text,
    time_text,
)
from workbench.report.postmortem.exported import ITEMS, inert, item_row, origin, sections
from workbench.report.text import markup


def as_markdown(postmortem: Postmortem) -> str:
    """The postmortem as Markdown; what devices and people said cannot become markup in it."""
    parts = [
        f"# Incident {postmortem.number}: {_md(postmortem.title)}",
        f"**{_md(postmortem.headline)}.** {_md(postmortem.sentence)}".rstrip(),
        _md_table(("", ""), [*postmortem.facts, ("Postmortem", postmortem.review)]),
        *(part for one in sections(postmortem) for part in _md_section(postmortem, one)),
        *_appendix(postmortem),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _md_section(postmortem: Postmortem, section: Section) -> list[str]:
    shown: dict[str, Callable[[Postmortem], str]] = {"pictures": _md_pictures, "items": _md_items}
    heading = f"## {section.title}"
    if section.name in shown:
        return [heading, shown[section.name](postmortem)]
    beside = [
        f"> {_md(who)} wrote beside this, not settled yet:\n>\n{_quoted(text)}"
        for who, text in section.beside
    ]
    return [heading, f"*{_md(origin(section))}*", inert(section.text), *beside]


def _quoted(text: str) -> str:
    return "\n".join(f"> {line}" for line in inert(text).splitlines())


def _md_pictures(postmortem: Postmortem) -> str:
    before = _md_list(f"**{way}**: {_md(path)}" for way, path in postmortem.paths)
    return f"While it failed:\n\n{before}\n\nAfter the repair:\n\n{_md_repair(postmortem.repair)}"


def _md_items(postmortem: Postmortem) -> str:
    return _md_table(ITEMS, [item_row(one) for one in postmortem.items])


def _appendix(postmortem: Postmortem) -> list[str]:
    """What the body rests on, whole."""
    verdict = postmortem.verdict or {}
    return [
        "## Appendix: reasons and other causes",
        _md_list(_md(reason_text(reason)) for reason in verdict.get("reasons", [])),
        "Common mistakes seen:",
        _md_list(map(_md, postmortem.mistakes)),
        "What else it could have been:",
        _md_list(map(_md, postmortem.alternatives)),
        "## Appendix: proposed changes",
        "\n\n".join(map(_md_fix, fixes(verdict))) or "None.",
        "## Appendix: state boundaries",
        _md(postmortem.expects_both),
        _md_table(BOUNDARIES, postmortem.boundaries),
        "## Appendix: checklist",
        _md_table(CHECKS, postmortem.checklist),
        "## Appendix: what to watch from now on",
        "\n\n".join(
            f"{_md(where)}: {_md(says)}\n\n{_md_code([rule])}"
            for where, says, rule in postmortem.watches
        )
        or "None.",
        "## Appendix: timeline",
        _md_list(map(_md_happened, postmortem.timeline)),
        "## Appendix: commands",
        _md_table(COMMANDS, [command_row(c) for c in postmortem.commands]),
        "## Appendix: evidence",
        _md_table(EVIDENCE, [evidence_row(e) for e in postmortem.evidence]),
    ]


def _md_happened(one: Happened) -> str:
    number = f"n{one.seq} " if one.seq else ""
    return f"{number}{time_text(one.at)} **{_md(one.who)}** {_md(one.text)}{_md_body(one.body)}"


def _md(text: object) -> str:
    special = "\\`*_{}[]<>#|!~&"
    return "".join(
        f"\\{c}" if c in special and c not in "<>&" else markup(c) if c in "<>&" else c
        for c in one_line(text)
    )


def _md_body(body: str) -> str:
    return "".join(f"\n  > {_md(line)}" for line in body.splitlines()) if body else ""


def _md_list(items: Any) -> str:
    return "\n".join(f"- {item}" for item in items) or "None."


def _md_table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    if not rows:
        return "None."
    lines = [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}"]
    return "\n".join([*lines, *(f"| {' | '.join(_md(cell) for cell in row)} |" for row in rows)])


def _md_repair(repair: Repair | None) -> str:
    if repair is None:
        return NOT_REPAIRED
    headline = f"**{_md(run_text(repair.run, repair.at))}: {_md(repair.headline)}.**"
    return f"{headline} {_md(repair.sentence)}\n\n{_md_table(CHANGED, repair.changes)}"


def _md_fix(fix: dict[str, Any]) -> str:
    title = f"### {fix['title']}" + (f" on {_md(fix['device'])}" if fix.get("device") else "")
    kind = "To test the hypothesis only." if fix.get("temporary") else "Permanent."
    code = "".join(
        f"\n\n{label}:\n\n{_md_code(lines)}" for label, lines in fix_blocks(fix) if lines
    )
    effects = f"\n\nSide effects: {_md(fix['side_effects'])}" if fix.get("side_effects") else ""
    proof = f"\n\nIt worked when: {_md(fix['proof'])}" if fix.get("proof") else ""
    return f"{title}\n\n{kind} Proposed, not run by Bothways.{code}{effects}{proof}"


def _md_code(lines: list[str]) -> str:
    return "\n".join("    " + one_line(line) for line in lines)
