"""Does the server's host not answer at all?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from collectors.model.evidence import Question
from collectors.model.records import Reach
from workbench.analysis.case.findings import AttemptEnd, Findings, Hop
from workbench.analysis.case.verdict import Cause, Direction, Hypothesis, Reason
from workbench.analysis.case.wording import times
from workbench.analysis.diagnosis import remedies
from workbench.analysis.diagnosis.context import Scene
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
from workbench.analysis.diagnosis.facts.stops.blame import Blame, Kind
from workbench.analysis.diagnosis.facts.stops.complaints import Kind as Told
from workbench.analysis.diagnosis.facts.stops.complaints import (
    complaint,
    complaint_reasons,
    name_of,
)
from workbench.analysis.diagnosis.facts.stops.horizon import scene_of
from workbench.analysis.diagnosis.facts.stops.stops import stops
from workbench.analysis.evidence.counter_deltas import counter_moved


def host_down(findings: Findings) -> Iterable[Hypothesis]:
    """Does the server's host not answer at all?"""
    scene = scene_of(findings)
    yield from _told(scene)
    found = last_router(scene)
    if found is None:
        return
    hop, blame = found
    guilty = scene.server or str(hop.flow_out.dst)
    yield Hypothesis(
        Cause.HOST_DOWN,
        guilty_node=guilty,
        decided_by=hop.name,
        direction=Direction.FORWARD,
        reasons=tuple(_reasons(scene, hop, blame, guilty)),
        fixes=tuple(remedies.restore_host(scene, guilty)),
        refuted_by=f"any packet that comes from {guilty}",
        would_settle=(
            f"the neighbour entry of {hop.flow_out.dst} on {hop.name}, and a ping from there"
        ),
        summary=f"{guilty} does not answer: {blame.text}",
    )


def _told(scene: Scene) -> Iterator[Hypothesis]:
    """The last router, which cannot be asked, told the sender that the host does not answer it."""
    found = complaint(scene, Told.HOST)
    if found is not None and not found.reverse:
        router, target = name_of(scene, found.by), scene.findings.forward.hops[-1].flow_out.dst
        guilty = scene.server or str(target)
        yield Hypothesis(
            Cause.HOST_DOWN,
            guilty_node=guilty,
            decided_by=router,
            direction=Direction.FORWARD,
            reasons=tuple(complaint_reasons(scene, found)),
            fixes=tuple(remedies.restore_host(scene, guilty)),
            refuted_by=f"any packet that comes from {guilty}",
            would_settle=(
                f"the neighbour entry of {target} on {router}, and its route: one that says"
                " unreachable?"
            ),
            summary=(
                f'{guilty} does not answer its last router: {router} told the sender "{found.kind}"'
            ),
        )


def _reasons(scene: Scene, hop: Hop, blame: Blame, guilty: str) -> Iterator[Reason]:
    yield from both_ends(scene)
    yield Reason(DIRECT, blame.text, blame.evidence)
    if scene.saw(guilty, reverse=False):
        yield Reason(
            REFUTES,
            f"{guilty} itself saw the packets arrive",
            scene.evidence(guilty, Question.CAPTURE),
        )
    yield from _dead(scene, guilty)
    yield from _alive(scene, guilty)
    if misled(scene, hop):
        told = scene.evidence(guilty, Question.INTERFACES)
        yield Reason(REFUTES, f"{guilty} is up, on another link than {hop.name} looks for it", told)
    yield from _pinged(scene, hop)
    if any(d.node == hop.name and not d.reverse for d in scene.drops()):
        yield Reason(
            STRONG, f"the packets reach {hop.name} and go no further", scene.drops()[0].evidence
        )
    moved = counter_moved(scene.case, hop.name, "IcmpOutDestUnreachs")
    if moved is not None and moved.amount > 0:
        yield Reason(
            STRONG,
            f"{hop.name} told senders {times(moved.amount)} that the host is unreachable",
            moved.evidence,
        )
    for stop in stops(scene):
        if stop.device not in (hop.name, guilty) and not stop.why(Kind.NEIGHBOUR):
            yield Reason(REFUTES, f"the {stop.packet} stops at {stop.device} already")
            break
    yield from silence(scene)


def _pinged(scene: Scene, hop: Hop) -> Iterator[Reason]:
    """What did a ping from its last router meet?"""
    target = hop.next_hop or hop.flow_out.dst
    for reach, item in scene.case.all_records(hop.device or "", Question.PING, Reach):
        if reach.target == target and reach.ok:
            yield Reason(2 * REFUTES, f"{target} answers a ping from {hop.name}", (item.id,))
            return
        if reach.target == target:
            told = "unreachable" in (reach.error or "").lower()
            yield Reason(
                WEAK if told else WEAK / 2,
                f"a ping from {hop.name} gets no answer either",
                (item.id,),
            )
            return


def _alive(scene: Scene, guilty: str) -> Iterator[Reason]:
    """What says that the host is up, and only its link or its filter keeps it silent?"""
    quiet = mute(scene)
    if quiet is not None:
        yield Reason(
            2 * REFUTES, f"{guilty} is up, and told to be silent: {quiet.why}", quiet.evidence
        )
    heard = deaf(scene)
    if heard is not None:
        yield Reason(
            2 * REFUTES,
            f"{guilty} drops neighbour requests itself: {heard[1].words}",
            heard[1].evidence,
        )
    lost = unheard(scene)
    if lost is not None:
        yield Reason(2 * REFUTES, lost.text, lost.evidence)
    holders = [
        p
        for p in scene.case.holders(scene.findings.forward.hops[-1].flow_out.dst)
        if p.device == guilty
    ]
    if scene.case.interfaces(guilty) and any(p.up for p in holders):
        told = scene.evidence(guilty, Question.INTERFACES)
        yield Reason(REFUTES, f"{guilty} is up, and holds the address on a link that is up", told)


def _dead(scene: Scene, guilty: str) -> Iterator[Reason]:
    """What else says that the host itself is down?"""
    if guilty in scene.unreached and scene.case.inventory.named(guilty) is not None:
        yield Reason(STRONG, f"{guilty} could not be logged in to either")
    elif scene.case.interfaces(guilty) and not any(
        p.up for p in scene.case.holders(scene.flow.dst)
    ):
        evidence = scene.evidence(guilty, Question.INTERFACES)
        yield Reason(STRONG, f"no interface of {guilty} is up with {scene.flow.dst}", evidence)
    silent = [a for a in scene.attempts if a.end is AttemptEnd.NO_ANSWER]
    if silent:
        yield Reason(WEAK, "attempts get no answer at all", silent[0].evidence)
