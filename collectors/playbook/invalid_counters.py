"""Do packet filters count drops of packets that belong to no session?"""

from __future__ import annotations

from collections.abc import Iterator

from collectors.model.evidence import Evidence, Query, Question
from collectors.model.records import FilterChain, FilterRule
from collectors.model.step import Options, Phase, RunPhase, Step, View
from collectors.playbook.audience import counted, involved, near, unusable

_DIALECTS = (Question.FILTER, Question.FILTER_IPTABLES, Question.FILTER_LEGACY)


def queries(view: View, options: Options, run_phase: RunPhase) -> Iterator[Query]:
    """The rules of all three dialects with their counters, before the window and after it."""
    devices = near(view) if run_phase is RunPhase.SURVEY else involved(view)
    for question in _DIALECTS:
        yield from counted(devices, question, run_phase, STEP.id)


def meaning(evidence: Evidence) -> str:
    """What the rules for out-of-state packets and the denying rules have counted."""
    rules = evidence.of(FilterRule)
    if not rules and not evidence.of(FilterChain):
        return unusable(evidence) or "There are no rules of this kind here."
    drops = [rule for rule in rules if _has_dropped(rule)]
    invalid = [rule for rule in drops if "invalid" in rule.text.lower()]
    if not invalid:
        return (
            f"{len(rules)} rules; those that drop have counted {_sum(drops)} packets so far, none"
            " of them as INVALID."
        )
    count = _sum(invalid)
    return f"{count} packets were dropped as INVALID: they belong to no session known here."


def _has_dropped(rule: FilterRule) -> bool:
    return rule.verdict in ("drop", "reject") and bool(rule.packets)


def _sum(rules: list[FilterRule]) -> int:
    return sum(rule.packets or 0 for rule in rules)


STEP = Step(
    id="invalid-counters",
    title="Filter rules and their counters",
    question="Which rules could drop this flow, and which of their counters move?",
    phase=Phase.CHOKEPOINT,
    run_phases=(RunPhase.SURVEY, RunPhase.TRACK, RunPhase.BEFORE, RunPhase.AFTER),
    queries=queries,
    answers=_DIALECTS,
    task=5,
    meaning=meaning,
    decision=(
        "If the INVALID counter rises with each attempt, find out which device saw the first"
        " packet: this one did not. A counter that stands still during an attempt clears its rule."
    ),
)
