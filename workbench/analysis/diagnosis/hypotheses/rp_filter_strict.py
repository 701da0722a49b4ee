"""Does a strict reverse-path check drop the packet?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from collectors.model.counters import CounterMeaning
from workbench.analysis.case.findings import Findings, Hop
from workbench.analysis.case.lookups import CounterLookup, LookupOn
from workbench.analysis.case.verdict import Cause, Direction, Hypothesis, Reason
from workbench.analysis.case.wording import some
from workbench.analysis.device.reverse_path import ReverseCheck, reverse_check
from workbench.analysis.diagnosis import remedies
from workbench.analysis.diagnosis.context import Context
from workbench.analysis.diagnosis.facts.reasons import DIRECT, STRONG, WEAK
from workbench.analysis.diagnosis.facts.routing.martians import Martian, martian_reasons, martians
from workbench.analysis.diagnosis.facts.routing.translated_check import (
    translated_checks,
    translated_reasons,
)
from workbench.analysis.diagnosis.facts.stops.drop_points import (
    DropPoint,
    drop_point_reasons,
    drop_points,
)
from workbench.analysis.diagnosis.facts.stops.explanations import DropExplanation, DropReason
from workbench.analysis.diagnosis.facts.stops.visibility_limit import context_of
from workbench.analysis.diagnosis.facts.translation.past_the_translator import past_balancer
from workbench.analysis.evidence.counter_deltas import counter_moved


def rp_filter_strict(findings: Findings) -> Iterable[Hypothesis]:
    """Does a strict reverse-path check drop the packet?"""
    yield from map(_logged, martians(context_of(findings)))
    yield from _translated(context_of(findings))
    for point in drop_points(context_of(findings)):
        explanation = point.why(DropReason.REVERSE_PATH)
        if explanation is not None:
            yield _here(point, explanation)
        unanswered, following = point.why(DropReason.NEIGHBOUR), point.after
        check = reverse_check(point.context.case, following) if following is not None else None
        if unanswered is not None and following is not None and check is not None and check.refuses:
            yield _next(point, unanswered, following, check)


def _translated(context: Context) -> Iterator[Hypothesis]:
    """Its own trace of the packet ends between the translation of its target and routing: there the
    check is made."""
    for found in translated_checks(context):
        name = found.hop.name
        yield Hypothesis(
            Cause.RP_FILTER_STRICT,
            guilty_node=name,
            decided_by=name,
            direction=Direction.FORWARD,
            reasons=tuple(translated_reasons(context, found)),
            fixes=tuple(remedies.loose_reverse_path(context, found.hop)),
            refuted_by=(
                f"the packet in a chain behind routing, or rp_filter 0 or 2 on {found.hop.iif}"
            ),
            would_settle=found.unknown or None,
            lookup=_counter_on(name) if not found.unknown else None,
            summary=f"{name} drops the packet after it translated its target: {found.text}",
        )


def _here(point: DropPoint, explanation: DropExplanation) -> Hypothesis:
    drops = "drops" if explanation.certain else "may drop"
    return Hypothesis(
        Cause.RP_FILTER_STRICT,
        guilty_node=point.device,
        decided_by=point.before,
        direction=point.direction,
        reasons=(
            *drop_point_reasons(point, explanation),
            *_reasons(point, explanation),
            *past_balancer(point),
        ),
        fixes=tuple(remedies.loose_reverse_path(point.context, point.hop)),
        refuted_by=f"the packet leaving {point.device} again, or rp_filter 0 or 2 on the interface",
        lookup=_counter_on(point.device, _unknown(point), _CAPTURED),
        summary=f"{point.device} {drops} the {point.packet} on arrival: {explanation.text}",
    )


def _unknown(point: DropPoint) -> str:
    check = reverse_check(point.context.case, point.hop) if point.hop is not None else None
    return check.unknown if check is not None else ""


_CAPTURED = ", and a capture of what came in"


def _counter_on(device: str, unknown: str = "", after: str = "") -> LookupOn:
    """Its counter of refused packets, or the value that is not known."""
    before = f"{unknown}: with 2 there the packet passes; or " if unknown else ""
    moved = f" before and after an attempt{after}"
    meaning = CounterMeaning.REVERSE_PATH_REFUSED
    return LookupOn(device, CounterLookup(before, meaning, moved, 4))


def _logged(martian: Martian) -> Hypothesis:
    """The kernel itself wrote that it refused packets with the flow's addresses on that
    interface."""
    hop = martian.context.hop(martian.device, martian.reverse)
    return Hypothesis(
        Cause.RP_FILTER_STRICT,
        guilty_node=martian.device,
        direction=Direction.of(reverse=martian.reverse),
        reasons=tuple(martian_reasons(martian)),
        fixes=tuple(
            remedies.loose_reverse_path(
                martian.context, replace(hop, iif=martian.interface) if hop else None
            )
        ),
        refuted_by=(
            f"the packet leaving {martian.device} again, or rp_filter 0 or 2 on {martian.interface}"
        ),
        lookup=_counter_on(martian.device, after=_CAPTURED),
        summary=(
            f"{martian.device} refuses {martian.packet} on {martian.interface}: its log calls it a"
            " martian"
        ),
    )


def _next(
    point: DropPoint, unanswered: DropExplanation, following: Hop, check: ReverseCheck
) -> Hypothesis:
    """A strict gateway ignores even the ARP request of a sender that it would refuse."""
    name = following.name
    return Hypothesis(
        Cause.RP_FILTER_STRICT,
        guilty_node=name,
        decided_by=point.device,
        direction=point.direction,
        reasons=(
            *drop_point_reasons(point, unanswered),
            Reason(DIRECT if check.certain else WEAK, f"{name}: {check.text}", check.evidence),
        ),
        fixes=tuple(remedies.loose_reverse_path(point.context, following)),
        refuted_by=f"{name} answering for its address, or rp_filter 0 or 2 on {following.iif}",
        would_settle=check.unknown or f"ARP requests seen to come in at {name} and not answered",
        summary=(
            f"{name} refuses what comes in on {following.iif}, requests for its MAC too:"
            f" {check.text}"
        ),
    )


def _reasons(point: DropPoint, explanation: DropExplanation) -> Iterator[Reason]:
    if explanation.rule is not None:
        return  # a rule makes the check: its own counter tells
    moved = counter_moved(point.context.case, point.device, CounterMeaning.REVERSE_PATH_REFUSED)
    if moved is not None and moved.amount > 0:
        yield Reason(
            DIRECT,
            f"{point.device} counted {some(moved.amount, 'reverse-path drop')} during the capture",
            moved.evidence,
        )
    elif moved is not None and point.context.findings.attempts_seen:
        yield Reason(
            -STRONG,
            f"{point.device} counted no reverse-path drop during the capture",
            moved.evidence,
        )
    check = reverse_check(point.context.case, point.hop) if point.hop else None
    if check is not None and check.refused_by_kernel:
        yield Reason(
            DIRECT,
            f"the kernel of {point.device} refuses exactly this packet on that interface",
            point.hop.evidence if point.hop else (),
        )
