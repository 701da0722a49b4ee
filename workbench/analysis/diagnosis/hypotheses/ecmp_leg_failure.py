"""Does one branch of an ECMP set drop, state or not, so that only some source ports fail?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from workbench.analysis.case.findings import Findings, Hop
from workbench.analysis.case.verdict import Cause, FixClass, Hypothesis, Reason
from workbench.analysis.diagnosis import remedies
from workbench.analysis.diagnosis.facts.reasons import STRONG
from workbench.analysis.diagnosis.facts.routing.legs import leg, ports_differ
from workbench.analysis.diagnosis.facts.routing.who_parts_them import Decider, Means
from workbench.analysis.diagnosis.facts.stops.blame import Kind
from workbench.analysis.diagnosis.facts.stops.horizon import scene_of
from workbench.analysis.diagnosis.facts.stops.stops import Stop, bare_reasons, stops


def ecmp_leg_failure(findings: Findings) -> Iterable[Hypothesis]:
    """Does one branch of an ECMP set drop, state or not, so that only some source ports fail?"""
    scene = scene_of(findings)
    for stop in stops(scene):
        hop = leg(scene, stop.device, stop.reverse, stop.stage)
        if hop is not None and stop.why(Kind.STATE) is None and stop.device not in scene.unreached:
            guilty = _dead(stop, hop) or stop.device
            yield Hypothesis(
                Cause.ECMP_LEG_FAILURE,
                guilty_node=guilty,
                decided_by=hop.name,
                direction=stop.direction,
                reasons=tuple(_reasons(stop, hop)),
                fixes=tuple(
                    remedies.one_leg_only(
                        scene, Decider(hop, Means.HASH), guilty, FixClass.REMOVE_BAD_LEG
                    )
                ),
                refuted_by="the same failure from source ports that take another branch",
                would_settle=(
                    "attempts from several source ports: only those hashed to that branch fail"
                ),
                summary=_summary(stop, hop, guilty),
            )


def _dead(stop: Stop, hop: Hop) -> str | None:
    """Who on the leg does not answer the hashing device for its own next hop address? By address
    where nobody knows."""
    if stop.device != hop.name:
        return None
    names = stop.scene.findings.path(stop.reverse).names
    following = names[names.index(hop.name) + 1 :]
    if following and stop.scene.case.inventory.named(following[0]):
        return following[0]
    return str(hop.next_hop) if hop.next_hop is not None else None


def _summary(stop: Stop, hop: Hop, guilty: str) -> str:
    return f"{_deed(stop, hop, guilty)}; {hop.name}'s hash sends only some source ports there"


def _deed(stop: Stop, hop: Hop, guilty: str) -> str:
    if guilty == stop.device:
        return f"{guilty} drops the {stop.packet}"
    if guilty == str(hop.next_hop):
        return f"nobody answers {hop.name} for the next hop {guilty}"
    return f"{guilty} does not answer for {hop.next_hop}"


def _reasons(stop: Stop, hop: Hop) -> Iterator[Reason]:
    yield from bare_reasons(stop, stop.blames[0] if stop.blames else None)
    text = (
        f"{hop.name} spreads flows over {len(hop.branches)} next hops, and another branch would let"
        " it pass"
    )
    yield Reason(STRONG, text, hop.evidence)
    yield from ports_differ(stop.scene)
