"""How far a run has come, by device and by step, and the line that tells of a run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from workbench.analysis.case.run_events import Widening
from workbench.incidents.fault import IncidentRuns
from workbench.incidents.models import Run
from workbench.incidents.queries import RunProgress
from workbench.report import words
from workbench.report.whom_asked import whom_asked

MOMENTS = {
    "survey": "Who are you: addresses, routes, rules",
    "track": "Following the exact route, hop by hop",
    "before": "First sample of what is counted",
    "window": "Watching the flow: captures, sessions, probes",
    "after": "Second sample of what is counted",
    "settle": "Asking what would decide the open questions",
}
ORDER = tuple(MOMENTS)


@dataclass(frozen=True, slots=True)
class Bar:
    """How far one device or step has come, as a bar."""

    name: str
    title: str
    asked: int
    answered: int
    statuses: tuple[tuple[str, str, int], ...]  # (css class, words, how many)

    @property
    def good(self) -> int:
        """How many questions were answered?"""
        return sum(n for _, name, n in self.statuses if name == "answered")

    @property
    def trouble(self) -> bool:
        """Did something end otherwise than answered, or is nothing answered of all that has
        ended?"""
        count = {name: n for _, name, n in self.statuses}
        mute = self.answered > 0 and not self.good
        unread = count.get("refused", 0) + count.get("unparsed", 0) > TOLERATED
        return mute or unread or count.get("no answer", 0) > 0


# refused questions of a device that are no trouble yet: they are shown beside its bar
TOLERATED = 2
STATUS_TONES = {
    "answered": "good",
    "refused": "open",
    "unparsed": "open",
    "no answer": "bad",
    "not asked": "none",
}


def whom(devices: dict[str, Any]) -> str:
    """How many devices were asked, in words; "" = runs of older versions did not tell."""
    if not devices:
        return ""
    widening = Widening(devices["widening"]) if devices["widening"] else None
    return whom_asked(devices["asked"], devices["in_full"], devices["known"], widening)


def bars(found: list[RunProgress], titles: dict[str, str] | None = None) -> list[Bar]:
    """Progress as bars."""
    return [
        Bar(p.name, (titles or {}).get(p.name, p.name), p.asked, p.answered, _statuses(p.statuses))
        for p in found
        if p.name
    ]


def _statuses(counts: dict[str, int]) -> tuple[tuple[str, str, int], ...]:
    return tuple((STATUS_TONES.get(name, "none"), name, n) for name, n in counts.items())


def run_line(run: Run, speaking: IncidentRuns) -> dict[str, Any]:
    """One run for the list of runs."""
    took = (
        (run.ended_at - run.started_at).total_seconds() if run.ended_at and run.started_at else None
    )
    verdict = run.verdict or {}
    cause = (
        f"{words.short_title(verdict)} ({round(100 * verdict['confidence'])} %)"
        if verdict
        else run.problem
    )
    return {
        "pk": run.pk,
        "number": run.number,
        "state": run.state,
        "outcome": run.outcome if run.verdict_final and run.state == Run.State.DONE else "",
        "shown": run == speaking.shown,
        "fault": run == speaking.fault,
        "proof": run == speaking.proof,
        "cause": cause,
        "flow": str(run.flow) if run.flow != run.incident.flow else "",
        "took": "" if took is None else f"{took:.1f} s",
    }
