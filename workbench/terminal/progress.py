"""What is the run doing now? One line per thing worth knowing, on stderr."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from collectors.model.evidence import Evidence, Status
from collectors.model.step import RunPhase
from workbench.analysis.case.findings import Findings, Trace
from workbench.analysis.case.run_events import Asking, Judged, Learned, RunEvent, Walked
from workbench.report.whom_asked import whom_asked
from workbench.terminal.plain import plain

_MOMENTS = {
    RunPhase.SURVEY: "asking who is there",
    RunPhase.TRACK: "following the flow",
    RunPhase.BEFORE: "reading counters",
    RunPhase.WINDOW: "watching the flow",
    RunPhase.AFTER: "reading counters again",
    RunPhase.SETTLE: "asking what would decide it",
}


@dataclass
class Progress:
    """Tells happenings line by line."""

    write: Callable[[str], object]
    began: float = field(default_factory=time.monotonic)
    _shown: set[str] = field(default_factory=set)
    _paths: tuple[str, str] = ("", "")
    _whom: str = ""

    def tell(self, run_event: RunEvent) -> None:
        """Say what is new about this one."""
        match run_event:
            case Asking():
                self._asking(run_event)
            case Learned(evidence):
                self._learned(evidence)
            case Walked(findings):
                self._walked(findings)
            case Judged(findings, verdict, final):
                self._walked(findings)
                if final and self._whom:
                    self._say(self._whom)
                self._say(
                    f"{'verdict' if final else 'so far'}: {verdict.best.hypothesis.cause.value}"
                )

    def _asking(self, run_event: Asking) -> None:
        devices = len({query.device for query in run_event.queries})
        window = f" for {run_event.seconds:g} s" if run_event.seconds else ""
        self._say(
            f"{_MOMENTS[run_event.run_phase]}{window}: {len(run_event.queries)} questions to"
            f" {devices} devices"
        )
        numbers = run_event.asked, run_event.in_full, run_event.known
        whom = whom_asked(*numbers, run_event.widening)
        if run_event.widening and whom != self._whom:
            self._say(f"  {whom}")
        self._whom = whom

    def _learned(self, evidence: Evidence) -> None:
        if evidence.status is Status.ANSWERED:
            return
        params = (
            ""
            if (evidence.reason or "").startswith("could not log in")
            else f" ({evidence.question.value})"
        )
        line = (
            f"  {evidence.device}{params}: {evidence.status.value}:"
            f" {evidence.reason or 'no reason given'}"
        )
        if line not in self._shown:
            self._shown.add(line)
            self._say(line)

    def _walked(self, findings: Findings) -> None:
        paths = (_path(findings.forward), _path(findings.reverse))
        if paths != self._paths:
            self._paths = paths
            self._say(f"  out:  {paths[0]}")
            self._say(f"  back: {paths[1]}")

    def _say(self, line: str) -> None:
        self.write(f"{time.monotonic() - self.began:6.1f}  {plain(line)}")


def _path(path: Trace) -> str:
    return f"{' > '.join(path.names) or '?'} ({path.disposition.value})"
