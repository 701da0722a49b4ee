"""What the labels of the path picture say."""

from __future__ import annotations

from workbench.report.figures.scene import TextRun
from workbench.report.picture.picture import HopView

HEADS = (
    *("✖ DROPPED HERE", "✖ LOST FROM HERE ON", "✖ LOST AFTER HERE", "✖ LOST HERE", "✖ LOST AFTER"),
    *("✖ FAULTY,", "✖ LOSES SOME:"),
)
BASES = {"observed": "seen here", "predicted": "as its routing says", "unknown": "not known"}


def emphasis(line: str) -> tuple[TextRun, ...]:
    """A line of a boxed text, its head in bold."""
    for head in HEADS:
        if line.startswith(head):
            return (TextRun(head, bold=True), TextRun(line[len(head) :]))
    return (TextRun(line),)


def seen_leaving(hop: HopView | None) -> bool:
    """Was the flow seen to leave here?"""
    if hop is None:
        return True
    return bool(hop.went_out) if hop.went_out is not None else hop.basis == "observed"


def seen_coming(hop: HopView | None) -> bool:
    """Was the flow seen to come in here?"""
    if hop is None:
        return True
    return bool(hop.came_in) if hop.came_in is not None else hop.basis == "observed"


def counts(hop: HopView) -> str:
    """How many packets a capture saw come in and go out."""
    return "" if hop.came_in is None else f"in {hop.came_in} out {hop.went_out}"


def vanishes(hop: HopView) -> bool:
    """Do packets come in here and not go out?"""
    dropped_here = hop.drop is not None and not hop.lost_after
    passes_none_on = bool(hop.came_in) and hop.went_out == 0 and not hop.end
    return dropped_here or passes_none_on


def hover(hop: HopView) -> tuple[str, ...]:
    """What is shown when the pointer rests on a hop."""
    lines = [hop.name if hop.managed else f"{hop.name} (cannot be logged in to)"]
    if hop.iif or hop.oif:
        lines.append(f"in {hop.iif or '?'}, out {hop.oif or '?'}")
    if hop.came_in is not None:
        lines.append(f"capture: {hop.came_in} came in, {hop.went_out} went out")
    translation = hop.translation and f"translates {hop.translation}"
    lines += filter(None, (hop.decided, translation, hop.tunnel, BASES.get(hop.basis)))
    return tuple(lines)
