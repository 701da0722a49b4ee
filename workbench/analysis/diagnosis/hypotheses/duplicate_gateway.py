"""Do two devices answer for one gateway address, so that packets reach the wrong one?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from collectors.model.evidence import Question
from collectors.model.records import Reach
from workbench.analysis.case.findings import Findings
from workbench.analysis.case.verdict import Cause, Direction, Hypothesis, Reason
from workbench.analysis.diagnosis import remedies
from workbench.analysis.diagnosis.context import Scene
from workbench.analysis.diagnosis.facts.neighbours.duplicate_gateways import (
    Shared,
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
from workbench.analysis.diagnosis.facts.stops.horizon import scene_of
from workbench.analysis.diagnosis.facts.stops.stops import Stop, stops


def duplicate_gateway(findings: Findings) -> Iterable[Hypothesis]:
    """Do two devices answer for one gateway address, so that packets reach the wrong one?"""
    scene = scene_of(findings)
    for shared in shared_gateways(scene):
        claims = claimants(scene, shared)
        if not claims and answered_twice(scene, shared):
            yield _of_strangers(scene, shared)
        if len(claims) < 2 and len(shared.macs) < 2:
            continue
        stop = next(
            (s for s in stops(scene) if s.reverse is shared.reverse and s.device in claims), None
        )
        guilty = stop.device if stop else wrong_one(scene, shared, claims)
        if guilty is not None:
            yield Hypothesis(
                Cause.DUPLICATE_GATEWAY,
                guilty_node=guilty,
                decided_by=shared.hop.name,
                direction=Direction.REVERSE if shared.reverse else Direction.FORWARD,
                reasons=tuple(_reasons(scene, shared, claims, stop, guilty)),
                fixes=tuple(remedies.one_gateway(scene, shared, guilty)),
                refuted_by=f"one device and one MAC only answering for {shared.address}",
                would_settle=(
                    f"ARP probes for {shared.address}: who answers, and is it always the same MAC?"
                ),
                summary=(
                    f"{' and '.join(claims)} both answer for the gateway {shared.address}; "
                    f"{shared.hop.name}'s packets reach {guilty}, {_what_becomes(stop)}"
                ),
            )


def _what_becomes(stop: Stop | None) -> str:
    return "which does not let them pass" if stop else "and that it passes them on was not seen"


def answered_twice(scene: Scene, shared: Shared) -> bool:
    """Did two hardware addresses answer one probe? Entries that differ may be a takeover between
    the two looks."""
    probes = scene.case.all_records(shared.hop.name, Question.ARP_PROBE, Reach)
    return any(len(one.answered_by) > 1 and one.target == shared.address for one, _ in probes)


def _of_strangers(scene: Scene, shared: Shared) -> Hypothesis:
    """Two machines answer, and which they are nobody can be asked."""
    text = (
        f"{shared.hop.name} asked once for {shared.address}, and several answered:"
        f" {' and '.join(shared.macs)}"
    )
    fails = scene.findings.flow_works is False
    why = (
        [Reason(WEAK, "the flow fails, and its packets go to that address", shared.evidence)]
        if fails
        else []
    )
    return Hypothesis(
        Cause.DUPLICATE_GATEWAY,
        decided_by=shared.hop.name,
        direction=Direction.REVERSE if shared.reverse else Direction.FORWARD,
        reasons=(*both_ends(scene), Reason(DIRECT, text, shared.evidence), *why),
        refuted_by=f"one MAC only answering for {shared.address}",
        would_settle=(
            "which machines have these hardware addresses: the switch's table of addresses tells"
            " their ports"
        ),
        summary=(
            f"two machines answer for the gateway {shared.address} ({' and '.join(shared.macs)}):"
            " which of them loses the packets cannot be known from here"
        ),
    )


def claimants(scene: Scene, shared: Shared) -> tuple[str, ...]:
    """Who claims the address: by its own interfaces, or by its MAC."""
    by_mac = (owner_of_mac(scene, mac) for mac in shared.macs)
    return tuple(dict.fromkeys((*shared.holders, *(name for name in by_mac if name))))


def wrong_one(scene: Scene, shared: Shared, claims: tuple[str, ...]) -> str | None:
    """The claimant that the packets reach and the other direction does not; else one on neither
    way."""
    taken = [n for n in scene.findings.path(shared.reverse).names if n in claims]
    other = scene.findings.path(not shared.reverse).names
    astray = [n for n in taken if n not in other] or [
        n for n in claims if n not in taken and n not in other
    ]
    return astray[0] if astray else None


def _reasons(
    scene: Scene, shared: Shared, claims: tuple[str, ...], stop: Stop | None, guilty: str
) -> Iterator[Reason]:
    yield from both_ends(scene)
    if len(shared.holders) > 1:
        text = f"{' and '.join(shared.holders)} both hold {shared.address} on one link"
        yield Reason(STRONG, text, shared.evidence)
    if len(shared.macs) > 1:
        text = (
            f"{shared.hop.name} was given {len(shared.macs)} MACs for {shared.address}:"
            f" {', '.join(shared.macs)}"
        )
        yield Reason(DIRECT, text, shared.evidence)
    yield from _stopped(scene, stop, guilty)
    if (
        guilty in scene.findings.path(shared.reverse).names
        and guilty not in scene.findings.path(not shared.reverse).names
    ):
        yield Reason(WEAK, f"packets pass {guilty} in one direction only")
    yield from drops_counted(scene, guilty)
    yield from invalid_counted(scene, guilty)
    yield from silence(scene)


def _stopped(scene: Scene, stop: Stop | None, guilty: str) -> Iterator[Reason]:
    drop = scene.findings.drop
    if stop is not None and stop.drop is not None:
        yield Reason(
            DIRECT, f"the {stop.packet} came in at {guilty} and did not go out", stop.drop.evidence
        )
    elif drop is not None:
        yield Reason(
            -STRONG,
            f"the {drop.packet} stops at {drop.node}, which does not claim it",
            drop.evidence,
        )
    if stop is not None and stop.blames:
        yield Reason(STRONG, stop.blames[0].text, stop.blames[0].evidence)
