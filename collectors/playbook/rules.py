"""Do policy rules choose the table?"""

from __future__ import annotations

from collections.abc import Iterator

from collectors.model.evidence import Evidence, Query, QueryParams, Question
from collectors.model.records import PolicyRule
from collectors.model.step import Options, Phase, RunPhase, Step, View
from collectors.playbook.audience import ask, everyone, unusable

_ORDINARY = frozenset({"local", "main", "default"})


def queries(view: View, options: Options, run_phase: RunPhase) -> Iterator[Query]:
    """Every device, once."""
    return ask(everyone(view), Question.RULES, QueryParams(), STEP.id)


def meaning(evidence: Evidence) -> str:
    """The rules beyond the three that every system has."""
    special = [
        rule
        for rule in evidence.of(PolicyRule)
        if rule.table not in _ORDINARY or rule.source or rule.mark
    ]
    if not special:
        return (
            unusable(evidence)
            or "Only the three ordinary rules: the destination alone chooses the route here."
        )
    listed = "; ".join(map(_words, special[:6]))
    return (
        f"Routing here looks at more than the destination: {listed}. What a rule catches may leave"
        " by another way."
    )


def _words(rule: PolicyRule) -> str:
    parts = [f"{rule.priority}: {'not ' if rule.inverted else ''}from {rule.source or 'all'}"]
    parts += [f"to {rule.destination}"] if rule.destination else []
    parts += [f"iif {rule.iif}"] if rule.iif else []
    parts += [f"fwmark {rule.mark:#x}"] if rule.mark is not None else []
    return " ".join([*parts, f"{rule.action} {rule.table or ''}".strip()])


STEP = Step(
    id="rules",
    title="Policy routing rules",
    question="Do rules by source, mark or interface choose another routing table?",
    phase=Phase.PROVE,
    run_phases=(RunPhase.SURVEY,),
    queries=queries,
    answers=(Question.RULES,),
    task=2,
    meaning=meaning,
    decision=(
        "If a rule catches this flow in one direction only, check that the table it names leads"
        " back the same way."
    ),
)
