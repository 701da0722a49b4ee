"""Does a stateful device see one direction only, while the other bypasses all such devices?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from workbench.analysis.case.findings import ConnState, Findings
from workbench.analysis.case.verdict import Cause, Fix, Hypothesis, Reason
from workbench.analysis.diagnosis import remedies
from workbench.analysis.diagnosis.context import Context
from workbench.analysis.diagnosis.facts.reasons import DIRECT, STRONG, WEAK
from workbench.analysis.diagnosis.facts.routing.who_parts_them import Means
from workbench.analysis.diagnosis.facts.state.onesided import (
    OneSided,
    decided,
    never_saw,
    one_sided,
    state_reasons,
    unconfirmed,
    unseen_keeper,
)
from workbench.analysis.diagnosis.facts.state.tracking import (
    begun_at,
    dark_openers,
    list_or_state,
    never_passed,
    passed_elsewhere,
)
from workbench.analysis.diagnosis.facts.stops.drop_points import (
    DropPoint,
    drop_point_reasons,
    drop_points,
)
from workbench.analysis.diagnosis.facts.stops.explanations import DropExplanation, DropReason
from workbench.analysis.diagnosis.facts.stops.visibility_limit import context_of
from workbench.analysis.diagnosis.facts.translation.past_the_translator import bypassed


def asym_stateful_half_path(findings: Findings) -> Iterable[Hypothesis]:
    """Does a stateful device see one direction only, while the other bypasses all such devices?"""
    for side in one_sided(context_of(findings)):
        if not side.others:
            yield Hypothesis(
                Cause.ASYM_STATEFUL_HALF_PATH,
                guilty_node=side.device,
                decided_by=side.decided_by,
                direction=side.direction,
                reasons=tuple(_reasons(side)),
                fixes=tuple(_fixes(side)),
                refuted_by=f"the other direction seen on {side.device} too",
                would_settle=f"a capture on {side.device}: does it see both directions?",
                summary=f"{never_saw(side)}, which bypassed it",
            )
    yield from _in_part(context_of(findings))
    yield from _as_its_log_says(context_of(findings))


def _as_its_log_says(context: Context) -> Iterator[Hypothesis]:
    """A SYN-ACK fits no session where the SYN never passed, whatever the walk makes of ways that
    are not known."""
    for point in drop_points(context):
        explanation, doubt = _refused_as_strange(point)
        begun = begun_at(context, point.device)
        # else another stateful device may have seen it begin
        known = begun is None and not dark_openers(context)
        if (
            explanation is not None
            and known
            and never_passed(point.context, point.device, point.step)
        ):
            yield Hypothesis(
                Cause.ASYM_STATEFUL_HALF_PATH,
                guilty_node=point.device,
                direction=point.direction,
                reasons=(*drop_point_reasons(point, explanation), doubt),
                fixes=(
                    *remedies.straight_return(context, point.device, point.reverse),
                    *_through(context, point.device, point.reverse),
                ),
                refuted_by=f"the SYN seen on {point.device}",
                would_settle=(
                    f"a capture on {point.device}, and the route of the client to {context.flow.dst}"
                ),
                summary=(
                    f"{point.device} drops the {point.packet}: it never saw the SYN, which took"
                    " another path"
                ),
            )


def _refused_as_strange(point: DropPoint) -> tuple[DropExplanation | None, Reason]:
    """What refuses the SYN-ACK for lack of a session, and how sure it is that this is why."""
    by_tracking, by_policy = point.why(DropReason.TRACKING), point.why(DropReason.POLICY)
    if (
        by_tracking is None
        and point.reverse
        and list_or_state(point.context, point.device, point.step, by_policy)
    ):
        return by_policy, Reason(
            -STRONG, f"a list without state refuses it as well, whatever passed {point.device}"
        )
    text = (
        f"a SYN-ACK fits no session only where the SYN was not seen: it did not pass {point.device}"
    )
    return by_tracking, Reason(WEAK, text, by_tracking.evidence if by_tracking else ())


def _in_part(context: Context) -> Iterator[Hypothesis]:
    """Both directions cross the device, but a part of one goes around it: what is left fits its
    session no more."""
    for point in drop_points(context):
        explanation = point.why(DropReason.TRACKING)
        around = passed_elsewhere(context, point.device) if explanation is not None else None
        if explanation is None or around is None:
            continue
        text = f"{around.words}, and not through {point.device}"
        yield Hypothesis(
            Cause.ASYM_STATEFUL_HALF_PATH,
            guilty_node=point.device,
            decided_by=around.decider,
            direction=point.direction,
            reasons=(
                *drop_point_reasons(point, explanation),
                Reason(DIRECT, text, around.evidence),
            ),
            fixes=(*remedies.be_liberal(context, point.device),),
            refuted_by=f"every packet of both directions seen on {point.device}",
            would_settle=(
                f"captures on {around.decider}, {point.device} and {around.behind} at once: who sees"
                " what?"
            ),
            summary=(
                f"{point.device} drops the {point.packet}, as its connection tracking misses a part"
                f" of the conversation: {text}"
            ),
        )


def _reasons(side: OneSided) -> Iterator[Reason]:
    yield from state_reasons(side)
    yield from decided(side, Means.ROUTE)
    yield from bypassed(side.context)
    yield from unseen_keeper(side, accused=False)
    half_open = [a for a in side.context.attempts if a.end is ConnState.HALF_OPEN]
    if half_open and not side.reverse and not unconfirmed(side):
        yield Reason(
            1.0,
            "the client got its answer, yet the server waits for the handshake to end",
            half_open[0].evidence,
        )


def _fixes(side: OneSided) -> Iterator[Fix]:
    yield from remedies.symmetric_return(side.context, side.decider)
    yield from (
        remedies.straight_return(side.context, side.device, side.reverse)
        if side.decider is None
        else ()
    )
    yield from _through(side.context, side.device, side.reverse)


def _through(context: Context, device: str, reverse: bool) -> Iterator[Fix]:
    """What lets the flow pass the device though it sees one direction only."""
    yield from remedies.accept_untracked(context, device, reverse)
    yield from remedies.stateless_rule(context, device, reverse)
