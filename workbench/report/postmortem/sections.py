"""The sections of a postmortem, and what the record says in each until a person writes it.

The sections are those of the postmortem in Google's book on site reliability engineering, with the
evidence and the state boundaries beside them. Every sentence names what it rests on: `[e12]` is an
answer of the run that showed the fault, `[run 2 e7]` one of another run, `[n31]` a line of the
timeline.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from workbench.report.postmortem import causes, events, proof
from workbench.report.postmortem.document import Postmortem

Words = Callable[[Postmortem], list[str]]


@dataclass(frozen=True, slots=True)
class SectionKind:
    """One section: its name in addresses, its title, and what a person is asked to write."""

    name: str
    title: str
    ask: str
    says: Words | None = None  # None = it shows the record, and nobody writes it

    @property
    def editable(self) -> bool:
        """May a person write it?"""
        return self.says is not None


SECTIONS = (
    SectionKind("summary", "Summary", "What happened, in three sentences?", causes.summary),
    SectionKind(
        "impact", "Impact", "Who noticed it, for how long, and what did it cost?", events.impact
    ),
    SectionKind("trigger", "Trigger", "What changed just before it began?", events.trigger),
    SectionKind("detection", "Detection", "Who or what noticed it first?", events.detection),
    SectionKind(
        "causes",
        "Root cause and contributing causes",
        "Why, and why was that possible?",
        causes.causes,
    ),
    SectionKind(
        "resolution", "Resolution", "What ended it, and how is that known?", events.resolution
    ),
    SectionKind("timeline", "Timeline", "What happened when?", events.timeline),
    SectionKind("pictures", "Before and after", "The paths while it failed, and after the repair"),
    SectionKind("evidence", "Evidence for the verdict", "Which answers carry it?", proof.evidence),
    SectionKind(
        "boundaries",
        "State boundaries",
        "Which devices must see both directions?",
        proof.boundaries,
    ),
    SectionKind("went-well", "What went well", "What should stay as it is?", events.went_well),
    SectionKind("went-badly", "What went badly", "What cost time?", events.went_badly),
    SectionKind("lucky", "Where we were lucky", "What would have made it worse?", events.lucky),
    SectionKind("items", "Action items", "What is to be done, by whom, until when?"),
)
BY_NAME = {section.name: section for section in SECTIONS}


def record_text(name: str, postmortem: Postmortem) -> str:
    """What the record says in a section, as Markdown."""
    says = BY_NAME[name].says
    return "\n\n".join(says(postmortem)) if says else ""


def record_texts(postmortem: Postmortem) -> dict[str, str]:
    """What the record says in every section that can be written."""
    return {one.name: record_text(one.name, postmortem) for one in SECTIONS if one.editable}
