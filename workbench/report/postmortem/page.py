"""The postmortem as one HTML file that needs nothing else, not even script."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from workbench.report.figures.as_svg import as_svg
from workbench.report.figures.counters_figure import moves_scene
from workbench.report.figures.ladder_figure import ladder_scene
from workbench.report.figures.path_figure import path_scene
from workbench.report.figures.scene import Scene
from workbench.report.figures.spread_figure import spread_scene
from workbench.report.postmortem.document import (
    CHANGED,
    NOT_REPAIRED,
    WATCHED,
    Postmortem,
    Repair,
    command_row,
    evidence_row,
    fix_blocks,
    fixes,
    one_line,
    reason_text,
    run_text,
    time_text,
)
from workbench.report.postmortem.html import STYLE, chapter, commands, listing, paragraph, table
from workbench.report.text import markup

Draw = Callable[[Any, str, int], Scene]


def as_html(postmortem: Postmortem) -> str:
    """The postmortem as one HTML file with its picture in it."""
    verdict = postmortem.verdict or {}
    picture = (
        as_svg(path_scene(postmortem.picture, "light", 1120))
        if postmortem.picture
        else paragraph("No path was found.")
    )
    body = [
        f"<h1>Incident {postmortem.number}: {markup(one_line(postmortem.title))}</h1>",
        (
            f'<p class="verdict"><b>{markup(one_line(postmortem.headline))}.</b>'
            f" {markup(one_line(postmortem.sentence))}</p>"
        ),
        table(("", ""), postmortem.facts),
        chapter(
            "The two paths",
            f'<div class="picture">{picture}</div>'
            + listing(f"{w}: {p}" for w, p in postmortem.paths),
        ),
        *_more_pictures(postmortem.picture or {}),
        chapter("Why", listing(reason_text(reason) for reason in verdict.get("reasons", []))),
        chapter("Common mistakes seen", listing(postmortem.mistakes)),
        chapter("What else it could have been", listing(postmortem.alternatives)),
        chapter("Proposed changes", "".join(map(_html_fix, fixes(verdict))) or paragraph("None.")),
        chapter("The repair", _html_repair(postmortem.repair)),
        chapter("What to watch from now on", table(WATCHED, postmortem.watches)),
        chapter(
            "Timeline",
            table(
                ("When", "Who", "What", ""),
                [(time_text(h.at), h.who, h.text, h.body) for h in postmortem.timeline],
            ),
        ),
        chapter(
            "Commands",
            table(
                ("When", "Device", "As", "Command", "Result"),
                [command_row(c) for c in postmortem.commands],
            ),
        ),
        chapter(
            "Evidence",
            table(
                ("Id", "Device", "Question", "Status", "Bytes", "SHA-256"),
                [evidence_row(e) for e in postmortem.evidence],
            ),
        ),
    ]
    head = (
        f'<meta charset="utf-8"><title>Incident {postmortem.number}:'
        f" {markup(one_line(postmortem.title))}</title><style>{STYLE}</style>"
    )
    return (
        f'<!doctype html>\n<html lang="en"><head>{head}</head><body>{"".join(body)}</body></html>\n'
    )


def _html_repair(repair: Repair | None) -> str:
    if repair is None:
        return paragraph(NOT_REPAIRED)
    drawn = as_svg(path_scene(repair.picture, "light", 1120)) if repair.picture else ""
    says = f"{run_text(repair.run, repair.at)}: {repair.headline}. {repair.sentence}"
    picture = f'<div class="picture">{drawn}</div>'
    return paragraph(says) + picture + table(CHANGED, repair.changes)


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
    parts = [
        f"<h3>{markup(one_line(title))}</h3>",
        paragraph(f"{kind} Proposed, not run by Bothways."),
    ]
    parts += [paragraph(label + ":") + commands(lines) for label, lines in fix_blocks(fix) if lines]
    parts += [paragraph(f"Side effects: {fix['side_effects']}")] if fix.get("side_effects") else []
    parts += [paragraph(f"It worked when: {fix['proof']}")] if fix.get("proof") else []
    return "".join(parts)
