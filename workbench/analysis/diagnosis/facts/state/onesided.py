"""Devices that keep state and see one direction of the flow only: the ground of half of all
causes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from workbench.analysis.case.drop import Drop
from workbench.analysis.case.packet_kinds import PacketKind
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
from workbench.analysis.diagnosis.facts.state import hidden_state
from workbench.analysis.diagnosis.facts.state.syncing import left_out, syncing
from workbench.analysis.diagnosis.facts.stops.explanations import DropExplanation, DropReason
from workbench.analysis.diagnosis.facts.stops.simulation import explain, simulated
from workbench.analysis.diagnosis.handshake import HandshakeStep, handshake_step_of
from workbench.analysis.evidence.held_sessions import Held


@dataclass(frozen=True)
class OneSided:
    """A stateful device that one direction visits and the other does not; `others` keep state on
    that other way."""

    context: Context
    device: str
    reverse: bool  # the direction that it sees
    others: tuple[str, ...]
    # places on that other way that do not show it: they may keep state
    hidden: tuple[str, ...] = ()

    @cached_property
    def step(self) -> HandshakeStep:
        """Which packet would it be the first to refuse?"""
        seen = self._drop
        if seen is not None:
            return handshake_step_of(seen.packet, self.reverse)
        return HandshakeStep.ANSWER if self.reverse else HandshakeStep.CONFIRM

    @cached_property
    def _drop(self) -> Drop | None:
        """What was seen to stop here."""
        for drop in self.context.drops(self.reverse):
            if drop.node == self.device:
                return drop
        return None

    @cached_property
    def explanations(self) -> tuple[DropExplanation, ...]:
        """What at this device would stop that packet?"""
        return explain(self.context, self.device, self.step, self.reverse)

    @cached_property
    def explanation(self) -> DropExplanation | None:
        """The explanation by missing state."""
        for one in self.explanations:
            if one.kind is DropReason.STATE:
                return one
        return None

    @cached_property
    def other_explanation(self) -> DropExplanation | None:
        """The first explanation by something else."""
        for one in self.explanations:
            if one.kind is not DropReason.STATE:
                return one
        return None

    @property
    def packet(self) -> str:
        """The refused packet in an engineer's word, as it was seen where it was."""
        return named(self.context, self._drop, self.step)

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
        return Direction.of(reverse=self.reverse)

    @property
    def opener(self) -> str | None:
        """Who saw the packet that this device missed?"""
        return self.others[0] if self.others else None


def one_sided(context: Context) -> Iterator[OneSided]:
    """Every device with state that sees only one direction of the flow."""
    for reverse in (True, False):
        here, there = _keeping_state(context, reverse), _keeping_state(context, not reverse)
        for device in here:
            if device in there or _crossed(context, device, not reverse):
                continue
            others = tuple(name for name in there if name not in here)
            hidden = () if others else hidden_state.hidden_places(context, not reverse)
            yield OneSided(context, device, reverse, others, hidden)


def _keeping_state(context: Context, reverse: bool) -> list[str]:
    """The devices of one direction, neither end, that keep state."""
    ends = (context.client, context.server)
    return [name for name in context.stateful_devices(reverse) if name not in ends]


def unseen_keeper(side: OneSided, *, accused: bool) -> Iterator[Reason]:
    """May a place on the other way that does not show it hold the session?"""
    yield from hidden_state.unseen_keeper(side.context, side.device, side.hidden, accused=accused)


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
    yield from _answers_path_unknown(side)
    yield from silence(context)


def _answers_path_unknown(side: OneSided) -> Iterator[Reason]:
    """It is not known which way the answers take, and none was seen: they may well pass this
    device."""
    if _may_pass(side):
        yield Reason(
            REFUTES, f"which way the answers take is not known: they may pass {side.device} too"
        )


def _may_pass(side: OneSided) -> bool:
    if side.reverse or side.context.findings.observations:
        return False
    return side.context.findings.trace(not side.reverse).partly_unknown


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
    if side.reverse or side.step is not HandshakeStep.CONFIRM:
        return False
    if context.saw(context.client or "", reverse=True) is not False:
        return False
    return bool(context.attempts) and all(one.fresh for one in context.attempts)


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
    evidence: list[str] = []
    for hop in (
        context.hop(side.device, side.reverse),
        context.hop(side.opener or "", not side.reverse),
    ):
        evidence.extend(hop.evidence if hop is not None else ())
    these, others = ("replies", "requests") if side.reverse else ("requests", "replies")
    rest = (
        f"{others} go through {side.opener} instead"
        if side.opener
        else f"{others} pass no known device with state"
    )
    weight = 0.0 if _may_pass(side) else WEAK
    text = f"{these} go through {side.device}; {rest}"
    return Reason(weight, text, tuple(dict.fromkeys(evidence)))


def _configuration(side: OneSided) -> Iterator[Reason]:
    other = side.other_explanation
    if side.explanation is not None:
        yield configured(side.explanation)
    elif other is not None:
        yield Reason(REFUTES, f"something else stops it there first: {other.text}", other.evidence)
    elif side.context.filters_known(side.device):
        text = f"{side.device}'s rules let packets pass that fit no session"
        yield Reason(REFUTES, text, side.context.filter_evidence(side.device))


def _sessions(side: OneSided) -> Iterator[Reason]:
    mine = side.context.held(side.device)
    if mine.answered:
        text = f"{side.device} holds the session with both directions: state is shared"
        yield Reason(REFUTES, text, mine.evidence)
    elif side.reverse:
        yield from _compared(side)
    elif mine.half_open:
        text = f"{side.device} still waits for an answer (SYN_SENT [UNREPLIED])"
        if _may_pass(side):  # that there is an answer at all is not known
            yield Reason(0.0, text, mine.evidence)
        else:
            yield Reason(STRONG, f"{text} that passes elsewhere", mine.evidence)


def _older(side: OneSided) -> Iterator[Reason]:
    """Are the lost packets from the middle of a session that was made before the ways parted?"""
    tried = side.context.attempts
    if not tried or any(one.fresh for one in tried):
        return
    if side.context.held(side.device).answered:
        return
    for other in map(side.context.held, side.others):
        if other.established:
            text = (
                f"{other.device} holds this very session established, so both directions passed it"
                " once"
            )
            yield Reason(REFUTES, text, other.evidence)
            return


def _compared(side: OneSided) -> Iterator[Reason]:
    mine = side.context.held(side.device)
    holding = [held for held in map(side.context.held, side.others) if held.sessions]
    theirs = holding[0] if holding else None
    if theirs is not None and theirs.half_open:
        yield _waiting(mine, theirs)
    elif theirs is not None and theirs.answered:
        yield Reason(-STRONG, f"{theirs.device} saw both directions of the flow", theirs.evidence)
    elif mine.none and not side.others:
        yield Reason(WEAK, f"{side.device} holds no session of the flow", mine.evidence)


def _waiting(mine: Held, theirs: Held) -> Reason:
    """The other one waits for an answer; does this one know nothing of the session?"""
    if mine.none:
        both = (*theirs.evidence, *mine.evidence)
        text = f"{theirs.device} holds the session unanswered, {mine.device} holds none"
        return Reason(STRONG, text, both)
    return Reason(WEAK, f"{theirs.device} waits for an answer that it never sees", theirs.evidence)


def never_saw(side: OneSided) -> str:
    """The sentence for the headline: who drops what, and why."""
    missed = word(side.context, HandshakeStep.OPENING if side.reverse else HandshakeStep.ANSWER)
    rest = _not_shared(side)
    via = f", which went through {side.opener}, and {rest}" if side.opener else ""
    sender = "server" if side.reverse else "client"
    return (
        f"{side.device} drops the {sender}'s {_told(side.packet)}: it never saw the {missed}{via}"
    )


def _told(packet: str) -> str:
    """What takes the place of a SYN-ACK is not known to everybody by its name."""
    return f"answer, a {packet}" if packet == PacketKind.CHALLENGE_ACK else packet


def _not_shared(side: OneSided) -> str:
    """Why does it not know the session all the same?"""
    omitted = left_out(side.context, side.opener, side.device)
    if omitted is not None:
        return omitted.words
    unshared = "its sync daemon did not share this session with it"
    return unshared if syncing(side.context, side.device) else "the two do not share sessions"
