"""Devices that keep state and see one direction of the flow only: the ground of half of all
causes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from workbench.analysis.case.verdict import Direction, Reason
from workbench.analysis.diagnosis.context import Context
from workbench.analysis.diagnosis.facts.reasons import (
    REFUTES,
    STRONG,
    WEAK,
    both_ends,
    configured,
    drops_counted,
    ends_evidence,
    invalid_counted,
    logged,
    named,
    passed_here,
    rule_counted,
    silence,
    stopped_here,
    word,
)
from workbench.analysis.diagnosis.facts.routing.who_parts_them import Decider, Means, decider
from workbench.analysis.diagnosis.facts.state.syncing import left_out, syncing
from workbench.analysis.diagnosis.facts.stops.explanations import DropExplanation, DropReason
from workbench.analysis.diagnosis.facts.stops.simulation import explain, simulated
from workbench.analysis.diagnosis.handshake import HandshakeStep, handshake_step_of


@dataclass(frozen=True)
class OneSided:
    """A stateful device that one direction visits and the other does not; `others` keep state on
    that other way."""

    context: Context
    device: str
    reverse: bool  # the direction that it sees
    others: tuple[str, ...]
    # places on that other way that cannot be asked: they may keep state
    hidden: tuple[str, ...] = ()

    @cached_property
    def step(self) -> HandshakeStep:
        """Which packet would it be the first to refuse?"""
        for drop in self.context.drops(self.reverse):
            if drop.node == self.device:
                return handshake_step_of(drop.packet, self.reverse, self.context.flow.protocol)
        return HandshakeStep.ANSWER if self.reverse else HandshakeStep.CONFIRM

    @cached_property
    def explanations(self) -> tuple[DropExplanation, ...]:
        """What at this device would stop that packet?"""
        return explain(self.context, self.device, self.step, self.reverse)

    @cached_property
    def explanation(self) -> DropExplanation | None:
        """The explanation by missing state."""
        return next((b for b in self.explanations if b.kind is DropReason.STATE), None)

    @property
    def packet(self) -> str:
        """The refused packet in an engineer's word, as it was seen where it was."""
        seen = next((d for d in self.context.drops(self.reverse) if d.node == self.device), None)
        return named(self.context, seen, self.step)

    @cached_property
    def decider(self) -> Decider | None:
        """Who sends the packets here, while the other direction goes elsewhere?"""
        return decider(self.context, self.device)

    @property
    def decided_by(self) -> str | None:
        """Its name."""
        return self.decider.name if self.decider else None

    @property
    def direction(self) -> Direction:
        """The direction whose packets it refuses."""
        return Direction.REVERSE if self.reverse else Direction.FORWARD

    @property
    def opener(self) -> str | None:
        """Who saw the packet that this device missed?"""
        return self.others[0] if self.others else None


def one_sided(context: Context) -> Iterator[OneSided]:
    """Every device with state that sees only one direction of the flow."""
    ways = {True: context.stateful_devices(True), False: context.stateful_devices(False)}
    ends = {context.client, context.server}
    for reverse in (True, False):
        for device in ways[reverse]:
            if (
                device not in ways[not reverse]
                and device not in ends
                and not _crossed(context, device, not reverse)
            ):
                others = tuple(
                    d for d in ways[not reverse] if d not in ways[reverse] and d not in ends
                )
                yield OneSided(
                    context,
                    device,
                    reverse,
                    others,
                    () if others else _hidden(context, not reverse),
                )


def _hidden(context: Context, reverse: bool) -> tuple[str, ...]:
    names = context.findings.trace(reverse).names
    return tuple(name for name in names[1:-1] if name in context.unreached)


def unseen_keeper(side: OneSided, *, accused: bool) -> Iterator[Reason]:
    """May a place that cannot be asked hold the session? A silent partner of the same group makes
    it likely."""
    if not side.hidden:
        return
    silent = [
        name for name in side.context.partners(side.device) if not side.context.case.reached(name)
    ]
    place = ", ".join(side.hidden)
    if silent:
        text = f"{silent[0]}, of the same group, cannot be asked and may be what lies at {place}"
        yield Reason(0.7 if accused else -0.7, text)
    else:
        yield Reason(
            -0.7 if accused else -0.2,
            f"{place} on the other way cannot be asked: it may keep state or not",
        )


def _crossed(context: Context, device: str, reverse: bool) -> bool:
    return context.findings.trace(reverse).hop(device) is not None


def state_reasons(side: OneSided) -> Iterator[Reason]:
    """For and against: this device drops because it misses the state of the flow."""
    context = side.context
    yield from both_ends(context)
    yield _ways(side)
    yield from _configuration(side)
    yield from _first(side)
    if unconfirmed(side):
        yield Reason(
            2 * REFUTES,
            "the client never got an answer that it could confirm",
            ends_evidence(context),
        )
    yield from stopped_here(context, side.device, side.reverse)
    yield from passed_here(context, side.device, side.reverse)
    yield from logged(context, side.device, side.reverse)
    if side.explanation is not None:
        yield from rule_counted(context, side.device, side.explanation)
    elif not context.filters_known(side.device):
        yield from drops_counted(context, side.device)
    yield from invalid_counted(context, side.device)
    yield from _sessions(side)
    yield from _older(side)
    yield from _unshared(side)
    yield from _untold(side)
    yield from silence(context)


def _untold(side: OneSided) -> Iterator[Reason]:
    """It is not known which way the answers take, and none was seen: they may well pass this
    device."""
    if _may_pass(side):
        yield Reason(
            REFUTES, f"which way the answers take is not known: they may pass {side.device} too"
        )


def _may_pass(side: OneSided) -> bool:
    way = side.context.findings.trace(not side.reverse)
    return not side.reverse and way.untold and not side.context.findings.observations


def _unshared(side: OneSided) -> Iterator[Reason]:
    """A daemon shares sessions, and this one is not shared: why?"""
    context = side.context
    if context.held(side.device).answered:
        return
    omitted, shared = left_out(context, side.opener, side.device), syncing(context, side.device)
    if omitted is not None:
        yield Reason(WEAK, omitted.words, omitted.evidence)
    elif shared is not None:
        yield Reason(0.0, shared.words, shared.evidence)


def decided(side: OneSided, *wanted: Means) -> Iterator[Reason]:
    """Does the kind of decision that parts the ways fit this cause?"""
    found = side.decider
    if found is not None:
        weight = WEAK if found.means in wanted else REFUTES
        yield Reason(weight, found.text, found.hop.evidence)


def unconfirmed(side: OneSided) -> bool:
    """Would it refuse the client's ACK, while the client, watched, never got the answer that an ACK
    follows?"""
    context = side.context
    waits = (
        not side.reverse
        and side.step is HandshakeStep.CONFIRM
        and context.saw(context.client or "", reverse=True) is False
    )
    return waits and bool(context.attempts) and all(one.fresh for one in context.attempts)


def _first(side: OneSided) -> Iterator[Reason]:
    """Walking the exchange packet by packet, is this the first device to refuse one?"""
    expected = simulated(side.context)
    if expected is None or expected.perhaps:
        return
    if (expected.device, expected.passage.reverse) == (side.device, side.reverse):
        text = (
            f"simulating the exchange packet by packet, {side.device} is the first device that"
            " refuses one"
        )
        yield Reason(WEAK, text)
    elif not any(d.node == side.device for d in side.context.drops(side.reverse)):
        what = (
            f"the {word(side.context, expected.passage.step)} is refused earlier, by"
            f" {expected.device}"
        )
        yield Reason(-STRONG, what, expected.explanations[0].evidence)


def _ways(side: OneSided) -> Reason:
    context = side.context
    hops = [
        h
        for h in (
            context.hop(side.device, side.reverse),
            context.hop(side.opener or "", not side.reverse),
        )
        if h
    ]
    evidence = tuple(dict.fromkeys(i for hop in hops for i in hop.evidence))
    way, other = ("replies", "requests") if side.reverse else ("requests", "replies")
    rest = (
        f"{other} go through {side.opener} instead"
        if side.opener
        else f"{other} pass no known device with state"
    )
    return Reason(
        0.0 if _may_pass(side) else WEAK, f"{way} go through {side.device}; {rest}", evidence
    )


def _configuration(side: OneSided) -> Iterator[Reason]:
    if side.explanation is not None:
        yield configured(side.explanation)
    elif any(b.kind is not DropReason.STATE for b in side.explanations):
        other = next(b for b in side.explanations if b.kind is not DropReason.STATE)
        yield Reason(REFUTES, f"something else stops it there first: {other.text}", other.evidence)
    elif side.context.filters_known(side.device):
        yield Reason(
            REFUTES,
            f"{side.device}'s rules let packets pass that fit no session",
            side.context.filter_evidence(side.device),
        )


def _sessions(side: OneSided) -> Iterator[Reason]:
    mine = side.context.held(side.device)
    if mine.answered:
        yield Reason(
            REFUTES,
            f"{side.device} holds the session with both directions: state is shared",
            mine.evidence,
        )
        return
    if not side.reverse and mine.half_open:
        waits = f"{side.device} still waits for an answer (SYN_SENT [UNREPLIED])"
        known = not _may_pass(side)  # else that there is an answer at all is not known
        yield Reason(
            STRONG if known else 0.0,
            f"{waits} that passes elsewhere" if known else waits,
            mine.evidence,
        )
    elif side.reverse:
        yield from _compared(side)


def _older(side: OneSided) -> Iterator[Reason]:
    """Are the lost packets from the middle of a session that was made before the ways parted?"""
    old = next((h for h in map(side.context.held, side.others) if h.established), None)
    tried = side.context.attempts
    if (
        old is not None
        and tried
        and not any(a.fresh for a in tried)
        and not side.context.held(side.device).answered
    ):
        text = (
            f"{old.device} holds this very session established, so both directions passed it once"
        )
        yield Reason(REFUTES, text, old.evidence)


def _compared(side: OneSided) -> Iterator[Reason]:
    mine = side.context.held(side.device)
    theirs = next((h for h in map(side.context.held, side.others) if h.sessions), None)
    if theirs is not None and theirs.half_open and mine.none:
        both = (*theirs.evidence, *mine.evidence)
        yield Reason(
            STRONG, f"{theirs.device} holds the session unanswered, {side.device} holds none", both
        )
    elif theirs is not None and theirs.half_open:
        yield Reason(
            WEAK, f"{theirs.device} waits for an answer that it never sees", theirs.evidence
        )
    elif theirs is not None and theirs.answered:
        yield Reason(-STRONG, f"{theirs.device} saw both directions of the flow", theirs.evidence)
    elif mine.none and not side.others:
        yield Reason(WEAK, f"{side.device} holds no session of the flow", mine.evidence)


def never_saw(side: OneSided) -> str:
    """The sentence for the headline: who drops what, and why."""
    missed = word(side.context, HandshakeStep.OPENING if side.reverse else HandshakeStep.ANSWER)
    rest = _not_shared(side)
    via = f", which went through {side.opener}, and {rest}" if side.opener else ""
    sender = "server" if side.reverse else "client"
    return f"{side.device} drops the {sender}'s {side.packet}: it never saw the {missed}{via}"


def _not_shared(side: OneSided) -> str:
    """Why does it not know the session all the same?"""
    omitted = left_out(side.context, side.opener, side.device)
    if omitted is not None:
        return omitted.words
    told = "its sync daemon did not share this session with it"
    return told if syncing(side.context, side.device) else "the two do not share sessions"
