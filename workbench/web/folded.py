"""The parts of the incident's page that are folded away: what their summaries say; their
content is sent when somebody opens them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FoldedPart:
    """One part that shows its title and one line until somebody opens it."""

    name: str
    title: str
    hint: str = ""
    figure: str = ""  # what its figure shows, for who cannot see it; empty = it has none
    twin: bool = False  # its content is the figure's table, which has a summary of its own
    always: bool = False  # it is shown also while there is nothing in it


FOLDED_PARTS = (
    FoldedPart("why", "Why"),
    FoldedPart(
        "spread",
        "Why it looks random",
        figure="Which source ports take which path; the table below says the same",
    ),
    FoldedPart(
        "ladder",
        "Which point saw which packet",
        "Time runs down. ● saw the packet, ○ on a line never did, ✖ was the last that did."
        " Dashed: sent again.",
        "The packets of the flow between the capture points; the table below says the same",
        twin=True,
    ),
    FoldedPart(
        "moves",
        "What rose while the flow was tried",
        "Counters before and after. Red: a rule that drops. Violet: a rule that only counts."
        " Blue: a counter of the kernel.",
        "Counters before and after; the table below says the same",
        twin=True,
    ),
    FoldedPart("progress", "What was asked", always=True),
    FoldedPart("runs", "Runs", always=True),
)
FOLDED = tuple(part.name for part in FOLDED_PARTS)
ON_OPENING = {part.name: part.title for part in FOLDED_PARTS} | {"table": "The two paths"}


def opened_parts(text: str) -> frozenset[str]:
    """The parts that a page has opened, out of the names in its address."""
    return frozenset(text[:200].split(",")).intersection(ON_OPENING)
