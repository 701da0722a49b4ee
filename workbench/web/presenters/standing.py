"""Which run's verdict the page shows, and what happens or happened beside it."""

from __future__ import annotations

from dataclasses import dataclass

from workbench.incidents.fault import IncidentRuns
from workbench.incidents.models import Run
from workbench.report import words


@dataclass(frozen=True, slots=True)
class Standing:
    """Whose verdict stands, in words around the verdict."""

    runs: IncidentRuns
    percent: int | None  # how far the run has come that looks again; None = no run does

    @property
    def shown(self) -> Run | None:
        """The run whose verdict stands, where others have to be told apart from it."""
        several = self.runs.looking or self.runs.unjudged or self.runs.earlier
        return self.runs.shown if several else None

    @property
    def unjudged(self) -> str:
        """Why a newer run did not judge, in a sentence."""
        run = self.runs.unjudged
        return f"Run {run.number} {ENDS.get(run.state, ENDED)}" if run is not None else ""

    @property
    def was(self) -> str:
        """What the run before said, where it said something else."""
        before, now = self.runs.earlier, self.runs.shown
        if before is None or now is None or before.verdict is None or now.verdict is None:
            return ""
        then = words.short_title(before.verdict)
        return then if then != words.short_title(now.verdict) else ""

    @property
    def repaired(self) -> bool:
        """Is the verdict that stands the proof that the fault is gone?"""
        return self.runs.proof is not None and self.runs.proof == self.runs.shown


ENDED = "ended before it could judge."
ENDS = {
    "cancelled": "was stopped before it could judge.",
    "interrupted": "was lost before it could judge: its worker ended.",
    "failed": "failed before it could judge.",
}
