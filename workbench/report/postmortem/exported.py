"""What both forms of the export show beside the sections: action items and the appendices."""

from __future__ import annotations

import re

from workbench.report import markup
from workbench.report.postmortem.document import Item, Postmortem, Section, time_text
from workbench.report.postmortem.sections import SECTIONS, record_texts

ITEMS = ("", "What", "Kind", "Owner", "Due", "State")
OWN_WORDS = "From the record."


def sections(postmortem: Postmortem) -> tuple[Section, ...]:
    """The sections as they stand; of a postmortem that nobody wrote, the record's words."""
    if postmortem.sections:
        return postmortem.sections
    said = record_texts(postmortem)
    return tuple(Section(one.name, one.title, said.get(one.name, "")) for one in SECTIONS)


def origin(section: Section) -> str:
    """Whose words are these?"""
    if not section.by:
        return OWN_WORDS
    at = f", {time_text(section.at)}" if section.at else ""
    return f"Written by {section.by}{at}."


def item_row(item: Item) -> tuple[str, ...]:
    """An action item as a row of a table."""
    state = f"{item.state}: {item.why}" if item.why else item.state
    text = f"{item.text} ({item.link})" if item.link else item.text
    return (f"a{item.number}", text, item.kind, item.owner or "–", item.due or "–", state)


def anchor(postmortem: Postmortem) -> markup.Leads:
    """Where a reference leads inside of one file: the answers of the run are in its appendix, and
    so is the timeline."""
    answers = {one.id for one in postmortem.evidence}
    lines = {f"n{one.seq}" for one in postmortem.timeline if one.seq}

    def leads(to: markup.Reference) -> str:
        own = to.run is None or to.run == postmortem.run
        known = (own and to.name in answers) or to.name in lines
        return f"#{to.name}" if known else ""

    return leads


_ACTIVE = re.compile(
    r"<(?=[A-Za-z/!?])|\]\((?=\s*<?\s*(?:javascript|data|vbscript):)", re.IGNORECASE
)


def inert(text: str) -> str:
    """A person's Markdown, in which no element and no script can begin, for programs that let both
    through."""
    return _ACTIVE.sub(lambda found: "\\" + found[0] if found[0] == "<" else "]\\(", text)
