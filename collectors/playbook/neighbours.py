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
    words = _counted(entries)
    macs = ", ".join(f"{one.address} is at {one.mac}" for one in entries[:4] if one.mac)
    return f"{words} {macs}; only a second query shows whether that changes." if macs else words


def _counted(entries: tuple[Neighbour, ...]) -> str:
    count = "1 neighbour" if len(entries) == 1 else f"{len(entries)} neighbours"
    silent = [str(one.address) for one in entries if one.unanswered]
    if not silent:
        return f"{count}, none of them silent."
    return f"{count}; no answer from {', '.join(silent[:6])}."


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
