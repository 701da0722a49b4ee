"""Do the two directions cross different stateful devices that do not share the session?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from workbench.analysis.case.findings import Findings
from workbench.analysis.case.verdict import Cause, Fix, Hypothesis, Reason
from workbench.analysis.case.wording import listed
from workbench.analysis.diagnosis import remedies
from workbench.analysis.diagnosis.context import Context
from workbench.analysis.diagnosis.facts.filters.off_the_known_ways import stray_reasons, strays
from workbench.analysis.diagnosis.facts.reasons import STRONG, WEAK
from workbench.analysis.diagnosis.facts.routing.who_parts_them import Means
from workbench.analysis.diagnosis.facts.state.onesided import (
    OneSided,
    decided,
    never_saw,
    one_sided,
    state_reasons,
    unseen_keeper,
)
from workbench.analysis.diagnosis.facts.state.tracking import begun_at, dark_openers, never_passed
from workbench.analysis.diagnosis.facts.stops.drop_points import drop_point_reasons, drop_points
from workbench.analysis.diagnosis.facts.stops.explanations import DropReason
from workbench.analysis.diagnosis.facts.stops.visibility_limit import context_of
from workbench.analysis.diagnosis.facts.translation.past_the_translator import bypassed


def asym_stateful_fw(findings: Findings) -> Iterable[Hypothesis]:
    """Do the two directions cross different stateful devices that do not share the session?"""
    for side in one_sided(context_of(findings)):
        if side.others or side.hidden:
            yield Hypothesis(
                Cause.ASYM_STATEFUL_FW,
                guilty_node=side.device,
                decided_by=side.decided_by,
                direction=side.direction,
                reasons=tuple(_reasons(side)),
                fixes=tuple(fixes(side)),
                refuted_by=f"the whole session on {side.device}, or the packet leaving it again",
                would_settle=(
                    f"the session looked up on {side.device} and {side.opener or side.hidden[0]} at"
                    " once"
                ),
                summary=never_saw(side),
            )
    yield from _as_its_log_says(context_of(findings))
    yield from _off_the_known_ways(context_of(findings))


def _as_its_log_says(context: Context) -> Iterator[Hypothesis]:
    """One device logs that the SYN-ACK fits no session, while another one holds it, or may: nobody
    can ask it."""
    for point in drop_points(context):
        explanation, opener = point.why(DropReason.TRACKING), _opener(context, point.device)
        if (
            explanation is None
            or opener is None
            or not never_passed(context, point.device, point.step)
        ):
            continue
        elsewhere = opener.device or "the path of the SYN"
        yield Hypothesis(
            Cause.ASYM_STATEFUL_FW,
            guilty_node=point.device,
            direction=point.direction,
            reasons=(*drop_point_reasons(point, explanation), opener.reason),
            fixes=(
                tuple(remedies.state_sync(context, point.device, opener.device))
                if opener.device
                else ()
            ),
            refuted_by=f"the SYN seen on {point.device}",
            would_settle=f"captures on {elsewhere} and {point.device} at once: who sees what?",
            summary=(
                f"{point.device} drops the {point.packet}: it never saw the SYN, which went through"
                f" {opener.name}"
            ),
        )


@dataclass(frozen=True, slots=True)
class _Opener:
    """Who saw the flow begin."""

    name: str
    device: str | None  # None = one of several that nobody can ask
    reason: Reason


def _opener(context: Context, device: str) -> _Opener | None:
    begun, dark = begun_at(context, device), dark_openers(context)
    if begun is not None:
        text = (
            f"{begun.device} holds the session of the flow and waits for the answer that came to"
            f" {device}"
        )
        return _Opener(begun.device, begun.device, Reason(STRONG, text, begun.evidence))
    if not dark:
        return None
    text = f"the SYN went by {listed(dark)}, which cannot be asked for its session"
    return _Opener(
        dark[0] if len(dark) == 1 else f"one of {listed(dark)}", None, Reason(WEAK, text)
    )


def _off_the_known_ways(context: Context) -> Iterator[Hypothesis]:
    """A device that nothing leads to wrote in its log that it refused the flow for lack of a
    session."""
    for stray in strays(context):
        yield Hypothesis(
            Cause.ASYM_STATEFUL_FW,
            guilty_node=stray.device,
            direction=stray.direction,
            reasons=tuple(stray_reasons(stray)),
            refuted_by=f"the session of this flow on {stray.device}",
            would_settle=(
                f"the addresses of {stray.device}, and the way that the first packet of the flow"
                " takes"
            ),
            summary=(
                f"{stray.device} refuses {stray.packet}: it never saw the flow begin, which takes"
                " another path"
            ),
        )


def _reasons(side: OneSided) -> Iterator[Reason]:
    yield from state_reasons(side)
    yield from decided(side, Means.ROUTE)
    yield from bypassed(side.context)
    yield from unseen_keeper(side, accused=True)


def fixes(side: OneSided) -> Iterator[Fix]:
    """What can be changed, the permanent first."""
    yield from remedies.symmetric_return(side.context, side.decider)
    yield from remedies.state_sync(side.context, side.device, side.opener)
    yield from remedies.stateless_rule(side.context, side.device, side.reverse)
