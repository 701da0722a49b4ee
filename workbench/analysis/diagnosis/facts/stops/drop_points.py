"""Where packets stop: seen to stop, or expected to stop by the devices' own settings."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from collectors.model.evidence import Question
from collectors.model.records import FilterRule
from workbench.analysis.captures.order_of_points import only_captures
from workbench.analysis.case.drop import Drop
from workbench.analysis.case.findings import ConnState, Hop
from workbench.analysis.case.verdict import Direction, Reason
from workbench.analysis.case.wording import filter_words, listed, some
from workbench.analysis.device.hop_filtering import at_hop
from workbench.analysis.device.matching import State
from workbench.analysis.diagnosis.context import Context
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
from workbench.analysis.diagnosis.facts.stops.departed import departed
from workbench.analysis.diagnosis.facts.stops.explanations import DropExplanation, DropReason
from workbench.analysis.diagnosis.facts.stops.simulation import explain, simulated
from workbench.analysis.diagnosis.handshake import FLAGS, HandshakeStep, handshake_step_of


@dataclass(frozen=True, slots=True)
class DropPoint:
    """One device that stops (or would stop) one packet. `drop` = it was seen to; `explanations` =
    why it would."""

    context: Context
    device: str
    reverse: bool
    step: HandshakeStep
    drop: Drop | None = None
    explanations: tuple[DropExplanation, ...] = ()
    expected: bool = False  # simulating the exchange packet by packet, this is the first
    perhaps: bool = False  # it was not seen to, and a value that is not known decides

    @property
    def direction(self) -> Direction:
        """The direction of the packet that stops."""
        return Direction.of(reverse=self.reverse)

    @property
    def packet(self) -> str:
        """The packet in an engineer's word."""
        if self.tunnel is not None:
            return f"tunnel packet that carries the {word(self.context, self.step)}"
        return named(self.context, self.drop, self.step)

    @property
    def tunnel(self) -> Hop | None:
        """The hop of the tunnel's own packets, where they stop there: the flow itself never came
        out of the tunnel."""
        seen = self.context.saw(self.device, self.reverse)
        if self.hop is not None and seen is not False:
            return None
        return self.context.hop_below(self.device, self.reverse)

    @property
    def hop(self) -> Hop | None:
        """The hop of that direction at the device."""
        for hop in self.context.findings.trace(self.reverse).hops:
            if hop.name == self.device:
                return hop
        return None

    def why(self, *kinds: DropReason) -> DropExplanation | None:
        """The explanation of one of these kinds, if there is one."""
        for explanation in self.explanations:
            if explanation.kind in kinds:
                return explanation
        return None

    @property
    def evidence(self) -> tuple[str, ...]:
        """What shows it: the drop that was seen, else the first explanation."""
        if self.drop is not None:
            return self.drop.evidence
        return self.explanations[0].evidence if self.explanations else ()

    @property
    def left(self) -> bool:
        """Was it seen to leave the device? Then it is the way to the next one that loses it."""
        return departed(self.context, self.drop)

    @property
    def unexplained(self) -> bool:
        """Was it seen to stop in transit, while the device would not tell its filters?"""
        return self.puzzling and not self.context.filters_known(self.device)

    @property
    def puzzling(self) -> bool:
        """Was it seen to stop in transit, while nothing that the device showed, its filters
        included, would stop it?"""
        if self.drop is None or self.left or self.explanations:
            return False
        if self.device in (self.context.client, self.context.server):
            return False
        return self.context.case.reached(self.device)

    @property
    def after(self) -> Hop | None:
        """The hop that the packet should have come to next, where it can be asked."""
        for hop, following in pairwise(self.context.findings.trace(self.reverse).hops):
            if hop.name == self.device:
                return following if self.context.case.reached(following.name) else None
        return None

    @property
    def before(self) -> str | None:
        """Who sent the packet there?"""
        names = self.context.findings.trace(self.reverse).names
        index = names.index(self.device) if self.device in names else 0
        return names[index - 1] if index else None


def drop_points(context: Context) -> tuple[DropPoint, ...]:
    """Every stop, seen ones first."""
    kept = vars(context)
    if "_stops" not in kept:
        kept["_stops"] = tuple(_points(context))
    found: tuple[DropPoint, ...] = kept["_stops"]
    return found


def _points(context: Context) -> Iterator[DropPoint]:
    expected = simulated(context)
    where = (expected.device, expected.passage.reverse) if expected else None
    seen = set()
    for drop in context.drops():
        # then the drop lies between two points, and nobody stands accused
        if drop.after and only_captures(context.case):
            continue
        place = (drop.node, drop.reverse)
        seen.add(place)
        step = handshake_step_of(drop.packet, drop.reverse)
        explanations = _explanations(context, drop, step)
        yield DropPoint(context, *place, step, drop, explanations, where == place)
    if expected is not None and where not in seen:
        passage = expected.passage
        yield DropPoint(
            context,
            expected.device,
            passage.reverse,
            passage.step,
            None,
            expected.explanations,
            True,
            expected.perhaps,
        )


def _explanations(context: Context, drop: Drop, step: HandshakeStep) -> tuple[DropExplanation, ...]:
    """Why would the device stop it: by its settings, by its tracking, by its log?"""
    place = (context, drop.node)
    found = explain(*place, step, drop.reverse, drop.tcp_flags)
    in_transit = drop.node not in (context.client, context.server)
    if in_transit:
        found = found or refused_by_zone(*place, step, drop.reverse)
        found = found or refused_by_tracking(*place, step, drop.reverse)
    return found or refused_by_its_log(*place, drop.reverse, step)


def drop_point_reasons(point: DropPoint, explanation: DropExplanation | None) -> Iterator[Reason]:
    """For and against: this device stops the packet, for this reason, whichever branch the flow
    takes."""
    yield from bare_reasons(point, explanation)
    yield from only_one_leg(point.context, point.device, point.reverse, point.step)


def bare_reasons(point: DropPoint, explanation: DropExplanation | None) -> Iterator[Reason]:
    """For and against: this device stops the packet, for this reason."""
    context = point.context
    yield from both_ends(context)
    yield from _inside(point)
    if explanation is not None:
        yield configured(explanation)
        yield from _first(point, explanation)
        yield from _came_through(point, explanation)
    yield from stopped_here(context, point.device, point.reverse)
    yield from passed_here(context, point.device, point.reverse)
    yield from logged(context, point.device, point.reverse)
    if explanation is not None and (explanation.rule or explanation.chain):
        yield from rule_counted(context, point.device, explanation)
        yield from _rejected(context, explanation)
    elif explanation is None and point.drop is not None and context.filters_known(point.device):
        rules = context.filter_evidence(point.device)
        yield Reason(-0.5, _of_its_rules(point), rules)
        yield from drops_counted(context, point.device)
    elif explanation is None and point.unexplained:
        yield from _only_rules_remain(point)
    yield from silence(context)


def _came_through(point: DropPoint, explanation: DropExplanation) -> Iterator[Reason]:
    """Connections whose SYN this rule stops, and that were made all the same when it was sent
    again."""
    if point.drop is None or point.drop.packet != "SYN":
        return
    if not explanation.certain or explanation.kind is DropReason.RATE:
        return
    own = [one for one in point.context.attempts if not one.ours and one.flow in point.drop.flows]
    late = [one for one in own if one.end is ConnState.WORKED and one.tries > 1]
    if late:
        text = (
            f"{some(len(late), 'connection')} whose SYN stopped there came through when it was sent"
            " again"
        )
        yield Reason(REFUTES * min(2, len(late)), text, late[0].evidence)


def _of_its_rules(point: DropPoint) -> str:
    """None of them is known to drop it; those that cannot be decided are named."""
    undecided = [filter_words(rule.text) for rule in _undecided(point)[:2]]
    if undecided:
        return (
            f"no rule of {point.device} is known to drop it, but not every rule could be evaluated:"
            f" {listed(undecided)}"
        )
    return f"no filter rule that {point.device} shows would drop it: another kind of filter?"


def _undecided(point: DropPoint) -> tuple[FilterRule, ...]:
    """The rules there of which it is not known whether they match."""
    if point.hop is None:
        return ()
    flags = FLAGS[point.step] if point.context.tcp else None
    state: State = "new" if point.step is HandshakeStep.OPENING else "established"
    return at_hop(point.context.case, point.hop, state, flags, point.reverse).maybe


def _inside(point: DropPoint) -> Iterator[Reason]:
    """What the device sees is not the flow, but the tunnel that carries it."""
    outer = point.tunnel.flow_in if point.tunnel is not None else None
    if outer is not None:
        carried = word(point.context, point.step)
        text = (
            f"at {point.device} the {carried} is inside a tunnel: {outer.protocol} {outer.src} to"
            f" {outer.dst}"
        )
        yield Reason(0.0, f"{text} port {outer.dport}" if outer.dport is not None else text)


def _rejected(context: Context, explanation: DropExplanation) -> Iterator[Reason]:
    """A rule that refuses with an answer, and attempts that were refused at once."""
    refused = [a for a in context.attempts if a.end is ConnState.REFUSED]
    if explanation.rejects and refused:
        yield Reason(
            DIRECT,
            "attempts are refused at once, which is what this rule does",
            refused[0].evidence,
        )


def _only_rules_remain(point: DropPoint) -> Iterator[Reason]:
    """The device hides its rules; what else it showed does not explain the stop."""
    routed = point.context.case.asked(point.device, Question.ROUTES)
    if routed and point.step is HandshakeStep.OPENING:
        text = (
            f"{point.device} has a route, a first packet needs no session, and its rules may not be"
            " read: they remain"
        )
        yield Reason(1.5, text, point.context.evidence(point.device, Question.ROUTES))
    yield from drops_counted(point.context, point.device)


def _first(point: DropPoint, explanation: DropExplanation) -> Iterator[Reason]:
    """Nothing else at this device, and no device before it, stops the packet earlier."""
    at = point.explanations.index(explanation) if explanation in point.explanations else 0
    earlier = next((b for b in point.explanations[:at] if b.certain), None)
    if earlier is not None:
        yield Reason(
            -STRONG, f"something else stops it there first: {earlier.text}", earlier.evidence
        )
    elif point.expected:
        yield Reason(
            1.0,
            f"simulating the exchange packet by packet, {point.device} is the first device that"
            f" {'refuses' if explanation.certain else 'may refuse'} one",
        )


def stopped_before_service(context: Context) -> Iterator[Reason]:
    """Against every cause at the service itself: its request is stopped before it gets there."""
    for point in drop_points(context):
        on_the_way = point.device != context.server
        before_input = point.why(DropReason.INPUT, DropReason.REVERSE_PATH) is not None
        if not point.reverse and not point.perhaps and (on_the_way or before_input):
            text = f"the {point.packet} does not get that far: {point.device} stops it"
            yield Reason(REFUTES, text, point.evidence)
            return
