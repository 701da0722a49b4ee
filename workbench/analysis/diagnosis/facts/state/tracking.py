"""Connection tracking refuses a packet that every rule would permit: what shows it, and what passed
elsewhere?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from collectors.model.evidence import Question
from collectors.model.records import FilterRule, Packet
from collectors.model.settings import Knob
from workbench.analysis.captures.observations import label
from workbench.analysis.case.case import FILTERS, Case
from workbench.analysis.case.findings import Observation
from workbench.analysis.case.wording import filter_words, some
from workbench.analysis.device.hop_filtering import at_hop, needs_state
from workbench.analysis.device.log_drops import refused_at
from workbench.analysis.device.logbook import LoggedRefusal
from workbench.analysis.diagnosis.context import Context
from workbench.analysis.diagnosis.facts.stops.drop_reasons import DropExplanation, DropReason
from workbench.analysis.diagnosis.handshake import FLAGS, HandshakeStep
from workbench.analysis.evidence.counter_deltas import CounterDelta, counter_moved
from workbench.analysis.evidence.drops import missing
from workbench.analysis.evidence.held_sessions import Held


def refused_by_tracking(
    context: Context, device: str, step: HandshakeStep, reverse: bool
) -> tuple[DropExplanation, ...]:
    """Measured beats modelled: it came in and not out, and tracking or a rule for strangers counted
    about as much."""
    lost, hop = len(lost_at(context, device, reverse)), context.hop(device, reverse)
    if not lost or hop is None or hop.boundary is None:
        return ()
    flags = FLAGS[step] if context.tcp else None
    strange = at_hop(context.case, hop, "invalid" if context.tcp else "new", flags, reverse)
    if not strange.action.stops:
        return ()
    told = tuple(_counted(context, device, strange.rule, lost))
    if not told:
        return ()
    rule = f" ({filter_words(strange.rule.text)})" if strange.rule is not None else ""
    words = "; ".join(words for words, _ in told)
    proof = (*strange.evidence, *(one for _, moved in told for one in moved.evidence))
    text = (
        f"{device} drops it: its connection tracking does not accept it as part of the"
        f" session{rule}: {words}"
    )
    explanation = DropExplanation(
        DropReason.TRACKING,
        text,
        rule=strange.rule,
        chain=strange.chain,
        evidence=tuple(dict.fromkeys(proof)),
    )
    return (explanation,)


def refused_by_its_log(
    context: Context, device: str, reverse: bool, step: HandshakeStep | None = None
) -> tuple[DropExplanation, ...]:
    """The device's own log names the packet as refused, while nothing that was reported its rules
    explains that.

    Where its rules pass what belongs to a session and refuse the rest, it did not take this for a
    part of one.
    """
    hop = context.hop(device, reverse)
    told = refused_at(context.case, hop, reverse) if hop is not None else None
    if told is None or (told.fresh and not told.explained):
        return ()
    rule = f" ({told.refuser})" if told.refuser else ""
    stray = told.strange or _answers_nothing(context, told)
    strange = stray or _unknown_answer(context, device, reverse, step)
    why = (
        "its connection tracking does not accept it as part of the session"
        if strange
        else "a rule refuses it"
    )
    text = f"{device} drops it: {why}{rule}: {told.words}"
    kind = DropReason.TRACKING if stray else DropReason.STATE if strange else DropReason.POLICY
    kind = DropReason.INPUT if device == context.server else kind
    return (DropExplanation(kind, text, rule=told.by, chain=told.chain, evidence=told.evidence),)


def _answers_nothing(context: Context, told: LoggedRefusal) -> bool:
    """Is it the answer to a SYN of which the device keeps no session, though it keeps those of
    others?

    Who keeps state lets such an answer pass by its session: that it is refused is no matter of a
    list without state.
    """
    looked_up = context.case.answer(told.device, Question.SESSIONS) is not None
    answer = context.tcp and told.packet == "SYN-ACK" and not told.explained
    return answer and looked_up and not context.held(told.device).sessions


def _unknown_answer(
    context: Context, device: str, reverse: bool, step: HandshakeStep | None
) -> bool:
    """Would the device pass this packet of a session that it knows, and no other?"""
    hop = context.hop(device, reverse)
    later = reverse and step is not HandshakeStep.OPENING
    return later and hop is not None and needs_state(context.case, hop, reply=reverse) is True


def _counted(
    context: Context, device: str, rule: FilterRule | None, lost: int
) -> Iterator[tuple[str, CounterDelta]]:
    """What rose in the window by at least about half of what was lost?"""
    for name in ("invalid", "insert_failed", "drop"):
        moved = counter_moved(context.case, device, name)
        if moved is not None and 2 * moved.amount >= lost:
            yield f"`{name}` of conntrack -S rose by {moved.amount}", moved
    for counted, amount, item in context.case.rule_deltas(device):
        if rule is not None and counted.key == rule.key and 2 * amount >= lost:
            yield f"that rule counted {some(amount)}", CounterDelta(amount, (item.id,))


def lost_at(context: Context, device: str, reverse: bool) -> tuple[Packet, ...]:
    """The packets that came in at the device and did not go out of it."""
    point = context.observation(device, reverse)
    return missing(point.came_in, point.went_out) if point is not None else ()


def never_passed(context: Context, device: str, step: HandshakeStep) -> bool:
    """Is it the SYN-ACK that fits no session, while nothing shows that the SYN passed the
    device?"""
    begun = context.saw(device, reverse=False) or bool(context.held(device).sessions)
    return context.tcp and step is HandshakeStep.ANSWER and not begun


def list_or_state(
    context: Context, device: str, step: HandshakeStep, explanation: DropExplanation | None
) -> bool:
    """Does a log alone name the SYN-ACK as refused, so that a list may have done so, or a state
    that was missed?"""
    asked = (*FILTERS, Question.SESSIONS)
    alone = (
        explanation is not None
        and explanation.kind is DropReason.POLICY
        and explanation.rule is None
        and explanation.chain is None
    )
    return (
        alone
        and context.tcp
        and step is HandshakeStep.ANSWER
        and not context.evidence(device, *asked)
    )


def begun_at(context: Context, device: str) -> Held | None:
    """Which other device, neither end, holds the session of the flow and waits for its answer?"""
    others = (
        one.name
        for one in context.case.inventory.devices
        if one.name not in (device, context.client, context.server)
    )
    return next((found for found in map(context.held, others) if found.half_open), None)


def dark_openers(context: Context) -> tuple[str, ...]:
    """Who on the path of the SYN cannot be asked, and may be the stateful device that saw it?"""
    return tuple(
        hop.name
        for hop in context.findings.forward.hops[1:-1]
        if not context.case.reached(hop.device or "")
    )


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Packets of one direction that passed from before a device to behind it, and not through
    it."""

    reverse: bool
    packets: tuple[Packet, ...]
    decider: str  # the last device before it that had them
    behind: str  # where they were seen again
    evidence: tuple[str, ...]

    @property
    def words(self) -> str:
        """Which packets, and between which ends."""
        kind = label(self.packets[0])
        way = "server" if self.reverse else "client"
        return (
            f"{some(len(self.packets), f'{kind} packet')} of the {way} went from {self.decider} to"
            f" {self.behind}"
        )


def passed_elsewhere(context: Context, device: str) -> Elsewhere | None:
    """Did a part of one direction go around the device, which the rest of that direction
    crosses?"""
    for reverse in (False, True):
        found = _around(context, device, reverse)
        if found is not None:
            return found
    return None


def _around(context: Context, device: str, reverse: bool) -> Elsewhere | None:
    names = context.findings.trace(reverse).names
    here = context.observation(device, reverse)
    if device not in names or here is None or not here.came_in:
        return None
    at = names.index(device)
    before, behind = _last(context, names[:at], reverse), _last(context, names[:at:-1], reverse)
    if before is None or behind is None:
        return None
    sent = _all(before)
    arrived = {id(packet) for packet in sent} - {
        id(packet) for packet in missing(sent, _all(behind))
    }
    around = tuple(packet for packet in missing(sent, here.came_in) if id(packet) in arrived)
    if len(around) < 2:
        return None
    proof = (*before.evidence, *here.evidence, *behind.evidence)
    return Elsewhere(reverse, around, before.device, behind.device, tuple(dict.fromkeys(proof)))


def _last(context: Context, names: tuple[str, ...], reverse: bool) -> Observation | None:
    """The watched device that is nearest to the end of these."""
    watched = (context.observation(name, reverse) for name in reversed(names))
    return next((one for one in watched if one is not None and (one.went_out or one.came_in)), None)


def _all(point: Observation) -> tuple[Packet, ...]:
    return point.went_out or point.came_in


def accepts_out_of_window(case: Case, device: str) -> bool:
    """Is connection tracking set to accept TCP segments outside of the window that it knows?"""
    liberal = case.setting(device, Knob.TRACKING_LIBERAL)
    return liberal is not None and liberal.value is True
