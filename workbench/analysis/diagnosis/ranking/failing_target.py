"""Do exactly those attempts fail that a translation sends to one of its targets?"""

from __future__ import annotations

from dataclasses import replace
from itertools import chain

from collectors.model.flow import Address, Flow
from workbench.analysis.case.case import Case
from workbench.analysis.case.findings import Attempt, Findings
from workbench.analysis.case.verdict import HEALTHY, Hypothesis, Reason
from workbench.analysis.diagnosis.context import Context
from workbench.analysis.diagnosis.facts.reasons import STRONG
from workbench.analysis.diagnosis.facts.stops.explanations import DropExplanation
from workbench.analysis.diagnosis.facts.stops.simulation import simulated
from workbench.analysis.diagnosis.facts.stops.visibility_limit import context_of
from workbench.analysis.diagnosis.remedies.targets import take_out
from workbench.analysis.ecmp.untried_targets import Unmet
from workbench.analysis.trace.targets import TargetShare, shares


def with_targets(context: Context, hypotheses: list[Hypothesis]) -> list[Hypothesis]:
    """The same, where only one target's attempts fail: said so, and a reason for who is on the way
    to that one only."""
    for share in shares(context.case, context.findings.forward, context.findings.attempts):
        if share.failing:
            return [_of_that_target(context, share, one) for one in hypotheses]
    return hypotheses


def _of_that_target(context: Context, share: TargetShare, one: Hypothesis) -> Hypothesis:
    if one.cause in HEALTHY:
        return one
    text = _words(context, share)
    named = replace(one, summary=f"{one.summary}; {text}")
    if one.guilty_node not in _beyond(context, share):
        return named
    reason = Reason(STRONG, text, _evidence(context, share))
    fixes = take_out(context.case, share.hop, share.failing[0], share.good[0])
    return replace(named, reasons=(*one.reasons, reason), fixes=(*one.fixes, *fixes))


def not_met(case: Case, one: Unmet, hidden: Hypothesis) -> Hypothesis:
    """The same of a target that no attempt in the window was sent to: what was seen worked
    elsewhere."""
    chooser = one.hop.name
    text = (
        f"what was seen worked, at other targets; {chooser} may send the next connection to"
        f" {one.name}"
    )
    return replace(
        hidden,
        decided_by=hidden.decided_by or chooser,
        reasons=(*hidden.reasons, Reason(0.0, text, one.hop.evidence)),
        fixes=(*hidden.fixes, *take_out(case, one.hop, one.target, one.hop.flow_out)),
        would_settle=(
            f"attempts until {chooser} sends one to {one.name}: its sessions show where each went"
        ),
        summary=f"{hidden.summary}; {text}",
    )


def _beyond(context: Context, share: TargetShare) -> set[str]:
    """The devices on the ways to and from the failing target that are on none to the others."""
    own = {*context.findings.forward.names, *context.findings.reverse.names}
    good = {flow.dst for flow in share.good}
    others: set[str] = set()
    for path in context.findings.targets:
        if path.hops and good & {path.flow.src, path.hops[-1].flow_out.dst}:
            others.update(path.names)
    return own - others if others else set()


def _words(context: Context, share: TargetShare) -> str:
    failed = sum(bad for _, bad in share.counts.values())
    every = sum(map(sum, share.counts.values()))
    bad, good = _names(context, share.failing), _names(context, share.good)
    return (
        f"{failed} of {every} attempts fail: those that {share.hop.name} sends to {bad}; those sent"
        f" to {good} work"
    )


def _names(context: Context, flows: tuple[Flow, ...]) -> str:
    return " and ".join(dict.fromkeys(_name(context, flow.dst) for flow in flows))


def _name(context: Context, address: Address) -> str:
    owner = context.case.owner(address)
    return owner.name if owner is not None else str(address)


def _evidence(context: Context, share: TargetShare) -> tuple[str, ...]:
    newest: tuple[Attempt, ...] = context.findings.attempts[-2:]
    attempts = chain.from_iterable(one.evidence for one in newest)
    return tuple(dict.fromkeys((*share.hop.evidence, *attempts)))


def expected_at(findings: Findings) -> DropExplanation:
    """What would refuse that connection first, by the devices' own settings?"""
    found = simulated(context_of(findings))
    assert found is not None, "only that target is asked about"
    return found.explanations[0]


def in_doubt(one: Unmet, explanation: DropExplanation, healthy: Hypothesis) -> Hypothesis:
    """What was seen works; whether it does at the other target, its own evidence leaves open."""
    text = (
        f"{one.hop.name} may send the next connection to {one.name}, and there {explanation.text}"
    )
    settle = f"attempts until {one.hop.name} sends one to {one.name}"
    reasons = (*healthy.reasons, Reason(0.0, text, explanation.evidence))
    return replace(
        healthy, reasons=reasons, would_settle=settle, summary=f"{healthy.summary}; but {text}"
    )
