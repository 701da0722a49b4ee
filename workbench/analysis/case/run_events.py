"""The run as a stream of happenings: what the web, the command line and the record listen to."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from collectors.model.evidence import Evidence, Query
from collectors.model.step import RunPhase
from workbench.analysis.case.findings import Findings
from workbench.analysis.case.verdict import Verdict


class Widening(StrEnum):
    """Why a run asks the devices that do not seem to be on the way."""

    WALK_STUCK = "walk-stuck"  # it is not known which device comes next, or who the ends are
    UNKNOWN_MACHINE = "unknown-machine"  # some machine answers for a next hop, and nobody knows it
    NOT_SURE = "not-sure"  # those that were asked do not explain what was seen


@dataclass(frozen=True, slots=True)
class Asking:
    """A batch of questions begins."""

    run_phase: RunPhase
    queries: tuple[Query, ...]
    seconds: float = 0.0  # how long the batch lasts at least (the capture window)
    asked: int = 0  # devices, with those of this batch
    in_full: int = 0  # of them: more than which addresses they have
    known: int = 0  # devices that can be logged in to
    widening: Widening | None = None  # why others than those near the flow are asked by now


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
