"""Does a per-flow hash send the two directions through stateful devices that do not share the
session?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from workbench.analysis.case.findings import Findings
from workbench.analysis.case.verdict import Cause, Fix, FixClass, Hypothesis, Reason
from workbench.analysis.diagnosis import remedies
from workbench.analysis.diagnosis.facts.routing.who_parts_them import Means
from workbench.analysis.diagnosis.facts.state.onesided import (
    OneSided,
    decided,
    never_saw,
    one_sided,
    state_reasons,
)
from workbench.analysis.diagnosis.facts.stops.visibility_limit import context_of
from workbench.analysis.diagnosis.facts.translation.past_the_translator import bypassed


def ecmp_asym_stateful(findings: Findings) -> Iterable[Hypothesis]:
    """Does a per-flow hash send the two directions through stateful devices that do not share the
    session?"""
    for side in one_sided(context_of(findings)):
        if side.decider is not None and side.decider.means is Means.HASH:
            yield Hypothesis(
                Cause.ECMP_ASYM_STATEFUL,
                guilty_node=side.device,
                decided_by=side.decided_by,
                direction=side.direction,
                reasons=(*_reasons(side),),
                fixes=tuple(_fixes(side)),
                refuted_by=(
                    "the same flow failing from every source port, or one session with both"
                    " directions"
                ),
                would_settle=(
                    "attempts from several source ports: only those hashed to the other device fail"
                ),
                summary=(
                    f"{never_saw(side)}; {side.decided_by}'s hash decides, so only some source"
                    " ports fail"
                ),
            )


def _reasons(side: OneSided) -> Iterator[Reason]:
    yield from state_reasons(side)
    yield from decided(side, Means.HASH)
    yield from bypassed(side.context)


def _fixes(side: OneSided) -> Iterator[Fix]:
    yield from remedies.symmetric_hash(side.context, side.decider)
    yield from remedies.one_leg_only(
        side.context, side.decider, side.device, FixClass.ACTIVE_STANDBY
    )
    yield from remedies.state_sync(side.context, side.device, side.opener)
