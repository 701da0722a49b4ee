"""Who answers for the gateway, and is it always the same one?"""

from __future__ import annotations

from collections.abc import Iterator

from collectors.model.evidence import Evidence, Query, QueryParams, Question
from collectors.model.records import Neighbour
from collectors.model.step import Options, Phase, RunPhase, Step, View
from collectors.playbook.audience import ask, involved, near, unusable, within


def queries(view: View, options: Options, run_phase: RunPhase) -> Iterator[Query]:
    """Sampled more than once: one sample cannot show a gateway whose hardware address flips."""
    if run_phase is RunPhase.SURVEY:
        yield from ask(near(view), Question.NEIGHBOURS, QueryParams(sample="before"), STEP.id)
        return
    for sample, delay in within(options.window):
        yield from ask(
            involved(view), Question.NEIGHBOURS, QueryParams(sample=sample), STEP.id, delay
        )


def meaning(evidence: Evidence) -> str:
    """Gateways that do not answer, and hardware addresses that answer for several addresses."""
    entries = evidence.of(Neighbour)
    if not entries:
        return unusable(evidence) or "It has not exchanged packets with any neighbour recently."
    failed = [str(n.address) for n in entries if {"FAILED", "INCOMPLETE"} & set(n.states)]
    words = "1 neighbour" if len(entries) == 1 else f"{len(entries)} neighbours"
    words += f"; no answer from {', '.join(failed[:6])}." if failed else ", none of them silent."
    macs = ", ".join(f"{n.address} is at {n.mac}" for n in entries[:4] if n.mac)
    return f"{words} {macs}; only a second query shows whether that changes." if macs else words


STEP = Step(
    id="neighbours",
    title="Neighbours and gateway hardware addresses",
    question="Does the next hop answer, and is it always the same machine?",
    phase=Phase.CHOKEPOINT,
    run_phases=(RunPhase.SURVEY, RunPhase.WINDOW),
    queries=queries,
    answers=(Question.NEIGHBOURS,),
    task=13,
    meaning=meaning,
    decision=(
        "If the hardware address behind the gateway changes, two routers claim it: decide which one"
        " is active."
    ),
)
