"""Do two devices answer for one gateway address, so that packets reach the wrong one?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from collectors.model.evidence import Question
from collectors.model.records import ProbeResult
from workbench.analysis.case.findings import Findings
from workbench.analysis.case.verdict import Cause, Direction, Hypothesis, Reason
from workbench.analysis.diagnosis import remedies
from workbench.analysis.diagnosis.context import Context
from workbench.analysis.diagnosis.facts.neighbours.duplicate_gateways import (
    SharedGateway,
    owner_of_mac,
    shared_gateways,
)
from workbench.analysis.diagnosis.facts.reasons import (
    DIRECT,
    STRONG,
    WEAK,
    both_ends,
    drops_counted,
    invalid_counted,
    silence,
)
from workbench.analysis.diagnosis.facts.stops.drop_points import DropPoint, drop_points
from workbench.analysis.diagnosis.facts.stops.visibility_limit import context_of
from workbench.analysis.trace.neighbour_entries import neighbour_mac


def duplicate_gateway(findings: Findings) -> Iterable[Hypothesis]:
    """Do two devices answer for one gateway address, so that packets reach the wrong one?"""
    context = context_of(findings)
    for shared in shared_gateways(context):
        claims = claimants(context, shared)
        if not claims and answered_twice(context, shared):
            yield _of_strangers(context, shared)
        if len(claims) < 2 and len(shared.macs) < 2:
            continue
        point = next(
            (s for s in drop_points(context) if s.reverse is shared.reverse and s.device in claims),
            None,
        )
        guilty = point.device if point else wrong_one(context, shared, claims)
        if guilty is None and len(claims) == 1 and answered_twice(context, shared):
            yield _of_strangers(context, shared, claims)
        if guilty is not None:
            yield Hypothesis(
                Cause.DUPLICATE_GATEWAY,
                guilty_node=guilty,
                decided_by=shared.hop.name,
                direction=Direction.of(reverse=shared.reverse),
                reasons=tuple(_reasons(context, shared, claims, point, guilty)),
                fixes=tuple(remedies.one_gateway(context, shared, guilty)),
                refuted_by=f"one device and one MAC only answering for {shared.address}",
                would_settle=(
                    f"ARP probes for {shared.address}: who answers, and is it always the same MAC?"
                ),
                summary=(
                    f"{' and '.join(claims)} both answer for the gateway {shared.address}; "
                    f"{shared.hop.name}'s packets reach {guilty}, {_what_becomes(point)}"
                ),
            )


def _what_becomes(point: DropPoint | None) -> str:
    return "which does not let them pass" if point else "and that it passes them on was not seen"


def answered_twice(context: Context, shared: SharedGateway) -> bool:
    """Did two hardware addresses answer one probe? Entries that differ may be a takeover between
    the two looks."""
    probes = context.case.all_records(shared.hop.name, Question.ARP_PROBE, ProbeResult)
    return any(len(one.answered_by) > 1 and one.target == shared.address for one, _ in probes)


def _of_strangers(
    context: Context, shared: SharedGateway, claims: tuple[str, ...] = ()
) -> Hypothesis:
    """Two machines answer, and which they are (or the other one is) nobody can be asked."""
    text = (
        f"{shared.hop.name} asked once for {shared.address}, and several answered:"
        f" {' and '.join(shared.macs)}"
    )
    fails = context.findings.flow_works is False
    why = (
        [Reason(WEAK, "the flow fails, and its packets go to that address", shared.evidence)]
        if fails
        else []
    )
    return Hypothesis(
        Cause.DUPLICATE_GATEWAY,
        decided_by=shared.hop.name,
        direction=Direction.of(reverse=shared.reverse),
        reasons=(
            *both_ends(context),
            Reason(DIRECT, text, shared.evidence),
            *why,
            *_to_the_other(context, shared, claims),
        ),
        refuted_by=f"one MAC only answering for {shared.address}",
        would_settle=(
            "which machines have these hardware addresses: the switch's address table shows their"
            " ports"
        ),
        summary=(
            f"two machines answer for the gateway {shared.address} ({' and '.join(shared.macs)}"
            f"{f'; one is {claims[0]}' if claims else ''}):"
            " which of them loses the packets cannot be known from here"
        ),
    )


def _to_the_other(
    context: Context, shared: SharedGateway, claims: tuple[str, ...]
) -> Iterator[Reason]:
    """Where one of the two is known, and the sender's entry names the other one."""
    hop = shared.hop
    if not claims or hop.device is None or hop.oif is None:
        return
    mac, proof = neighbour_mac(context.case, hop.device, hop.oif, shared.address)
    if mac is not None and owner_of_mac(context, mac) is None:
        text = f"{hop.name} sends to {mac.lower()}, which is not {claims[0]}"
        yield Reason(STRONG, text, proof)


def claimants(context: Context, shared: SharedGateway) -> tuple[str, ...]:
    """Who claims the address: by its own interfaces, or by its MAC."""
    by_mac = (owner_of_mac(context, mac) for mac in shared.macs)
    return tuple(dict.fromkeys((*shared.holders, *(name for name in by_mac if name))))


def wrong_one(context: Context, shared: SharedGateway, claims: tuple[str, ...]) -> str | None:
    """The claimant that the packets reach and the other direction does not; else one on neither
    way."""
    this_way = context.findings.trace(shared.reverse).names
    other_way = context.findings.trace(not shared.reverse).names
    reached = [name for name in this_way if name in claims]
    one_way_only = [name for name in reached if name not in other_way]
    neither_way = [name for name in claims if name not in (*reached, *other_way)]
    return next(iter((*one_way_only, *neither_way)), None)


def _reasons(
    context: Context,
    shared: SharedGateway,
    claims: tuple[str, ...],
    point: DropPoint | None,
    guilty: str,
) -> Iterator[Reason]:
    yield from both_ends(context)
    if len(shared.holders) > 1:
        text = f"{' and '.join(shared.holders)} both hold {shared.address} on one link"
        yield Reason(STRONG, text, shared.evidence)
    if len(shared.macs) > 1:
        text = (
            f"{shared.hop.name} was given {len(shared.macs)} MACs for {shared.address}:"
            f" {', '.join(shared.macs)}"
        )
        yield Reason(DIRECT, text, shared.evidence)
    yield from _stopped(context, point, guilty)
    passes_this_way = guilty in context.findings.trace(shared.reverse).names
    passes_other_way = guilty in context.findings.trace(not shared.reverse).names
    if passes_this_way and not passes_other_way:
        yield Reason(WEAK, f"packets pass {guilty} in one direction only")
    yield from drops_counted(context, guilty)
    yield from invalid_counted(context, guilty)
    yield from silence(context)


def _stopped(context: Context, point: DropPoint | None, guilty: str) -> Iterator[Reason]:
    drop = context.findings.drop
    if point is not None and point.drop is not None:
        yield Reason(
            DIRECT,
            f"the {point.packet} came in at {guilty} and did not go out",
            point.drop.evidence,
        )
    elif drop is not None:
        yield Reason(
            -STRONG,
            f"the {drop.packet} stops at {drop.node}, which does not claim it",
            drop.evidence,
        )
    if point is not None and point.explanations:
        yield Reason(STRONG, point.explanations[0].text, point.explanations[0].evidence)
