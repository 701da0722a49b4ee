"""Does one branch of an ECMP set drop, state or not, so that only some source ports fail?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from workbench.analysis.case.findings import Findings, Hop
from workbench.analysis.case.verdict import Cause, FixClass, Hypothesis, Reason
from workbench.analysis.diagnosis import remedies
from workbench.analysis.diagnosis.facts.reasons import STRONG
from workbench.analysis.diagnosis.facts.routing.legs import leg, ports_differ
from workbench.analysis.diagnosis.facts.routing.who_parts_them import Decider, Means
from workbench.analysis.diagnosis.facts.stops.drop_points import (
    DropPoint,
    bare_reasons,
    drop_points,
)
from workbench.analysis.diagnosis.facts.stops.explanations import DropReason
from workbench.analysis.diagnosis.facts.stops.visibility_limit import context_of


def ecmp_leg_failure(findings: Findings) -> Iterable[Hypothesis]:
    """Does one branch of an ECMP set drop, state or not, so that only some source ports fail?"""
    context = context_of(findings)
    for point in drop_points(context):
        hop = leg(context, point.device, point.reverse, point.step)
        if (
            hop is not None
            and point.why(DropReason.STATE) is None
            and point.device not in context.unreached
        ):
            guilty = _dead(point, hop) or point.device
            yield Hypothesis(
                Cause.ECMP_LEG_FAILURE,
                guilty_node=guilty,
                decided_by=hop.name,
                direction=point.direction,
                reasons=tuple(_reasons(point, hop)),
                fixes=tuple(
                    remedies.one_leg_only(
                        context, Decider(hop, Means.HASH), guilty, FixClass.REMOVE_BAD_LEG
                    )
                ),
                refuted_by="the same failure from source ports that take another branch",
                would_settle=(
                    "attempts from several source ports: only those hashed to that branch fail"
                ),
                summary=_summary(point, hop, guilty),
            )


def _dead(point: DropPoint, hop: Hop) -> str | None:
    """Who on the leg does not answer the hashing device for its own next hop address? By address
    where nobody knows."""
    if point.device != hop.name:
        return None
    names = point.context.findings.trace(point.reverse).names
    following = names[names.index(hop.name) + 1 :]
    if following and point.context.case.inventory.named(following[0]):
        return following[0]
    return str(hop.next_hop) if hop.next_hop is not None else None


def _summary(point: DropPoint, hop: Hop, guilty: str) -> str:
    return f"{_deed(point, hop, guilty)}; {hop.name}'s hash sends only some source ports there"


def _deed(point: DropPoint, hop: Hop, guilty: str) -> str:
    if guilty == point.device:
        return f"{guilty} drops the {point.packet}"
    if guilty == str(hop.next_hop):
        return f"no device answers {hop.name} for the next hop {guilty}"
    return f"{guilty} does not answer for {hop.next_hop}"


def _reasons(point: DropPoint, hop: Hop) -> Iterator[Reason]:
    yield from bare_reasons(point, point.explanations[0] if point.explanations else None)
    text = (
        f"{hop.name} spreads flows over {len(hop.branches)} next hops, and another branch would let"
        " it pass"
    )
    yield Reason(STRONG, text, hop.evidence)
    yield from ports_differ(point.context)
