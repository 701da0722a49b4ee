"""Does connection tracking refuse packets, or is its table full?"""

from __future__ import annotations

from collections.abc import Iterator

from collectors.model.evidence import Evidence, Query, Question
from collectors.model.records import Counter
from collectors.model.step import Options, Phase, RunPhase, Step, View
from collectors.playbook.audience import counted, involved, unusable

_OF_REFUSALS = frozenset({"invalid", "insert_failed", "drop", "early_drop"})


def queries(view: View, options: Options, run_phase: RunPhase) -> Iterator[Query]:
    """Every device on the way, before the window and after it."""
    return counted(involved(view), Question.SESSION_STATS, run_phase, STEP.id)


def meaning(evidence: Evidence) -> str:
    """The figures that tell something: invalid, insert failures, drops."""
    if not evidence.records:
        return unusable(evidence) or "Connection tracking is not in use here."
    counted = [
        f"{counter.name} {counter.value}"
        for counter in evidence.of(Counter)
        if counter.name in _OF_REFUSALS and counter.value
    ]
    if not counted:
        return "Connection tracking has refused nothing since it was started."
    return f"Since it was started: {', '.join(counted)}. Only what rises in the window counts."


STEP = Step(
    id="session-stats",
    title="Connection tracking statistics",
    question="Do packets arrive that fit no session, and is there room for new ones?",
    phase=Phase.CHOKEPOINT,
    run_phases=(RunPhase.BEFORE, RunPhase.AFTER),
    queries=queries,
    answers=(Question.SESSION_STATS,),
    meaning=meaning,
    decision=(
        "A rise of `invalid` during an attempt points to a device that saw one direction only; it"
        " proves a drop only together with a rule that drops INVALID."
    ),
)
