"""Does the flow work?"""

from __future__ import annotations

from collections.abc import Iterator

from workbench.analysis.case.findings import AttemptEnd, Fate
from workbench.analysis.case.verdict import Cause, Hypothesis, Reason
from workbench.analysis.device.route_changes import moved_unwatched
from workbench.analysis.diagnosis.context import Scene
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
from workbench.analysis.diagnosis.facts.stops.simulation import rehearsed
from workbench.analysis.diagnosis.facts.working.proof import DOUBTFUL, proof

_ENDS_EARLY = frozenset(
    {Fate.NO_ROUTE, Fate.BLACKHOLE, Fate.UNANSWERED, Fate.LOOP, Fate.WRONG_HOST, Fate.NOT_TAKEN}
)


def working(scene: Scene, cause: Cause, summary: str) -> Hypothesis:
    """The hypothesis that the flow works, with all that speaks for and against it."""
    found = proof(scene)
    doubt = scene.findings.flow_works and found.doubtful
    return Hypothesis(
        cause,
        reasons=tuple(_reasons(scene)),
        refuted_by="an attempt of the flow that fails",
        would_settle=found.settle
        or "an attempt of the flow that fails would refute it; none was seen",
        summary=(
            f"this is not enough to call the flow healthy: {found.text}"
            if doubt
            else _summary(scene, summary)
        ),
    )


def _summary(scene: Scene, summary: str) -> str:
    """What one place saw is told as that, not as what the flow does elsewhere; what nobody saw is
    not told at all."""
    closed = unread(scene)
    if scene.findings.flow_works is None and closed is not None:
        return f"this is not enough to call the flow healthy: {closed.text}"
    if scene.findings.flow_works is None and not one_way(scene):
        return _unseen(scene)
    late = late_words(scene)
    if late:
        return f"the flow works, but its connections begin late: {late}"
    found = proof(scene)
    return found.text if scene.findings.flow_works and found.limit <= DOUBTFUL else summary


def _unseen(scene: Scene) -> str:
    """No packet of it was seen: a table may hold a session, which says that it worked once."""
    for held in map(scene.held, scene.findings.forward.names):
        if held.established:
            session = f"{held.device} holds an established session of the flow"
            return f"{session}, and no packet of it was seen to tell whether it still works"
    return "no attempt of the flow was seen, and nothing that was seen speaks against it"


def _reasons(scene: Scene) -> Iterator[Reason]:
    works = scene.findings.flow_works
    hung = hanging(scene)
    silent = one_way(scene)
    if silent:
        yield from silent
        return
    if hung:
        yield Reason(
            2 * REFUTES, "the flow's own socket repeats data that nobody acknowledges", hung
        )
    elif works:
        found = proof(scene)
        yield Reason(2 * DIRECT, found.text, found.evidence or ends_evidence(scene))
        yield from _not_understood(scene)
        yield from _woken(scene)
        yield from _refused(scene)
        yield from _moved(scene)
        yield from _losing(scene)
        yield from _delayed(scene)
        yield from proxied(scene)
        if scene.unreached:
            blind = ", ".join(scene.unreached)
            yield Reason(
                -1.5, f"{blind} could not be asked, so whether the ways are the same is not sure"
            )
    elif works is False:
        yield Reason(2 * REFUTES, "the flow does not work", ends_evidence(scene))
    else:
        yield from _unwatched(scene)
    yield from _failures(scene)


def _woken(scene: Scene) -> Iterator[Reason]:
    """It works since a probe of ours made a machine speak that answers nobody, as its own settings
    say."""
    changed, why = woken(scene), mute(scene)
    if changed is not None and why is not None:
        yield Reason(2 * REFUTES, f"{changed.text}: {why.why}", (*changed.evidence, *why.evidence))


def _refused(scene: Scene) -> Iterator[Reason]:
    """Some connections work, and data of others is refused on the way."""
    for found in list(refused_data(scene, scene.flows))[:1]:
        text = f"data of the flow stopped at {found.device} while we watched, and {found.words}"
        yield Reason(2 * REFUTES, text, found.evidence)


def _not_understood(scene: Scene) -> Iterator[Reason]:
    """Packets arrive where the walk says that they cannot: then the ways are not as they seem."""
    unsteady = either_way(scene)
    if unsteady is not None and unsteady.again:
        yield Reason(2 * REFUTES, unsteady.text, unsteady.evidence)
        return
    for path in (scene.findings.forward, scene.findings.reverse):
        if path.fate in _ENDS_EARLY and path.hops:
            text = (
                f"the way as routing tells it ends at {path.hops[-1].name} ({path.fate}), yet"
                " packets get through"
            )
            yield Reason(-2.5, text, path.hops[-1].evidence)
            return


def _losing(scene: Scene) -> Iterator[Reason]:
    """What is sent again and gets through is well, as long as it is seldom."""
    for found in lossy(scene):
        yield Reason(
            2 * REFUTES,
            f"packets are lost {found.where}: {amount(found.worst)}",
            found.worst.evidence,
        )
        return
    few = lost_anyway(scene)
    if few is not None:
        yield Reason(
            0.0,
            f"{few.lost} of {few.sent} packets were lost on the way and sent again",
            few.evidence,
        )


def _delayed(scene: Scene) -> Iterator[Reason]:
    """What a device drops at first and lets pass when it is sent again costs every connection a
    second or more."""
    late = healed(scene.findings)
    if late is not None:
        where = f"{late.node} dropped the {late.packet} at first ({late.where})"
        text = f"{where}; it was sent again and came through, so connections begin late"
        yield Reason(0.0, text, late.evidence)


def _moved(scene: Scene) -> Iterator[Reason]:
    """What was seen to work before a route moved may work no longer."""
    moved = moved_unwatched(scene.findings)
    if moved:
        text = (
            f"a route of {moved[0].device} for this flow changed during the run: what worked may"
            " work no longer"
        )
        yield Reason(-1.5, text, moved[0].evidence)


def _unwatched(scene: Scene) -> Iterator[Reason]:
    """No attempt was seen: what do the devices say that they would do?"""
    findings = scene.findings
    closed = unread(scene)
    if closed is not None:
        yield Reason(DIRECT, closed.text, closed.evidence)
        yield Reason(
            WEAK,
            f"{closed.peer} answers its probes: the network carries both directions",
            closed.evidence,
        )
    walked = findings.forward.fate is findings.reverse.fate is Fate.DELIVERED
    expected = rehearsed(scene)
    if expected is not None:
        first = expected.blames[0]
        yield Reason(REFUTES if first.certain else -WEAK, first.text, first.evidence)
    elif walked:
        yield Reason(WEAK, "every device on both ways says that it would let the flow pass")
    answered = [h for h in map(scene.held, findings.forward.names) if h.established]
    if answered:
        yield Reason(
            STRONG,
            f"{answered[0].device} holds an established session of the flow",
            answered[0].evidence,
        )


def _failures(scene: Scene) -> Iterator[Reason]:
    bad = [a for a in scene.attempts if a.end not in (AttemptEnd.WORKED, AttemptEnd.OPEN)]
    if bad and scene.findings.flow_works:
        yield Reason(
            -STRONG, f"{len(bad)} of {len(scene.attempts)} attempts failed", bad[0].evidence
        )
    drop = scene.findings.drop
    if drop is not None and not scene.findings.flow_works:
        yield Reason(REFUTES, f"the {drop.packet} stops at {drop.node}", drop.evidence)
