"""One row of the checklist, and how it is called."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from workbench.report.checklist.points import Point


class Mark(StrEnum):
    """What became of a point."""

    OPEN = "open"
    PARTLY = "partly"
    RUN = "done by a run"
    HAND = "done by hand"
    SKIPPED = "skipped"


DONE = frozenset({Mark.RUN, Mark.HAND, Mark.SKIPPED})
HEAD = ("", "Point", "State", "Who", "What was found", "Evidence")


@dataclass(frozen=True, slots=True)
class Row:
    """One point, who did it, what was found, and where that is shown."""

    point: Point
    mark: Mark
    who: str = ""
    finding: str = ""
    run: int | None = None
    evidence: tuple[str, ...] = ()
    seq: int | None = None  # of the event by which a person decided it

    @property
    def number(self) -> int:
        """The number of the point."""
        return self.point.number

    @property
    def done(self) -> bool:
        """Is nothing left to do there?"""
        return self.mark in DONE

    @property
    def state(self) -> str:
        """Open, partly, done by run N, done by hand, skipped."""
        if self.mark is Mark.RUN:
            return f"done by run {self.run}"
        return self.mark.value

    @property
    def cells(self) -> tuple[str, ...]:
        """As HEAD names them."""
        title = f"{self.point.title}: {self.point.asks}"
        proof = ", ".join(self.evidence)
        return (str(self.number), title, self.state, self.who or "–", self.finding or "–", proof)

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON."""
        return {
            "row": self.number,
            "title": self.point.title,
            "asks": self.point.asks,
            "state": self.mark.value,
            "done": self.done,
            "run": self.run,
            "who": self.who or None,
            "finding": self.finding or None,
            "evidence": list(self.evidence),
            "event": self.seq,
        }
