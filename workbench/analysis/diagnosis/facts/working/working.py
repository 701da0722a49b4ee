"""Does the flow work?"""

from __future__ import annotations

from collections.abc import Iterator

from workbench.analysis.case.findings import ConnState, Disposition
from workbench.analysis.case.verdict import Cause, Hypothesis, Reason
from workbench.analysis.device.route_changes import moved_unwatched
from workbench.analysis.diagnosis.context import Context
from workbench.analysis.diagnosis.facts.ends.hanging import hanging
from workbench.analysis.diagnosis.facts.ends.oneway import one_way
from workbench.analysis.diagnosis.facts.ends.own_sockets import unread
from workbench.analysis.diagnosis.facts.ends.proxied import proxied
from workbench.analysis.diagnosis.facts.filters.late_start import late_words
from workbench.analysis.diagnosis.facts.filters.refused import refused_data
from workbench.analysis.diagnosis.facts.loss.healed import healed
from workbench.analysis.diagnosis.facts.loss.random_loss import amount, lossy, lost_anyway
from workbench.analysis.diagnosis.facts.neighbours.mute import mute, woken
from workbench.analysis.diagnosis.facts.reasons import DIRECT, REFUTES, STRONG, WEAK, ends_evidence
from workbench.analysis.diagnosis.facts.routing.flapping import either_way
from workbench.analysis.diagnosis.facts.stops.simulation import simulated
from workbench.analysis.diagnosis.facts.working.proof import DOUBTFUL, proof

_ENDS_EARLY = frozenset(
    {
        Disposition.NO_ROUTE,
        Disposition.BLACKHOLE,
        Disposition.UNANSWERED,
        Disposition.LOOP,
        Disposition.WRONG_HOST,
        Disposition.NOT_TAKEN,
    }
)


def working(context: Context, cause: Cause, summary: str) -> Hypothesis:
    """The hypothesis that the flow works, with all that speaks for and against it."""
    found = proof(context)
    doubt = context.findings.flow_works and found.doubtful
    return Hypothesis(
        cause,
        reasons=tuple(_reasons(context)),
        refuted_by="an attempt of the flow that fails",
        would_settle=found.settle
        or "an attempt of the flow that fails would refute it; none was seen",
        summary=(
            f"this is not enough to call the flow healthy: {found.text}"
            if doubt
            else _summary(context, summary)
        ),
    )


def _summary(context: Context, summary: str) -> str:
    """What one place saw is reported as that, not as what the flow does elsewhere; what was not
    seen is not reported at all."""
    closed = unread(context)
    if context.findings.flow_works is None and closed is not None:
        return f"this is not enough to call the flow healthy: {closed.text}"
    if context.findings.flow_works is None and not one_way(context):
        return _unseen(context)
    late = late_words(context)
    if late:
        return f"the flow works, but its connections begin late: {late}"
    found = proof(context)
    return found.text if context.findings.flow_works and found.limit <= DOUBTFUL else summary


def _unseen(context: Context) -> str:
    """No packet of it was seen: a table may hold a session, which says that it worked once."""
    for held in map(context.held, context.findings.forward.names):
        if held.established:
            session = f"{held.device} holds an established session of the flow"
            return f"{session}, and no packet of it was seen to tell whether it still works"
    return "no attempt of the flow was seen, and nothing that was seen speaks against it"


def _reasons(context: Context) -> Iterator[Reason]:
    works = context.findings.flow_works
    hung = hanging(context)
    silent = one_way(context)
    if silent:
        yield from silent
        return
    if hung:
        yield Reason(
            2 * REFUTES, "the flow's own socket repeats data that no one acknowledges", hung
        )
    elif works:
        found = proof(context)
        yield Reason(2 * DIRECT, found.text, found.evidence or ends_evidence(context))
        yield from _not_understood(context)
        yield from _woken(context)
        yield from _refused(context)
        yield from _moved(context)
        yield from _losing(context)
        yield from _delayed(context)
        yield from proxied(context)
        if context.unreached:
            blind = ", ".join(context.unreached)
            yield Reason(
                -1.5, f"{blind} could not be asked, so whether the ways are the same is not sure"
            )
    elif works is False:
        yield Reason(2 * REFUTES, "the flow does not work", ends_evidence(context))
    else:
        yield from _unwatched(context)
    yield from _failures(context)


def _woken(context: Context) -> Iterator[Reason]:
    """It works since a probe of ours made a machine speak that answers nobody, as its own settings
    say."""
    changed, why = woken(context), mute(context)
    if changed is not None and why is not None:
        yield Reason(2 * REFUTES, f"{changed.text}: {why.why}", (*changed.evidence, *why.evidence))


def _refused(context: Context) -> Iterator[Reason]:
    """Some connections work, and data of others is refused on the way."""
    for found in list(refused_data(context, context.flows))[:1]:
        text = f"data of the flow stopped at {found.device} while we watched, and {found.words}"
        yield Reason(2 * REFUTES, text, found.evidence)


def _not_understood(context: Context) -> Iterator[Reason]:
    """Packets arrive where the walk says that they cannot: then the ways are not as they seem."""
    unsteady = either_way(context)
    if unsteady is not None and unsteady.again:
        yield Reason(2 * REFUTES, unsteady.text, unsteady.evidence)
        return
    for path in (context.findings.forward, context.findings.reverse):
        if path.disposition in _ENDS_EARLY and path.hops:
            text = (
                f"the path that routing predicts ends at {path.hops[-1].name}"
                f" ({path.disposition}), yet"
                " packets get through"
            )
            yield Reason(-2.5, text, path.hops[-1].evidence)
            return


def _losing(context: Context) -> Iterator[Reason]:
    """What is sent again and gets through is well, as long as it is seldom."""
    for found in lossy(context):
        yield Reason(
            2 * REFUTES,
            f"packets are lost {found.where}: {amount(found.worst)}",
            found.worst.evidence,
        )
        return
    few = lost_anyway(context)
    if few is not None:
        yield Reason(
            0.0,
            f"{few.lost} of {few.sent} packets were lost on the way and sent again",
            few.evidence,
        )


def _delayed(context: Context) -> Iterator[Reason]:
    """What a device drops at first and lets pass when it is sent again costs every connection a
    second or more."""
    late = healed(context.findings)
    if late is not None:
        where = f"{late.node} dropped the {late.packet} at first ({late.where})"
        text = f"{where}; it was sent again and came through, so connections begin late"
        yield Reason(0.0, text, late.evidence)


def _moved(context: Context) -> Iterator[Reason]:
    """What was seen to work before a route moved may work no longer."""
    moved = moved_unwatched(context.findings)
    if moved:
        text = (
            f"a route of {moved[0].device} for this flow changed during the run: what worked may"
            " not work any more"
        )
        yield Reason(-1.5, text, moved[0].evidence)


def _unwatched(context: Context) -> Iterator[Reason]:
    """No attempt was seen: what do the devices say that they would do?"""
    findings = context.findings
    closed = unread(context)
    if closed is not None:
        yield Reason(DIRECT, closed.text, closed.evidence)
        yield Reason(
            WEAK,
            f"{closed.peer} answers its probes: the network carries both directions",
            closed.evidence,
        )
    walked = findings.forward.disposition is findings.reverse.disposition is Disposition.DELIVERED
    expected = simulated(context)
    if expected is not None:
        first = expected.explanations[0]
        yield Reason(REFUTES if first.certain else -WEAK, first.text, first.evidence)
    elif walked:
        yield Reason(WEAK, "every device on both ways says that it would let the flow pass")
    answered = [h for h in map(context.held, findings.forward.names) if h.established]
    if answered:
        yield Reason(
            STRONG,
            f"{answered[0].device} holds an established session of the flow",
            answered[0].evidence,
        )


def _failures(context: Context) -> Iterator[Reason]:
    bad = [a for a in context.attempts if a.end not in (ConnState.WORKED, ConnState.OPEN)]
    if bad and context.findings.flow_works:
        yield Reason(
            -STRONG, f"{len(bad)} of {len(context.attempts)} attempts failed", bad[0].evidence
        )
    drop = context.findings.drop
    if drop is not None and not context.findings.flow_works:
        yield Reason(REFUTES, f"the {drop.packet} stops at {drop.node}", drop.evidence)
