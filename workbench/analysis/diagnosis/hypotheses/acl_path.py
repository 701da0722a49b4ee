"""Does a filter without state drop the packets of one direction?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from collectors.model.evidence import Question
from workbench.analysis.case.findings import Findings
from workbench.analysis.case.verdict import Cause, Direction, Hypothesis, Reason
from workbench.analysis.diagnosis import remedies
from workbench.analysis.diagnosis.context import Context
from workbench.analysis.diagnosis.facts.filters.denials import (
    denial,
    kind_of_filter,
    policy_of_a_firewall,
    reason_of,
)
from workbench.analysis.diagnosis.facts.filters.off_the_known_ways import (
    answer_reasons,
    refused_by_its_log,
    unanswerable,
)
from workbench.analysis.diagnosis.facts.neighbours.unheard import unheard
from workbench.analysis.diagnosis.facts.reasons import DIRECT, STRONG, both_ends
from workbench.analysis.diagnosis.facts.state.expired import of_its_session
from workbench.analysis.diagnosis.facts.state.tracking import list_or_state
from workbench.analysis.diagnosis.facts.stops.drop_points import (
    DropPoint,
    drop_point_reasons,
    drop_points,
)
from workbench.analysis.diagnosis.facts.stops.drop_reasons import DropExplanation
from workbench.analysis.diagnosis.facts.stops.visibility_limit import context_of
from workbench.analysis.diagnosis.facts.translation.past_the_translator import past_balancer


def acl_path(findings: Findings) -> Iterable[Hypothesis]:
    """Does a filter without state drop the packets of one direction?"""
    context = context_of(findings)
    yield from _kept_apart(context)
    for point in drop_points(context):
        explanation = denial(point)
        if of_its_session(point):
            continue
        if (
            explanation is not None or point.unexplained or point.puzzling
        ) and not policy_of_a_firewall(point, explanation):
            what = kind_of_filter(point, explanation)
            yield Hypothesis(
                Cause.ACL_PATH,
                guilty_node=point.device,
                decided_by=point.device,
                direction=point.direction,
                reasons=(
                    *drop_point_reasons(point, explanation),
                    *past_balancer(point),
                    *_or_state(point, explanation),
                ),
                fixes=tuple(remedies.mend_acl(point, explanation)),
                refuted_by=f"the {point.packet} leaving {point.device} again",
                would_settle=_settles(point, explanation),
                summary=(
                    f"{_does(point, explanation)} the {point.packet} by {what} ({reason_of(point, explanation)})"
                ),
            )
    yield from _refused_elsewhere(context)


def _or_state(point: DropPoint, explanation: DropExplanation | None) -> Iterator[Reason]:
    """Nothing but the line of a log tells why an answer was refused."""
    if point.reverse and list_or_state(point.context, point.device, point.step, explanation):
        text = (
            f"no rules and no sessions of {point.device} were read: a firewall that missed the SYN"
            " refuses it as well"
        )
        yield Reason(-STRONG, text)


def _refused_elsewhere(context: Context) -> Iterator[Hypothesis]:
    """A device that nothing leads to reports in its log that it refused the answer."""
    for stray in unanswerable(context):
        device, prefix = stray.device, stray.refusal.prefix
        yield refused_by_its_log(
            Cause.ACL_PATH,
            stray,
            answer_reasons(stray),
            summary=f"{device} refuses {stray.packet}, as its own log shows ({prefix!r})",
            would_settle=f"whether {device} keeps state of connections, and what it lets back",
        )


def _kept_apart(context: Context) -> Iterator[Hypothesis]:
    """A bridge keeps two of its ports apart, so that the machines behind them never hear each
    other."""
    lost = unheard(context)
    if lost is None or lost.kept is None:
        return
    kept = lost.kept
    reasons = [Reason(DIRECT, f"{lost.text}: {kept.text}", (*lost.evidence, *kept.evidence))]
    if kept.isolated:
        apart = (
            f"{kept.came} and {kept.behind} of {kept.device} are both isolated: nothing passes"
            " between such ports"
        )
        reasons.append(Reason(STRONG, apart, context.evidence(kept.device, Question.INTERFACES)))
    yield Hypothesis(
        Cause.ACL_PATH,
        guilty_node=kept.device,
        direction=Direction.FORWARD,
        reasons=(*both_ends(context), *reasons),
        fixes=tuple(remedies.join_ports(kept)),
        refuted_by=f"a question of {lost.requester} leaving {kept.device} by {kept.behind}",
        would_settle=(
            f"how {kept.device} treats these ports: isolation, VLANs, its filter for bridged frames"
        ),
        summary=(
            f"{kept.device} keeps {lost.requester} and {lost.holder} apart: of the questions who has"
            f" {lost.address}, none that comes in on {kept.came} goes out of {kept.behind}"
        ),
    )


def _settles(point: DropPoint, explanation: DropExplanation | None) -> str:
    if explanation is None or (explanation.rule is None and explanation.chain is None):
        return (
            f"what else filters on {point.device}: all rules read by root, `tc filter`, XDP, a list"
            " in hardware"
        )
    return "the counter of that rule before and after an attempt"


def _does(point: DropPoint, explanation: DropExplanation | None) -> str:
    return f"{point.device} {'rejects' if explanation is not None and explanation.rejects else 'drops'}"
