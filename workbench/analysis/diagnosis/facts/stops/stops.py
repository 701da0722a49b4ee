"""Where packets stop: seen to stop, or expected to stop by the devices' own settings."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from collectors.model.evidence import Question
from workbench.analysis.captures.order_of_points import only_captures
from workbench.analysis.case.findings import AttemptEnd, Hop
from workbench.analysis.case.verdict import Direction, Drop, Reason
from workbench.analysis.case.wording import filter_words, listed, some
from workbench.analysis.device.hop_filtering import at_hop
from workbench.analysis.device.matching import State
from workbench.analysis.diagnosis.context import Scene
from workbench.analysis.diagnosis.facts.reasons import (
    DIRECT,
    REFUTES,
    STRONG,
    both_ends,
    configured,
    drops_counted,
    logged,
    named,
    passed_here,
    rule_counted,
    silence,
    stopped_here,
    word,
)
from workbench.analysis.diagnosis.facts.routing.legs import only_one_leg
from workbench.analysis.diagnosis.facts.state.tracking import (
    refused_by_its_log,
    refused_by_tracking,
)
from workbench.analysis.diagnosis.facts.state.zones import refused_by_zone
from workbench.analysis.diagnosis.facts.stops.blame import Blame, Kind
from workbench.analysis.diagnosis.facts.stops.departed import departed
from workbench.analysis.diagnosis.facts.stops.simulation import explain, rehearsed
from workbench.analysis.diagnosis.handshake import FLAGS, Stage, stage_of


@dataclass(frozen=True, slots=True)
class Stop:
    """One device that stops (or would stop) one packet. `drop` = it was seen to; `blames` = why it
    would."""

    scene: Scene
    device: str
    reverse: bool
    stage: Stage
    drop: Drop | None = None
    blames: tuple[Blame, ...] = ()
    expected: bool = False  # walking the exchange packet by packet, this is the first

    @property
    def direction(self) -> Direction:
        """The direction of the packet that stops."""
        return Direction.REVERSE if self.reverse else Direction.FORWARD

    @property
    def packet(self) -> str:
        """The packet in an engineer's word."""
        if self.tunnel is not None:
            return f"tunnel packet that carries the {word(self.scene, self.stage)}"
        return named(self.scene, self.drop, self.stage)

    @property
    def tunnel(self) -> Hop | None:
        """The hop of the tunnel's own packets, where they stop there: the flow itself never came
        out of the tunnel."""
        outside = self.hop is None or self.scene.saw(self.device, self.reverse) is False
        return self.scene.hop_below(self.device, self.reverse) if outside else None

    @property
    def hop(self) -> Hop | None:
        """The hop of that direction at the device."""
        return next(
            (h for h in self.scene.findings.path(self.reverse).hops if h.name == self.device), None
        )

    def why(self, *kinds: Kind) -> Blame | None:
        """The explanation of one of these kinds, if there is one."""
        return next((b for b in self.blames if b.kind in kinds), None)

    @property
    def left(self) -> bool:
        """Was it seen to leave the device? Then it is the way to the next one that loses it."""
        return departed(self.scene, self.drop)

    @property
    def unexplained(self) -> bool:
        """Was it seen to stop in transit, while the device would not tell its filters?"""
        ends = (self.scene.client, self.scene.server)
        known = self.scene.filters_known(self.device) or self.device in ends
        asked = self.scene.case.reached(self.device)
        seen = self.drop is not None and not self.left
        return seen and not self.blames and asked and not known

    @property
    def puzzling(self) -> bool:
        """Was it seen to stop in transit, while nothing that the device told, its filters included,
        would stop it?"""
        transit = self.device not in (self.scene.client, self.scene.server)
        seen = self.drop is not None and not self.left
        return transit and seen and not self.blames and self.scene.case.reached(self.device)

    @property
    def after(self) -> Hop | None:
        """The hop that the packet should have come to next, where it can be asked."""
        hops = self.scene.findings.path(self.reverse).hops
        index = next((i for i, h in enumerate(hops) if h.name == self.device), len(hops))
        following = hops[index + 1] if index + 1 < len(hops) else None
        return (
            following if following is not None and self.scene.case.reached(following.name) else None
        )

    @property
    def before(self) -> str | None:
        """Who sent the packet there?"""
        names = self.scene.findings.path(self.reverse).names
        index = names.index(self.device) if self.device in names else 0
        return names[index - 1] if index else None


def stops(scene: Scene) -> tuple[Stop, ...]:
    """Every stop, seen ones first."""
    kept = vars(scene)
    if "_stops" not in kept:
        kept["_stops"] = tuple(_stops(scene))
    found: tuple[Stop, ...] = kept["_stops"]
    return found


def _stops(scene: Scene) -> Iterator[Stop]:
    expected = rehearsed(scene)
    where = (expected.device, expected.passage.reverse) if expected else None
    seen = set()
    # then the drop lies between two points, and nobody stands accused
    between = only_captures(scene.case)
    for drop in (one for one in scene.drops() if not (between and one.after)):
        stage = stage_of(drop.packet, drop.reverse, scene.flow.protocol)
        seen.add((drop.node, drop.reverse))
        blames = explain(scene, drop.node, stage, drop.reverse, drop.tcp_flags)
        if not blames and drop.node not in (scene.client, scene.server):
            blames = refused_by_zone(scene, drop.node, stage, drop.reverse)
            blames = blames or refused_by_tracking(scene, drop.node, stage, drop.reverse)
        blames = blames or refused_by_its_log(scene, drop.node, drop.reverse, stage)
        yield Stop(
            scene, drop.node, drop.reverse, stage, drop, blames, where == (drop.node, drop.reverse)
        )
    if expected is not None and where not in seen:
        passage = expected.passage
        yield Stop(
            scene, expected.device, passage.reverse, passage.stage, None, expected.blames, True
        )


def stop_reasons(stop: Stop, blame: Blame | None) -> Iterator[Reason]:
    """For and against: this device stops the packet, for this reason, whichever branch the flow
    takes."""
    yield from bare_reasons(stop, blame)
    yield from only_one_leg(stop.scene, stop.device, stop.reverse, stop.stage)


def bare_reasons(stop: Stop, blame: Blame | None) -> Iterator[Reason]:
    """For and against: this device stops the packet, for this reason."""
    scene = stop.scene
    yield from both_ends(scene)
    yield from _inside(stop)
    if blame is not None:
        yield configured(blame)
        yield from _first(stop, blame)
        yield from _came_through(stop, blame)
    yield from stopped_here(scene, stop.device, stop.reverse)
    yield from passed_here(scene, stop.device, stop.reverse)
    yield from logged(scene, stop.device, stop.reverse)
    if blame is not None and (blame.rule or blame.chain):
        yield from rule_counted(scene, stop.device, blame)
        yield from _rejected(scene, blame)
    elif blame is None and stop.drop is not None and scene.filters_known(stop.device):
        told = scene.filter_evidence(stop.device)
        yield Reason(-0.5, _of_its_rules(stop), told)
        yield from drops_counted(scene, stop.device)
    elif blame is None and stop.unexplained:
        yield from _only_rules_remain(stop)
    yield from silence(scene)


def _came_through(stop: Stop, blame: Blame) -> Iterator[Reason]:
    """Connections whose SYN this rule stops, and that were made all the same when it was sent
    again."""
    if (
        stop.drop is None
        or stop.drop.packet != "SYN"
        or not blame.certain
        or blame.kind is Kind.RATE
    ):
        return
    again = [
        one
        for one in stop.scene.attempts
        if one.end is AttemptEnd.WORKED and one.tries > 1 and not one.ours
    ]
    late = [one for one in again if one.flow in stop.drop.flows]
    if late:
        text = (
            f"{some(len(late), 'connection')} whose SYN stopped there came through when it was sent"
            " again"
        )
        yield Reason(REFUTES * min(2, len(late)), text, late[0].evidence)


def _of_its_rules(stop: Stop) -> str:
    """None of them is known to drop it; those that cannot be decided are told."""
    flags = FLAGS[stop.stage] if stop.scene.tcp else None
    state: State = "new" if stop.stage is Stage.OPENING else "established"
    open_ones = (
        at_hop(stop.scene.case, stop.hop, state, flags, stop.reverse).maybe
        if stop.hop is not None
        else ()
    )
    if open_ones:
        words = listed([filter_words(rule.text) for rule in open_ones[:2]])
        return (
            f"no rule of {stop.device} is known to drop it, but this cannot be told of every one:"
            f" {words}"
        )
    return f"no filter rule that {stop.device} shows would drop it: another kind of filter?"


def _inside(stop: Stop) -> Iterator[Reason]:
    """What the device sees is not the flow, but the tunnel that carries it."""
    outer = stop.tunnel.flow_in if stop.tunnel is not None else None
    if outer is not None:
        carried = word(stop.scene, stop.stage)
        text = (
            f"at {stop.device} the {carried} is inside of a tunnel: {outer.protocol} {outer.src} to"
            f" {outer.dst}"
        )
        yield Reason(0.0, f"{text} port {outer.dport}" if outer.dport is not None else text)


def _rejected(scene: Scene, blame: Blame) -> Iterator[Reason]:
    """A rule that refuses with an answer, and attempts that were refused at once."""
    refused = [a for a in scene.attempts if a.end is AttemptEnd.REFUSED]
    if blame.rejects and refused:
        yield Reason(
            DIRECT,
            "attempts are refused at once, which is what this rule does",
            refused[0].evidence,
        )


def _only_rules_remain(stop: Stop) -> Iterator[Reason]:
    """The device hides its rules; what else it told does not explain the stop."""
    routed = stop.scene.case.asked(stop.device, Question.ROUTES)
    if routed and stop.stage is Stage.OPENING:
        text = (
            f"{stop.device} has a route, a first packet needs no session, and its rules may not be"
            " read: they remain"
        )
        yield Reason(1.5, text, stop.scene.evidence(stop.device, Question.ROUTES))
    yield from drops_counted(stop.scene, stop.device)


def _first(stop: Stop, blame: Blame) -> Iterator[Reason]:
    """Nothing else at this device, and no device before it, stops the packet earlier."""
    at = stop.blames.index(blame) if blame in stop.blames else 0
    earlier = next((b for b in stop.blames[:at] if b.certain), None)
    if earlier is not None:
        yield Reason(
            -STRONG, f"something else stops it there first: {earlier.text}", earlier.evidence
        )
    elif stop.expected:
        yield Reason(
            1.0,
            f"walking the exchange packet by packet, {stop.device} is the first device that"
            " refuses one",
        )
