"""Does a firewall's policy on the way deny this flow?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from workbench.analysis.case.findings import Findings
from workbench.analysis.case.verdict import Cause, Hypothesis
from workbench.analysis.diagnosis import remedies
from workbench.analysis.diagnosis.context import Context
from workbench.analysis.diagnosis.facts.filters.denials import (
    denial,
    policy_of_a_firewall,
    reason_of,
)
from workbench.analysis.diagnosis.facts.filters.off_the_known_ways import (
    denial_reasons,
    denials,
    refused_by_its_log,
)
from workbench.analysis.diagnosis.facts.state.expired import of_its_session
from workbench.analysis.diagnosis.facts.state.midflow import moved_sessions
from workbench.analysis.diagnosis.facts.state.tracking import never_passed, passed_elsewhere
from workbench.analysis.diagnosis.facts.stops.complaints import (
    ComplaintKind,
    complaint,
    complaint_reasons,
    name_of,
)
from workbench.analysis.diagnosis.facts.stops.drop_points import (
    DropPoint,
    drop_point_reasons,
    drop_points,
)
from workbench.analysis.diagnosis.facts.stops.explanations import DropExplanation, DropReason
from workbench.analysis.diagnosis.facts.stops.visibility_limit import context_of


def transit_policy_deny(findings: Findings) -> Iterable[Hypothesis]:
    """Does a firewall's policy on the way deny this flow?"""
    yield from _reported_to_sender(context_of(findings))
    for point in drop_points(context_of(findings)):
        explanation = denial(point)
        elsewhere = (
            explanation is not None
            and explanation.kind is DropReason.TRACKING
            and _no_policy(point)
        )
        if elsewhere or of_its_session(point):
            continue
        if (
            explanation is not None or point.unexplained or point.puzzling
        ) and policy_of_a_firewall(point, explanation):
            yield Hypothesis(
                Cause.TRANSIT_POLICY_DENY,
                guilty_node=point.device,
                decided_by=point.device,
                direction=point.direction,
                reasons=tuple(drop_point_reasons(point, explanation)),
                fixes=tuple(remedies.allow_in_transit(point, explanation)),
                refuted_by=f"the {point.packet} leaving {point.device} again",
                would_settle="the counter of that rule before and after an attempt",
                summary=_summary(point, explanation),
            )
    yield from _refused_elsewhere(context_of(findings))


def _refused_elsewhere(context: Context) -> Iterator[Hypothesis]:
    """A device that nothing leads to reports in its log that it refused the first packet of the
    flow."""
    for stray in denials(context):
        device, by = stray.device, stray.refusal.refuser or repr(stray.refusal.prefix)
        yield refused_by_its_log(
            Cause.TRANSIT_POLICY_DENY,
            stray,
            denial_reasons(stray),
            summary=f"{device} denies {stray.packet}, as its own log shows ({by})",
            would_settle=(
                f"the rule of {device} that writes these lines, and its counter around an attempt"
            ),
        )


def _reported_to_sender(context: Context) -> Iterator[Hypothesis]:
    """Somebody who cannot be asked told the sender so; which of its rules it was only he knows."""
    found = complaint(context, ComplaintKind.PROHIBITED)
    if found is not None:
        name = name_of(context, found.by)
        yield Hypothesis(
            Cause.TRANSIT_POLICY_DENY,
            guilty_node=name,
            decided_by=name,
            direction=found.direction,
            reasons=tuple(complaint_reasons(context, found)),
            refuted_by=f"packets of the flow seen behind {name}",
            would_settle=(
                f"the packet filter of {name}, and its counters before and after an attempt"
            ),
            summary=(
                f'{name} refuses packets by policy: it told the sender "{found.kind}" about'
                f" {found.about}"
            ),
        )


def _no_policy(point: DropPoint) -> bool:
    """Did a part of the conversation go around the device, or did its session's time run out? It is
    no policy then."""
    around = passed_elsewhere(point.context, point.device) is not None
    over = any(
        one.hop.device == point.device and one.paused is not None
        for one in moved_sessions(point.context)
    )
    return around or over or never_passed(point.context, point.device, point.step)


def _summary(point: DropPoint, explanation: DropExplanation | None) -> str:
    if explanation is not None and explanation.kind is DropReason.TRACKING:
        return f"{point.device} drops the {point.packet}: {reason_of(point, explanation)}"
    return f"{point.device} denies the {point.packet} by policy ({reason_of(point, explanation)})"
