"""Connection tracking refuses a packet that every rule would permit: what shows it, and what passed
elsewhere?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from collectors.model.counters import CounterMeaning
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
from workbench.analysis.evidence.held_sessions import Held
from workbench.analysis.evidence.lost_packets import missing

_REFUSALS = (
    CounterMeaning.FITS_NO_SESSION,
    CounterMeaning.SESSION_NOT_ENTERED,
    CounterMeaning.SESSION_TABLE_DROP,
)


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
    counted = tuple(_counted(context, device, strange.rule, lost))
    if not counted:
        return ()
    rule = f" ({filter_words(strange.rule.text)})" if strange.rule is not None else ""
    words = "; ".join(words for words, _ in counted)
    proof = (*strange.evidence, *(one for _, moved in counted for one in moved.evidence))
    why = f"its connection tracking does not accept it as part of the session{rule}: {words}"
    explanation = DropExplanation(
        DropReason.TRACKING,
        f"{device} drops it: {why}",
        rule=strange.rule,
        chain=strange.chain,
        evidence=tuple(dict.fromkeys(proof)),
        why=why,
    )
    return (explanation,)


def refused_by_its_log(
    context: Context, device: str, reverse: bool, step: HandshakeStep | None = None
) -> tuple[DropExplanation, ...]:
    """The device's own log names the packet as refused, while nothing that was reported of its
    rules explains that.

    Where its rules pass what belongs to a session and refuse the rest, it did not take this for a
    part of one.
    """
    hop = context.hop(device, reverse)
    line = refused_at(context.case, hop, reverse) if hop is not None else None
    if line is None or (line.fresh and not line.explained):
        return ()
    kind = _kind(context, line, reverse, step)
    strange = kind in (DropReason.TRACKING, DropReason.STATE)
    rule = f" ({line.refuser})" if line.refuser else ""
    who = (
        "its connection tracking does not accept it as part of the session"
        if strange
        else "a rule refuses it"
    )
    why = f"{who}{rule}: {line.words}"
    if device == context.server:
        kind = DropReason.INPUT
    explanation = DropExplanation(
        kind,
        f"{device} drops it: {why}",
        rule=line.by,
        chain=line.chain,
        evidence=line.evidence,
        why=why,
    )
    return (explanation,)


def _kind(
    context: Context, line: LoggedRefusal, reverse: bool, step: HandshakeStep | None
) -> DropReason:
    """Why it was refused, wherever that is."""
    if line.strange or _answers_nothing(context, line):
        return DropReason.TRACKING
    if _unknown_answer(context, line.device, reverse, step):
        return DropReason.STATE
    return DropReason.POLICY


def _answers_nothing(context: Context, line: LoggedRefusal) -> bool:
    """Is it the answer to a SYN of which the device keeps no session, though it keeps those of
    others?

    Who keeps state lets such an answer pass by its session: that it is refused is no matter of a
    list without state.
    """
    if not context.tcp or line.packet != "SYN-ACK" or line.explained:
        return False
    looked_up = context.case.answer(line.device, Question.SESSIONS) is not None
    return looked_up and not context.held(line.device).sessions


def _unknown_answer(
    context: Context, device: str, reverse: bool, step: HandshakeStep | None
) -> bool:
    """Would the device pass this packet of a session that it knows, and no other?"""
    hop = context.hop(device, reverse)
    if not reverse or step is HandshakeStep.OPENING or hop is None:
        return False
    return needs_state(context.case, hop, reply=reverse) is True


def _counted(
    context: Context, device: str, rule: FilterRule | None, lost: int
) -> Iterator[tuple[str, CounterDelta]]:
    """What rose in the window by at least about half of what was lost?"""
    for meaning in _REFUSALS:
        moved = counter_moved(context.case, device, meaning)
        if moved is not None and 2 * moved.amount >= lost:
            yield f"`{moved.name}` of its connection tracking rose by {moved.amount}", moved
    if rule is None:
        return
    for counted, amount, item in context.case.rule_deltas(device):
        if counted.key == rule.key and 2 * amount >= lost:
            yield f"that rule counted {some(amount)}", CounterDelta(amount, (item.id,))


def lost_at(context: Context, device: str, reverse: bool) -> tuple[Packet, ...]:
    """The packets that came in at the device and did not go out of it."""
    point = context.observation(device, reverse)
    return missing(point.came_in, point.went_out) if point is not None else ()


def never_passed(context: Context, device: str, step: HandshakeStep) -> bool:
    """Is it the SYN-ACK that fits no session, while nothing shows that the SYN passed the
    device?"""
    if not context.tcp or step is not HandshakeStep.ANSWER:
        return False
    begun = context.saw(device, reverse=False) or context.held(device).sessions
    return not begun


def list_or_state(
    context: Context, device: str, step: HandshakeStep, explanation: DropExplanation | None
) -> bool:
    """Does a log alone name the SYN-ACK as refused, so that a list may have done so, or a state
    that was missed?"""
    if not context.tcp or step is not HandshakeStep.ANSWER:
        return False
    if explanation is None or explanation.kind is not DropReason.POLICY:
        return False
    if explanation.rule is not None or explanation.chain is not None:
        return False
    return not context.evidence(device, *FILTERS, Question.SESSIONS)


def begun_at(context: Context, device: str) -> Held | None:
    """Which other device, neither end, holds the session of the flow and waits for its answer?"""
    apart = (device, context.client, context.server)
    for other in context.case.inventory.devices:
        if other.name in apart:
            continue
        found = context.held(other.name)
        if found.half_open:
            return found
    return None


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
    before = _last(context, names[:at], reverse)
    behind = _last(context, names[:at:-1], reverse)
    if before is None or behind is None:
        return None
    sent = _all(before)
    lost = {id(packet) for packet in missing(sent, _all(behind))}
    arrived = {id(packet) for packet in sent} - lost
    beside = missing(sent, here.came_in)
    around = tuple(packet for packet in beside if id(packet) in arrived)
    if len(around) < 2:
        return None
    proof = dict.fromkeys((*before.evidence, *here.evidence, *behind.evidence))
    return Elsewhere(reverse, around, before.device, behind.device, tuple(proof))


def _last(context: Context, names: tuple[str, ...], reverse: bool) -> Observation | None:
    """The watched device that is nearest to the end of these."""
    for name in reversed(names):
        point = context.observation(name, reverse)
        if point is not None and _all(point):
            return point
    return None


def _all(point: Observation) -> tuple[Packet, ...]:
    return point.went_out or point.came_in


def accepts_out_of_window(case: Case, device: str) -> bool:
    """Is connection tracking set to accept TCP segments outside of the window that it knows?"""
    liberal = case.setting(device, Knob.TRACKING_LIBERAL)
    return liberal is not None and liberal.value is True
