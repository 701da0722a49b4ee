"""Who is each device?"""

from __future__ import annotations

from collections.abc import Iterator

from collectors.model.evidence import Evidence, Query, QueryParams, Question
from collectors.model.records import Identity
from collectors.model.step import Options, Phase, RunPhase, Step, View
from collectors.playbook.audience import ask, everyone, unusable


def queries(view: View, options: Options, run_phase: RunPhase) -> Iterator[Query]:
    """Every device that is near, once."""
    return ask(everyone(view), Question.IDENTITY, QueryParams(), STEP.id)


def meaning(evidence: Evidence) -> str:
    """Name, system, and with which rights we ask."""
    for one in evidence.of(Identity):
        user = one.user or "a user"
        rights = "as root" if one.root else f"as {user} without root's rights"
        return f"This is {one.hostname} ({one.system}); it is asked {rights}."
    return unusable(evidence) or "It did not say who it is."


STEP = Step(
    id="identity",
    title="Who are you",
    question="Which system answers here, and with which rights is it asked?",
    phase=Phase.PROVE,
    run_phases=(RunPhase.SURVEY,),
    queries=queries,
    answers=(Question.IDENTITY,),
    meaning=meaning,
    decision=(
        "If this is not the device you meant, correct the inventory before you believe anything"
        " else."
    ),
)
