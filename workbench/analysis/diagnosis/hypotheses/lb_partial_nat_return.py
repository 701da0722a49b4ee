"""Is the return path of a load balancer (partial NAT, direct server return) broken or filtered?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from workbench.analysis.case.findings import Findings, Hop
from workbench.analysis.case.verdict import Cause, Direction, Hypothesis, Reason
from workbench.analysis.diagnosis import remedies
from workbench.analysis.diagnosis.context import Context
from workbench.analysis.diagnosis.facts.reasons import DIRECT, STRONG, WEAK, both_ends
from workbench.analysis.diagnosis.facts.stops.drop_points import (
    DropPoint,
    bare_reasons,
    drop_points,
)
from workbench.analysis.diagnosis.facts.stops.visibility_limit import context_of
from workbench.analysis.diagnosis.facts.translation.past_the_translator import (
    Bypass,
    bypass,
    bypass_reasons,
    skipped_balancer,
)
from workbench.analysis.diagnosis.facts.translation.translators import balances, hides_source


def lb_partial_nat_return(findings: Findings) -> Iterable[Hypothesis]:
    """Is the return path of a load balancer (partial NAT, direct server return) broken or
    filtered?"""
    context = context_of(findings)
    found = bypass(context)
    if found is not None and balances(context, found.translator):
        yield _partial(found)
    elif found is None:
        yield from _direct_return(context)


def _partial(found: Bypass) -> Hypothesis:
    name = found.translator.name
    ending = (
        f"they reach {found.guilty}, which does not know them"
        if found.elsewhere
        else "the client refuses them"
    )
    return Hypothesis(
        Cause.LB_PARTIAL_NAT_RETURN,
        guilty_node=found.guilty,
        decided_by=found.decided_by,
        direction=Direction.REVERSE,
        reasons=(*bypass_reasons(found), *_keeps_source(found), *_strange_answers(found)),
        fixes=tuple(remedies.return_to_balancer(found)),
        refuted_by=f"replies seen at {name}, or its session answered",
        would_settle=(
            f"the session looked up on {name}, and the addresses of the replies at the client"
        ),
        summary=(
            f"{name} sends the flow to the server but replies come straight from the server:"
            f" {ending}"
        ),
    )


def _keeps_source(found: Bypass) -> Iterator[Reason]:
    if not hides_source(found.translator):
        text = (
            f"{found.translator.name} keeps the client's address, so the server answers the client"
            " directly"
        )
        yield Reason(WEAK, text, found.translator.evidence)


def _strange_answers(found: Bypass) -> Iterator[Reason]:
    """Did the client get answers from an address that it never asked?"""
    context = found.context
    there = context.observation(context.client or "", reverse=True)
    asked, answers = context.flow.dst, found.translator.flow_out.dst
    if there is not None and any(
        p.flow is not None and p.flow.src == answers != asked for p in there.came_in
    ):
        yield Reason(
            DIRECT, f"the client asked {asked} and got answers from {answers}", there.evidence
        )


def _direct_return(context: Context) -> Iterator[Hypothesis]:
    """Direct server return: the balancer hands on the packet as it is, the reply goes past it and
    stops somewhere."""
    balancer = skipped_balancer(context)
    if balancer is None:
        return
    for point in (s for s in drop_points(context) if s.reverse and s.device != context.client):
        yield Hypothesis(
            Cause.LB_PARTIAL_NAT_RETURN,
            guilty_node=point.device,
            decided_by=context.server,
            direction=Direction.REVERSE,
            reasons=tuple(_filtered(context, point, balancer)),
            fixes=tuple(remedies.permit_direct_return(point)),
            refuted_by=f"the {point.packet} leaving {point.device} again",
            would_settle=f"a capture on {point.device}",
            summary=f"{point.device} drops the replies that the server sends past {balancer.name}",
        )


def _filtered(context: Context, point: DropPoint, balancer: Hop) -> Iterator[Reason]:
    yield from both_ends(context) if not point.explanations else ()
    yield from bare_reasons(point, point.explanations[0] if point.explanations else None)
    yield Reason(
        STRONG,
        f"{balancer.name} balances the flow, and replies do not return through it",
        balancer.evidence,
    )
