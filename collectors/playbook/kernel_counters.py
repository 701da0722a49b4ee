"""Which kernel counters move during an attempt?"""

from __future__ import annotations

from collections.abc import Iterator

from collectors.model.evidence import Evidence, Query, Question
from collectors.model.records import Counter
from collectors.model.step import Options, Phase, RunPhase, Step, View
from collectors.playbook.audience import counted, involved, unusable

_OF_DROPS = frozenset(
    {
        "TcpExtIPReversePathFilter",
        "IpInHdrErrors",
        "IpInAddrErrors",
        "IpExtInNoRoutes",
        "IpFragFails",
        "IpOutNoRoutes",
        "TcpOutRsts",
        "TcpRetransSegs",
        "TcpAttemptFails",
        "TcpEstabResets",
        "TcpExtListenDrops",
        "IcmpOutDestUnreachs",
        "IcmpOutTimeExcds",
    }
)


def queries(view: View, options: Options, run_phase: RunPhase) -> Iterator[Query]:
    """Every device on the way, before the window and after it."""
    return counted(involved(view), Question.COUNTERS, run_phase, STEP.id)


def meaning(evidence: Evidence) -> str:
    """The telling counters that are not zero."""
    if not evidence.records:
        return unusable(evidence) or "The device shows no counters."
    counted = [
        f"{counter.name} {counter.value}"
        for counter in evidence.of(Counter)
        if counter.name in _OF_DROPS and counter.value
    ]
    if not counted:
        return "None of the counters that count drops has ever moved."
    return f"Since start: {', '.join(counted)}. Only what rises in the window counts."


STEP = Step(
    id="kernel-counters",
    title="Kernel counters",
    question="Which counters of drops, resets and retransmits rise while the flow is attempted?",
    phase=Phase.CHOKEPOINT,
    run_phases=(RunPhase.BEFORE, RunPhase.AFTER),
    queries=queries,
    answers=(Question.COUNTERS,),
    meaning=meaning,
    decision=(
        "A counter that rises with the attempt names the mechanism: reverse-path check, no route,"
        " MTU, reset."
    ),
)
