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
from workbench.report.markup import Images, to_html
from workbench.report.postmortem.document import (
    BOUNDARIES,
    CHANGED,
    CHECKS,
    COMMANDS,
    EVIDENCE,
    NOT_REPAIRED,
    WATCHED,
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
from workbench.report.postmortem.exported import ITEMS, anchor, item_row, origin, sections
from workbench.report.postmortem.html import (
    STYLE,
    Html,
    anchored,
    chapter,
    commands,
    facts,
    listing,
    paragraph,
    table,
)
from workbench.report.text import markup

WIDTH = 1120  # pixels of a figure
Draw = Callable[[Any, str, int], Scene]


def as_html(postmortem: Postmortem) -> str:
    """The postmortem as one HTML file with its pictures in it: a body to read and to print, then
    the appendices. Always light: paper is."""
    title = f"Incident {postmortem.number}: {markup(one_line(postmortem.title))}"
    body = [
        f"<h1>{title}</h1>",
        (
            f'<p class="verdict"><b>{markup(one_line(postmortem.headline))}.</b>'
            f" {markup(one_line(postmortem.sentence))}</p>"
        ),
        facts([*postmortem.facts, ("Postmortem", postmortem.review)]),
        *(_section(postmortem, one) for one in sections(postmortem)),
        f'<div class="appendix">{"".join(_appendix(postmortem))}</div>',
    ]
    head = f'<meta charset="utf-8"><title>{title}</title><style>{STYLE}</style>'
    view = '<meta name="viewport" content="width=device-width, initial-scale=1">'
    return (
        f'<!doctype html>\n<html lang="en"><head>{head}{view}</head>'
        f"<body>{''.join(body)}</body></html>\n"
    )


def _section(postmortem: Postmortem, section: Section) -> str:
    shown: dict[str, Callable[[Postmortem], str]] = {"pictures": _pictures, "items": _items}
    if section.name in shown:
        return chapter(section.title, shown[section.name](postmortem))
    leads = anchor(postmortem)
    beside = "".join(
        f"<blockquote>{paragraph(f'{who} wrote beside this, not settled yet:')}"
        f"{to_html(text, leads)}</blockquote>"
        for who, text in section.beside
    )
    said = f'<p class="origin">{markup(one_line(origin(section)))}</p>'
    text = to_html(section.text, leads, _image(postmortem))
    return chapter(section.title, text + beside + said)


def _pictures(postmortem: Postmortem) -> str:
    before = _drawn(postmortem.picture) or paragraph("No path was found.")
    return paragraph("While it failed:") + before + _html_repair(postmortem.repair)


def _items(postmortem: Postmortem) -> str:
    return table(ITEMS, [item_row(one) for one in postmortem.items])


def _drawn(picture: dict[str, Any] | None) -> str:
    if not picture:
        return ""
    return f'<div class="picture">{as_svg(path_scene(picture, "light", WIDTH))}</div>'


def _appendix(postmortem: Postmortem) -> list[str]:
    verdict = postmortem.verdict or {}
    timeline = [
        (f"n{h.seq}", (time_text(h.at), h.who, h.text, _body(postmortem, h)))
        for h in postmortem.timeline
    ]
    return [
        chapter(
            "Appendix: reasons and other causes",
            listing(reason_text(reason) for reason in verdict.get("reasons", []))
            + paragraph("Common mistakes seen:")
            + listing(postmortem.mistakes)
            + paragraph("What else it could have been:")
            + listing(postmortem.alternatives)
            + listing(f"{way}: {path}" for way, path in postmortem.paths),
        ),
        *_more_pictures(postmortem.picture or {}),
        chapter(
            "Appendix: proposed changes",
            "".join(map(_html_fix, fixes(verdict))) or paragraph("None."),
        ),
        chapter(
            "Appendix: state boundaries",
            (paragraph(postmortem.expects_both) if postmortem.expects_both else "")
            + table(BOUNDARIES, postmortem.boundaries),
        ),
        chapter("Appendix: checklist", table(CHECKS, postmortem.checklist)),
        chapter("Appendix: what to watch from now on", table(WATCHED, postmortem.watches)),
        chapter("Appendix: timeline", anchored(("When", "Who", "What", ""), timeline)),
        chapter("Appendix: commands", table(COMMANDS, list(map(command_row, postmortem.commands)))),
        chapter(
            "Appendix: evidence",
            anchored(EVIDENCE, [(one.id, evidence_row(one)) for one in postmortem.evidence]),
        ),
    ]


def _body(postmortem: Postmortem, happened: Happened) -> str:
    """What else a line says; a note as its page shows it, with its images."""
    if happened.kind != "note" or not happened.body:
        return happened.body
    said = to_html(happened.body, anchor(postmortem), _image(postmortem), bare=True)
    return Html(f'<div class="note">{said}</div>')


def _image(postmortem: Postmortem) -> Images:
    return lambda number: postmortem.images.get(number, "")


def _html_repair(repair: Repair | None) -> str:
    if repair is None:
        return paragraph(NOT_REPAIRED)
    says = f"{run_text(repair.run, repair.at)}: {repair.headline}. {repair.sentence}"
    after = paragraph("After the repair:") + _drawn(repair.picture)
    return after + paragraph(says) + table(CHANGED, repair.changes)


def _more_pictures(picture: dict[str, Any]) -> list[str]:
    """The ladder, the spread and the counters, where there are any."""
    drawn: list[tuple[str, Any, Draw]] = [
        ("Which point saw which packet", picture.get("ladder"), ladder_scene),
        ("Why it looks random", picture.get("spread"), spread_scene),
        ("What rose while the flow was tried", picture.get("moves"), moves_scene),
    ]
    return [
        chapter(
            f"Appendix: {title[0].lower()}{title[1:]}",
            f'<div class="picture">{as_svg(scene(content, "light", WIDTH))}</div>',
        )
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
