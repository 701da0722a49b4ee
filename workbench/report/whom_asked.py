"""How many devices did a run ask, and why not the others, or why these too? In one or two
sentences."""

from __future__ import annotations

from workbench.analysis.case.run_events import Widening

_BECAUSE = {
    Widening.WALK_STUCK: "it is not known which device comes next on the way, or who the ends are",
    Widening.UNKNOWN_MACHINE: "a machine that none of the others knows answers for a next hop",
    Widening.NOT_SURE: "those on the way do not explain for sure what was seen",
}


def whom_asked(asked: int, in_full: int, known: int, widening: Widening | None) -> str:
    """`asked` of the devices that can be logged in to said anything, `in_full` more than which
    addresses they have. "" = there is none that can be logged in to."""
    if not known:
        return ""
    if in_full >= known:
        return f"All {known} devices are asked{_why(widening)}."
    words = f"{in_full} of {known} devices asked"
    if asked > in_full:
        words += f", {asked - in_full} more only for their addresses{_why(widening)}"
    rest = "; the others are not on the way" if asked < known else ""
    return f"{words}{rest}."


def _why(widening: Widening | None) -> str:
    return f", because {_BECAUSE[widening]}" if widening is not None else ""
