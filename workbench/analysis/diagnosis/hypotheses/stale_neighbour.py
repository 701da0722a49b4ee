"""Is one device's neighbour entry wrong, so that its packets go to the wrong machine?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from workbench.analysis.case.findings import Findings
from workbench.analysis.case.verdict import Cause, Direction, Hypothesis, Reason
from workbench.analysis.device.tunnel_far_ends import Misplaced
from workbench.analysis.diagnosis import remedies
from workbench.analysis.diagnosis.context import Context
from workbench.analysis.diagnosis.facts.neighbours.mute import dead_entry
from workbench.analysis.diagnosis.facts.neighbours.wrong_entries import WrongEntry, wrong_entries
from workbench.analysis.diagnosis.facts.reasons import (
    DIRECT,
    REFUTES,
    STRONG,
    WEAK,
    both_ends,
    drops_counted,
    invalid_counted,
    silence,
)
from workbench.analysis.diagnosis.facts.stops.drop_points import DropPoint, drop_points
from workbench.analysis.diagnosis.facts.stops.visibility_limit import context_of


def stale_neighbour(findings: Findings) -> Iterable[Hypothesis]:
    """Is one device's neighbour entry wrong, so that its packets go to the wrong machine?"""
    context = context_of(findings)
    for entry in wrong_entries(context):
        point = _point(context, entry)
        yield Hypothesis(
            Cause.STALE_NEIGHBOUR,
            guilty_node=point.device if point else entry.taker or entry.hop.name,
            decided_by=entry.hop.name,
            direction=Direction.of(reverse=entry.reverse),
            reasons=tuple(_reasons(context, entry, point)),
            fixes=tuple(remedies.clear_neighbour(entry)),
            refuted_by=(
                f"the entry of {entry.hop.name} naming the machine that holds {entry.address}"
            ),
            would_settle=_settles(entry),
            summary=_summary(entry, point),
        )


def _point(context: Context, entry: WrongEntry) -> DropPoint | None:
    """Where the misled packets end: at the wrong machine, or behind it."""
    names = context.findings.trace(entry.reverse).names
    start = names.index(entry.hop.name) + 1 if entry.hop.name in names else 0
    behind = {*names[start:], entry.taker}
    return next(
        (s for s in drop_points(context) if s.reverse is entry.reverse and s.device in behind), None
    )


def _settles(entry: WrongEntry) -> str:
    if entry.far is not None:
        return (
            f"where the tunnel's own packets go: a capture of them at {entry.far.taker} and at"
            f" {entry.far.meant}"
        )
    return f"who answers for {entry.address}, and what {entry.hop.name} has in its neighbour table"


def _summary(entry: WrongEntry, point: DropPoint | None) -> str:
    if entry.far is not None:
        return _summary_of_tunnel(entry, entry.far)
    who = entry.taker or f"{entry.mac}, which no device in the inventory has"
    owner = f"{entry.holder} holds" if entry.holder else "it is not"
    right = f"{owner} it" if entry.holder else f"{who} does not hold it"
    kind = "a fixed" if entry.fixed else "a wrong"
    end = f", and end at {point.device}" if point and point.device != entry.taker else ""
    return (
        f"{entry.hop.name} has {kind} neighbour entry for {entry.address}: its packets go to {who},"
        f" though {right}{end}"
    )


def _summary_of_tunnel(entry: WrongEntry, far: Misplaced) -> str:
    wrong = (
        f"the tunnel's forwarding entry of {far.sender} for {far.mac} ({entry.address}) names"
        f" {far.entry.endpoint}"
    )
    return f"{wrong}: its packets go to {far.taker}, though {far.meant} has that hardware address"


def _reasons(context: Context, entry: WrongEntry, point: DropPoint | None) -> Iterator[Reason]:
    yield from both_ends(context)
    yield _contradiction(entry)
    yield from _end(context, entry, point)
    if entry.fixed and entry.far is None:
        yield Reason(
            WEAK,
            "the entry is fixed: it is never asked for again, and does not expire",
            entry.evidence[:1],
        )
    if entry.taker is not None:
        yield from drops_counted(context, entry.taker)
        yield from invalid_counted(context, entry.taker)
    yield from silence(context)


def _contradiction(entry: WrongEntry) -> Reason:
    if entry.far is not None:
        return Reason(DIRECT, _of_tunnel(entry.far), entry.evidence)
    whose = f"that is {entry.taker}'s" if entry.taker else "no device in the inventory has it"
    text = f"{entry.hop.name} sends what is for {entry.address} to {entry.mac}: {whose}"
    if entry.right:
        by = (
            f"{entry.holder}, which holds the address,"
            if entry.holder
            else "who answers for the address"
        )
        return Reason(DIRECT, f"{text}; {by} is at {', '.join(entry.right)}", entry.evidence)
    return Reason(STRONG, f"{text}, and its own list of addresses lacks it", entry.evidence)


def _unheard(context: Context, entry: WrongEntry) -> Reason | None:
    """In IPv6 the answer to a neighbour's question goes by the entry for that neighbour; an ARP
    reply does not."""
    dead, drop = dead_entry(context), context.findings.drop
    if (
        dead is None
        or drop is None
        or entry.address.version != 6
        or entry.hop.device != context.server
    ):
        return None
    router, states, evidence = dead
    if not router.name == entry.holder == drop.node:
        return None
    text = (
        f"{router.name} does not find {context.server} ({states}), and keeps its packets: the answers"
        " to its questions go by that entry, too"
    )
    return Reason(DIRECT, text, (*evidence, *drop.evidence))


def _of_tunnel(far: Misplaced) -> str:
    sentence = (
        f"{far.entry.interface} of {far.sender} looks for {far.mac} behind {far.entry.endpoint}:"
        f" that is {far.taker}"
    )
    end = f" behind {far.right}" if far.right is not None else ""
    return f"{sentence}; {far.meant}, which has it, is{end or ' another end of that tunnel'}"


def _end(context: Context, entry: WrongEntry, point: DropPoint | None) -> Iterator[Reason]:
    """Do the packets end where the entry sends them?"""
    drop = context.findings.drop
    if point is not None and point.drop is not None:
        yield Reason(
            DIRECT,
            f"the {point.packet} stops at {point.device}: {point.drop.where}",
            point.drop.evidence,
        )
        yield Reason(
            STRONG, f"whatever {point.device} does with the packets: they should not come to it"
        )
    elif drop is not None and drop.node == entry.hop.name and drop.after is not None:
        yield Reason(
            STRONG,
            f"the {drop.packet} left {drop.node} and never reached {drop.after}",
            drop.evidence,
        )
    elif (unheard := _unheard(context, entry)) is not None:
        yield unheard
    elif drop is not None:
        yield Reason(
            REFUTES,
            f"the {drop.packet} stops at {drop.node}, where this entry plays no part",
            drop.evidence,
        )
    if point is not None and point.explanations:
        yield Reason(WEAK, point.explanations[0].text, point.explanations[0].evidence)
