"""Does a strict reverse-path check drop the packet?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from workbench.analysis.case.findings import Findings, Hop
from workbench.analysis.case.verdict import Cause, Direction, Hypothesis, Reason
from workbench.analysis.case.wording import some
from workbench.analysis.device.reverse_path import ReverseCheck, reverse_check
from workbench.analysis.diagnosis import remedies
from workbench.analysis.diagnosis.context import Scene
from workbench.analysis.diagnosis.facts.reasons import DIRECT, STRONG
from workbench.analysis.diagnosis.facts.routing.martians import Martian, martian_reasons, martians
from workbench.analysis.diagnosis.facts.routing.translated_check import (
    translated_checks,
    translated_reasons,
)
from workbench.analysis.diagnosis.facts.stops.blame import Blame, Kind
from workbench.analysis.diagnosis.facts.stops.horizon import scene_of
from workbench.analysis.diagnosis.facts.stops.stops import Stop, stop_reasons, stops
from workbench.analysis.diagnosis.facts.translation.past_the_translator import past_balancer
from workbench.analysis.evidence.counter_deltas import counter_moved


def rp_filter_strict(findings: Findings) -> Iterable[Hypothesis]:
    """Does a strict reverse-path check drop the packet?"""
    yield from map(_logged, martians(scene_of(findings)))
    yield from _translated(scene_of(findings))
    for stop in stops(scene_of(findings)):
        blame = stop.why(Kind.REVERSE_PATH)
        if blame is not None:
            yield _here(stop, blame)
        unanswered, following = stop.why(Kind.NEIGHBOUR), stop.after
        check = reverse_check(stop.scene.case, following) if following is not None else None
        if unanswered is not None and following is not None and check is not None and check.refuses:
            yield _next(stop, unanswered, following, check)


def _translated(scene: Scene) -> Iterator[Hypothesis]:
    """Its own trace of the packet ends between the translation of its target and routing: there the
    check is made."""
    for found in translated_checks(scene):
        name = found.hop.name
        yield Hypothesis(
            Cause.RP_FILTER_STRICT,
            guilty_node=name,
            decided_by=name,
            direction=Direction.FORWARD,
            reasons=tuple(translated_reasons(scene, found)),
            fixes=tuple(remedies.loose_reverse_path(scene, found.hop)),
            refuted_by=(
                f"the packet in a chain behind routing, or rp_filter 0 or 2 on {found.hop.iif}"
            ),
            would_settle="TcpExtIPReversePathFilter before and after an attempt",
            summary=f"{name} drops the packet after it translated its target: {found.text}",
        )


def _here(stop: Stop, blame: Blame) -> Hypothesis:
    return Hypothesis(
        Cause.RP_FILTER_STRICT,
        guilty_node=stop.device,
        decided_by=stop.before,
        direction=stop.direction,
        reasons=(*stop_reasons(stop, blame), *_reasons(stop, blame), *past_balancer(stop)),
        fixes=tuple(remedies.loose_reverse_path(stop.scene, stop.hop)),
        refuted_by=f"the packet leaving {stop.device} again, or rp_filter 0 or 2 on the interface",
        would_settle=(
            "TcpExtIPReversePathFilter before and after an attempt, and a capture of what came in"
        ),
        summary=f"{stop.device} drops the {stop.packet} on arrival: {blame.text}",
    )


def _logged(told: Martian) -> Hypothesis:
    """The kernel itself wrote that it refused packets with the flow's addresses on that
    interface."""
    hop = told.scene.hop(told.device, told.reverse)
    return Hypothesis(
        Cause.RP_FILTER_STRICT,
        guilty_node=told.device,
        direction=Direction.REVERSE if told.reverse else Direction.FORWARD,
        reasons=tuple(martian_reasons(told)),
        fixes=tuple(
            remedies.loose_reverse_path(
                told.scene, replace(hop, iif=told.interface) if hop else None
            )
        ),
        refuted_by=(
            f"the packet leaving {told.device} again, or rp_filter 0 or 2 on {told.interface}"
        ),
        would_settle=(
            "TcpExtIPReversePathFilter before and after an attempt, and a capture of what came in"
        ),
        summary=(
            f"{told.device} refuses {told.packet} on {told.interface}: its log calls it a martian"
        ),
    )


def _next(stop: Stop, unanswered: Blame, following: Hop, check: ReverseCheck) -> Hypothesis:
    """A strict gateway ignores even the ARP request of a sender that it would refuse."""
    name = following.name
    return Hypothesis(
        Cause.RP_FILTER_STRICT,
        guilty_node=name,
        decided_by=stop.device,
        direction=stop.direction,
        reasons=(
            *stop_reasons(stop, unanswered),
            Reason(DIRECT, f"{name}: {check.text}", check.evidence),
        ),
        fixes=tuple(remedies.loose_reverse_path(stop.scene, following)),
        refuted_by=f"{name} answering for its address, or rp_filter 0 or 2 on {following.iif}",
        would_settle=f"ARP requests seen to come in at {name} and not answered",
        summary=(
            f"{name} refuses what comes in on {following.iif}, requests for its MAC too:"
            f" {check.text}"
        ),
    )


def _reasons(stop: Stop, blame: Blame) -> Iterator[Reason]:
    if blame.rule is not None:
        return  # a rule makes the check: its own counter tells
    moved = counter_moved(stop.scene.case, stop.device, "TcpExtIPReversePathFilter")
    if moved is not None and moved.amount > 0:
        yield Reason(
            DIRECT,
            f"{stop.device} counted {some(moved.amount, 'reverse-path drop')} during the capture",
            moved.evidence,
        )
    elif moved is not None and stop.scene.findings.attempts_seen:
        yield Reason(
            -STRONG,
            f"{stop.device} counted no reverse-path drop during the capture",
            moved.evidence,
        )
    check = reverse_check(stop.scene.case, stop.hop) if stop.hop else None
    if check is not None and check.refused_by_kernel:
        yield Reason(
            DIRECT,
            f"the kernel of {stop.device} refuses exactly this packet on that interface",
            stop.hop.evidence if stop.hop else (),
        )
