"""The run as a stream of happenings: what the web, the command line and the record listen to."""

from __future__ import annotations

from dataclasses import dataclass

from collectors.model.evidence import Evidence, Query
from collectors.model.step import RunPhase
from workbench.analysis.case.findings import Findings
from workbench.analysis.case.verdict import Verdict


@dataclass(frozen=True, slots=True)
class Asking:
    """A batch of questions begins."""

    run_phase: RunPhase
    queries: tuple[Query, ...]
    seconds: float = 0.0  # how long the batch lasts at least (the capture window)


@dataclass(frozen=True, slots=True)
class Learned:
    """One answer came in; its id is final."""

    evidence: Evidence


@dataclass(frozen=True, slots=True)
class Walked:
    """The paths as far as they are known now."""

    findings: Findings


@dataclass(frozen=True, slots=True)
class Judged:
    """A verdict; the last one of a run is final, earlier ones are provisional."""

    findings: Findings
    verdict: Verdict
    final: bool


RunEvent = Asking | Learned | Walked | Judged
