"""Does the server's host not answer at all?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from collectors.model.counters import CounterMeaning
from collectors.model.evidence import Question
from collectors.model.records import Failure, ProbeResult
from workbench.analysis.case.findings import ConnState, Findings, Hop
from workbench.analysis.case.verdict import Cause, Direction, Hypothesis, Reason
from workbench.analysis.case.wording import times
from workbench.analysis.diagnosis import remedies
from workbench.analysis.diagnosis.context import Context
from workbench.analysis.diagnosis.facts.neighbours.mute import mute
from workbench.analysis.diagnosis.facts.neighbours.solicitation import deaf, last_router
from workbench.analysis.diagnosis.facts.neighbours.unheard import unheard
from workbench.analysis.diagnosis.facts.reasons import (
    DIRECT,
    REFUTES,
    STRONG,
    WEAK,
    both_ends,
    silence,
)
from workbench.analysis.diagnosis.facts.routing.dead_ends import misled
from workbench.analysis.diagnosis.facts.stops.complaints import (
    ComplaintKind,
    complaint,
    complaint_reasons,
    name_of,
)
from workbench.analysis.diagnosis.facts.stops.drop_points import drop_points
from workbench.analysis.diagnosis.facts.stops.explanations import DropExplanation, DropReason
from workbench.analysis.diagnosis.facts.stops.visibility_limit import context_of
from workbench.analysis.evidence.counter_deltas import counter_moved


def host_down(findings: Findings) -> Iterable[Hypothesis]:
    """Does the server's host not answer at all?"""
    context = context_of(findings)
    yield from _reported_to_sender(context)
    found = last_router(context)
    if found is None:
        return
    hop, explanation = found
    guilty = context.server or str(hop.flow_out.dst)
    yield Hypothesis(
        Cause.HOST_DOWN,
        guilty_node=guilty,
        decided_by=hop.name,
        direction=Direction.FORWARD,
        reasons=tuple(_reasons(context, hop, explanation, guilty)),
        fixes=tuple(remedies.restore_host(context, guilty)),
        refuted_by=f"any packet that comes from {guilty}",
        would_settle=(
            f"the neighbour entry of {hop.flow_out.dst} on {hop.name}, and a ping from there"
        ),
        summary=f"{guilty} does not answer: {explanation.text}",
    )


def _reported_to_sender(context: Context) -> Iterator[Hypothesis]:
    """The last router, which cannot be asked, told the sender that the host does not answer it."""
    found = complaint(context, ComplaintKind.HOST)
    if found is not None and not found.reverse:
        router, target = name_of(context, found.by), context.findings.forward.hops[-1].flow_out.dst
        guilty = context.server or str(target)
        yield Hypothesis(
            Cause.HOST_DOWN,
            guilty_node=guilty,
            decided_by=router,
            direction=Direction.FORWARD,
            reasons=tuple(complaint_reasons(context, found)),
            fixes=tuple(remedies.restore_host(context, guilty)),
            refuted_by=f"any packet that comes from {guilty}",
            would_settle=(
                f"the neighbour entry of {target} on {router}, and its route: one that says"
                " unreachable?"
            ),
            summary=(
                f'{guilty} does not answer its last router: {router} told the sender "{found.kind}"'
            ),
        )


def _reasons(
    context: Context, hop: Hop, explanation: DropExplanation, guilty: str
) -> Iterator[Reason]:
    yield from both_ends(context)
    yield Reason(DIRECT, explanation.text, explanation.evidence)
    if context.saw(guilty, reverse=False):
        yield Reason(
            REFUTES,
            f"{guilty} itself saw the packets arrive",
            context.evidence(guilty, Question.CAPTURE),
        )
    yield from _dead(context, guilty)
    yield from _alive(context, guilty)
    if misled(context, hop):
        interfaces = context.evidence(guilty, Question.INTERFACES)
        yield Reason(
            REFUTES,
            f"{guilty} is up, but not on the link where {hop.name} looks for it",
            interfaces,
        )
    yield from _pinged(context, hop)
    if any(d.node == hop.name and not d.reverse for d in context.drops()):
        yield Reason(
            STRONG, f"the packets reach {hop.name} and go no further", context.drops()[0].evidence
        )
    moved = counter_moved(context.case, hop.name, CounterMeaning.SAID_UNREACHABLE, 4)
    if moved is not None and moved.amount > 0:
        yield Reason(
            STRONG,
            f"{hop.name} told senders {times(moved.amount)} that the host is unreachable",
            moved.evidence,
        )
    for point in drop_points(context):
        if point.perhaps:
            continue
        if point.device not in (hop.name, guilty) and not point.why(DropReason.NEIGHBOUR):
            yield Reason(REFUTES, f"the {point.packet} stops at {point.device} already")
            break
    yield from silence(context)


_UNREACHABLE = frozenset({Failure.NET_UNREACHABLE, Failure.HOST_UNREACHABLE, Failure.UNREACHABLE})


def _pinged(context: Context, hop: Hop) -> Iterator[Reason]:
    """What did a ping from its last router meet?"""
    target = hop.next_hop or hop.flow_out.dst
    for reach, item in context.case.all_records(hop.device or "", Question.PING, ProbeResult):
        if reach.target == target and reach.ok:
            yield Reason(2 * REFUTES, f"{target} answers a ping from {hop.name}", (item.id,))
            return
        if reach.target == target:
            unreachable = reach.failure in _UNREACHABLE
            yield Reason(
                WEAK if unreachable else WEAK / 2,
                f"a ping from {hop.name} gets no answer either",
                (item.id,),
            )
            return


def _alive(context: Context, guilty: str) -> Iterator[Reason]:
    """What says that the host is up, and only its link or its filter keeps it silent?"""
    quiet = mute(context)
    if quiet is not None:
        yield Reason(
            2 * REFUTES,
            f"{guilty} is up, and is configured to be silent: {quiet.why}",
            quiet.evidence,
        )
    heard = deaf(context)
    if heard is not None:
        yield Reason(
            2 * REFUTES,
            f"{guilty} drops neighbour requests itself: {heard[1].words}",
            heard[1].evidence,
        )
    lost = unheard(context)
    if lost is not None:
        yield Reason(2 * REFUTES, lost.text, lost.evidence)
    holders = [
        p
        for p in context.case.holders(context.findings.forward.hops[-1].flow_out.dst)
        if p.device == guilty
    ]
    if context.case.interfaces(guilty) and any(p.up for p in holders):
        interfaces = context.evidence(guilty, Question.INTERFACES)
        yield Reason(
            REFUTES, f"{guilty} is up, and holds the address on a link that is up", interfaces
        )


def _dead(context: Context, guilty: str) -> Iterator[Reason]:
    """What else says that the host itself is down?"""
    if guilty in context.unreached and context.case.inventory.named(guilty) is not None:
        yield Reason(STRONG, f"{guilty} could not be logged in to either")
    elif context.case.interfaces(guilty) and not any(
        p.up for p in context.case.holders(context.flow.dst)
    ):
        evidence = context.evidence(guilty, Question.INTERFACES)
        yield Reason(STRONG, f"no interface of {guilty} is up with {context.flow.dst}", evidence)
    silent = [a for a in context.attempts if a.end is ConnState.NO_ANSWER]
    if silent:
        yield Reason(WEAK, "attempts get no answer at all", silent[0].evidence)
