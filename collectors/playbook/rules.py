"""Do policy rules choose the table?"""

from __future__ import annotations

from collections.abc import Iterator

from collectors.model.evidence import Evidence, Query, QueryParams, Question
from collectors.model.records import PolicyRule
from collectors.model.step import Options, Phase, RunPhase, Step, View
from collectors.playbook.audience import ask, everyone, unusable

_ORDINARY = frozenset({"local", "main", "default"})


def queries(view: View, options: Options, run_phase: RunPhase) -> Iterator[Query]:
    """Every device that is near, once."""
    return ask(everyone(view), Question.RULES, QueryParams(), STEP.id)


def meaning(evidence: Evidence) -> str:
    """The rules beyond the three that every system has."""
    special = [rule for rule in evidence.of(PolicyRule) if _is_special(rule)]
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


def _is_special(rule: PolicyRule) -> bool:
    chooses = bool(rule.source or rule.mark)
    return chooses or rule.table not in _ORDINARY


def _words(rule: PolicyRule) -> str:
    inverted = "not " if rule.inverted else ""
    parts = [f"{rule.priority}: {inverted}from {rule.source or 'all'}"]
    if rule.destination:
        parts.append(f"to {rule.destination}")
    if rule.iif:
        parts.append(f"iif {rule.iif}")
    if rule.mark is not None:
        parts.append(f"fwmark {rule.mark:#x}")
    action = f"{rule.action} {rule.table or ''}".strip()
    return " ".join([*parts, action])


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
