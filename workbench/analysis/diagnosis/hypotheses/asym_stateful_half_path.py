"""Does a stateful device see one direction only, while the other bypasses all such devices?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from workbench.analysis.case.findings import AttemptEnd, Findings
from workbench.analysis.case.verdict import Cause, Fix, Hypothesis, Reason
from workbench.analysis.diagnosis import remedies
from workbench.analysis.diagnosis.context import Scene
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
from workbench.analysis.diagnosis.facts.stops.blame import Blame, Kind
from workbench.analysis.diagnosis.facts.stops.horizon import scene_of
from workbench.analysis.diagnosis.facts.stops.stops import Stop, stop_reasons, stops
from workbench.analysis.diagnosis.facts.translation.past_the_translator import bypassed


def asym_stateful_half_path(findings: Findings) -> Iterable[Hypothesis]:
    """Does a stateful device see one direction only, while the other bypasses all such devices?"""
    for side in one_sided(scene_of(findings)):
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
    yield from _in_part(scene_of(findings))
    yield from _as_its_log_says(scene_of(findings))


def _as_its_log_says(scene: Scene) -> Iterator[Hypothesis]:
    """A SYN-ACK fits no session where the SYN never passed, whatever the walk makes of ways that
    nobody told."""
    for stop in stops(scene):
        blame, doubt = _refused_as_strange(stop)
        begun = begun_at(scene, stop.device)
        # else another stateful device may have seen it begin
        known = begun is None and not dark_openers(scene)
        if blame is not None and known and never_passed(stop.scene, stop.device, stop.stage):
            yield Hypothesis(
                Cause.ASYM_STATEFUL_HALF_PATH,
                guilty_node=stop.device,
                direction=stop.direction,
                reasons=(*stop_reasons(stop, blame), doubt),
                fixes=(
                    *remedies.straight_return(scene, stop.device, stop.reverse),
                    *_through(scene, stop.device, stop.reverse),
                ),
                refuted_by=f"the SYN seen on {stop.device}",
                would_settle=(
                    f"a capture on {stop.device}, and the route of the client to {scene.flow.dst}"
                ),
                summary=(
                    f"{stop.device} drops the {stop.packet}: it never saw the SYN, which took"
                    " another way"
                ),
            )


def _refused_as_strange(stop: Stop) -> tuple[Blame | None, Reason]:
    """What refuses the SYN-ACK for want of a session, and how sure it is that this is why."""
    told, maybe = stop.why(Kind.TRACKING), stop.why(Kind.POLICY)
    if told is None and stop.reverse and list_or_state(stop.scene, stop.device, stop.stage, maybe):
        return maybe, Reason(
            -STRONG, f"a list without state refuses it as well, whatever passed {stop.device}"
        )
    text = (
        f"a SYN-ACK fits no session only where the SYN was not seen: it did not pass {stop.device}"
    )
    return told, Reason(WEAK, text, told.evidence if told else ())


def _in_part(scene: Scene) -> Iterator[Hypothesis]:
    """Both directions cross the device, but a part of one goes around it: what is left fits its
    session no more."""
    for stop in stops(scene):
        blame = stop.why(Kind.TRACKING)
        around = passed_elsewhere(scene, stop.device) if blame is not None else None
        if blame is None or around is None:
            continue
        text = f"{around.words}, and not through {stop.device}"
        yield Hypothesis(
            Cause.ASYM_STATEFUL_HALF_PATH,
            guilty_node=stop.device,
            decided_by=around.decider,
            direction=stop.direction,
            reasons=(*stop_reasons(stop, blame), Reason(DIRECT, text, around.evidence)),
            fixes=(*remedies.be_liberal(scene, stop.device),),
            refuted_by=f"every packet of both directions seen on {stop.device}",
            would_settle=(
                f"captures on {around.decider}, {stop.device} and {around.behind} at once: who sees"
                " what?"
            ),
            summary=(
                f"{stop.device} drops the {stop.packet}, as its connection tracking misses a part"
                f" of the conversation: {text}"
            ),
        )


def _reasons(side: OneSided) -> Iterator[Reason]:
    yield from state_reasons(side)
    yield from decided(side, Means.ROUTE)
    yield from bypassed(side.scene)
    yield from unseen_keeper(side, accused=False)
    half_open = [a for a in side.scene.attempts if a.end is AttemptEnd.HALF_OPEN]
    if half_open and not side.reverse and not unconfirmed(side):
        yield Reason(
            1.0,
            "the client got its answer, yet the server waits for the handshake to end",
            half_open[0].evidence,
        )


def _fixes(side: OneSided) -> Iterator[Fix]:
    yield from remedies.symmetric_return(side.scene, side.decider)
    yield from (
        remedies.straight_return(side.scene, side.device, side.reverse)
        if side.decider is None
        else ()
    )
    yield from _through(side.scene, side.device, side.reverse)


def _through(scene: Scene, device: str, reverse: bool) -> Iterator[Fix]:
    """What lets the flow pass the device though it sees one direction only."""
    yield from remedies.accept_untracked(scene, device, reverse)
    yield from remedies.stateless_rule(scene, device, reverse)
