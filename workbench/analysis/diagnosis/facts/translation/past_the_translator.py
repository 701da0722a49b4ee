"""The flow is translated on the way out, and its replies do not come back through the
translator."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from workbench.analysis.case.findings import Fate, Hop
from workbench.analysis.case.verdict import Reason
from workbench.analysis.case.wording import some
from workbench.analysis.diagnosis.context import Scene
from workbench.analysis.diagnosis.facts.reasons import (
    DIRECT,
    REFUTES,
    STRONG,
    WEAK,
    both_ends,
    configured,
    rule_counted,
    silence,
)
from workbench.analysis.diagnosis.facts.stops.stops import Stop, stops
from workbench.analysis.diagnosis.facts.translation.translators import (
    balances,
    hides_source,
    translator_of,
)
from workbench.analysis.evidence.counter_deltas import counter_moved
from workbench.analysis.trace.parting import departure


@dataclass(frozen=True)
class Bypass:
    """A translator that the replies miss, and the device where that shows."""

    scene: Scene
    translator: Hop
    guilty: str
    stop: Stop | None

    @property
    def decided_by(self) -> str | None:
        """Who sends the replies past the translator?"""
        hop = departure(self.scene.findings)
        return hop.name if hop else None

    @property
    def elsewhere(self) -> bool:
        """Do the replies end at (or pass) another device than the translator?"""
        return self.guilty != self.translator.name


def bypass(scene: Scene) -> Bypass | None:
    """Do the replies miss the device that translates the flow?"""
    translator = translator_of(scene)
    if translator is None or translator.device in (None, scene.client, scene.server):
        return None
    if translator.name in scene.findings.reverse.names:
        return None
    stop = _stop(scene)
    return Bypass(scene, translator, _guilty(scene, translator, stop), stop)


def _stop(scene: Scene) -> Stop | None:
    ends = {scene.client, scene.server}
    return next((s for s in stops(scene) if s.reverse and s.device not in ends), None)


def _guilty(scene: Scene, translator: Hop, stop: Stop | None) -> str:
    """Where replies are refused; else where they end; else who lets them out untranslated; else the
    translator."""
    if stop is not None:
        return stop.device
    path = scene.findings.reverse
    if path.fate is not Fate.DELIVERED and path.hops:
        return path.hops[-1].name
    other = [
        h.name
        for h in path.hops
        if h.boundary is not None and h.name not in scene.findings.forward.names
    ]
    return other[0] if other else translator.name


def bypass_reasons(found: Bypass) -> Iterator[Reason]:
    """For and against: replies miss the translator."""
    scene, translator = found.scene, found.translator
    yield from both_ends(scene)
    what = f"{translator.flow_in} into {translator.flow_out}"
    evidence = (
        *translator.evidence,
        *(i for h in scene.findings.reverse.hops[:2] for i in h.evidence),
    )
    yield Reason(
        STRONG,
        f"{translator.name} turns {what}, and the replies do not visit it",
        tuple(dict.fromkeys(evidence)),
    )
    held = scene.held(translator.name)
    if held.half_open:
        yield Reason(
            STRONG,
            f"{translator.name} waits for an answer that never comes back to it",
            held.evidence,
        )
    elif held.answered:
        yield Reason(REFUTES, f"{translator.name} saw the replies", held.evidence)
    yield from _lost(found)
    yield from _refused(found)
    yield from _seen(found)
    yield from _resets(found)
    yield from earlier_request(scene)
    yield from silence(scene)


def _lost(found: Bypass) -> Iterator[Reason]:
    """Do the replies reach another translator, or does a plain router not know where to send
    them?"""
    path = found.scene.findings.reverse
    known = found.scene.case.inventory.named(path.hops[-1].name) if path.hops else None
    if path.fate in (Fate.NO_ROUTE, Fate.BLACKHOLE) and not (known and known.stateful_by_role):
        yield Reason(
            3 * REFUTES,
            f"no other translator gets them: {path.hops[-1].name} has no route for them",
        )


def _refused(found: Bypass) -> Iterator[Reason]:
    """Would the device that gets the replies refuse them, and did it?"""
    blame = found.stop.blames[0] if found.stop is not None and found.stop.blames else None
    if blame is not None:
        yield configured(blame)
        yield from (
            rule_counted(found.scene, found.guilty, blame) if blame.rule or blame.chain else ()
        )


def bypassed(scene: Scene) -> Iterator[Reason]:
    """Against missing state alone: the device that the replies miss is the one that translated the
    flow."""
    found = bypass(scene)
    if found is not None:
        text = f"{found.translator.name} translates the flow, and the replies do not return to it"
        yield Reason(2 * REFUTES, text, found.translator.evidence)
    balancer = skipped_balancer(scene)
    if balancer is not None and found is None:
        text = f"{balancer.name} balances the flow, and replies go past it on purpose"
        yield Reason(2 * REFUTES, text, balancer.evidence)


def past_balancer(stop: Stop) -> Iterator[Reason]:
    """Against a plain filter or check: what it refuses is the direct return of a balanced flow."""
    balancer = skipped_balancer(stop.scene) if stop.reverse else None
    if balancer is not None:
        yield Reason(
            REFUTES,
            f"{balancer.name} balances the flow, and this is its direct return",
            balancer.evidence,
        )


def skipped_balancer(scene: Scene) -> Hop | None:
    """The load balancer that the requests visit and the replies do not."""
    balancer = next(
        (h for h in scene.findings.forward.hops if h.device and balances(scene, h)), None
    )
    return (
        balancer
        if balancer is not None and balancer.name not in scene.findings.reverse.names
        else None
    )


def _seen(found: Bypass) -> Iterator[Reason]:
    scene = found.scene
    if found.stop is not None and found.stop.drop is not None:
        drop = found.stop.drop
        yield Reason(
            DIRECT, f"the {drop.packet} came in at {drop.node} and did not go out", drop.evidence
        )
    elif found.elsewhere and scene.saw(found.guilty, reverse=True):
        there = scene.sighting(found.guilty, reverse=True)
        text = f"the replies were seen at {found.guilty}, not at {found.translator.name}"
        yield Reason(DIRECT, text, there.evidence if there else ())
    elif (left := _left_elsewhere(found)) is not None:
        yield left
    if scene.saw(found.translator.name, reverse=True):
        yield Reason(REFUTES, f"{found.translator.name} itself saw replies come in")


def _left_elsewhere(found: Bypass) -> Reason | None:
    """Were the replies seen to leave the server by another interface than the requests came in
    on?"""
    scene, server = found.scene, found.scene.server
    out, back = (scene.sighting(server or "", reverse) for reverse in (False, True))
    if out is None or back is None or scene.saw(found.translator.name, reverse=True) is not False:
        return None
    came = {p.interface for p in out.came_in if p.interface}
    left = {p.interface for p in back.went_out if p.interface}
    if not came or not left or came & left:
        return None
    text = (
        f"{server} got the requests on {', '.join(sorted(came))} and sends its replies by"
        f" {', '.join(sorted(left))}"
    )
    return Reason(
        DIRECT, f"{text}; {found.translator.name} saw none of them", (*out.evidence, *back.evidence)
    )


def _resets(found: Bypass) -> Iterator[Reason]:
    """Who does not know the connection answers with a reset: the other translator, or the
    client."""
    scene = found.scene
    judge = found.guilty if hides_source(found.translator) and found.elsewhere else scene.client
    moved = counter_moved(scene.case, judge or "", "TcpOutRsts")
    if moved is not None and moved.amount > 0 and scene.tcp:
        yield Reason(
            WEAK,
            f"{judge} answered {some(moved.amount)} with a reset: they fit no connection that it"
            " knows",
            moved.evidence,
        )


def earlier_request(scene: Scene) -> Iterator[Reason]:
    """Does the request itself stop on its way?"""
    first = next((s for s in stops(scene) if not s.reverse and s.device != scene.client), None)
    if first is not None:
        weight = 2 * REFUTES if first.drop else REFUTES
        yield Reason(weight, f"the {first.packet} stops at {first.device} on the way out")
