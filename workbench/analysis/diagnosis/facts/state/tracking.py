"""Connection tracking refuses a packet that every rule would permit: what shows it, and what passed
elsewhere?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from collectors.model.evidence import Question
from collectors.model.records import FilterRule, Packet
from workbench.analysis.captures.crossing import label
from workbench.analysis.case.case import FILTERS, Case
from workbench.analysis.case.findings import Sighting
from workbench.analysis.case.wording import filter_words, some
from workbench.analysis.device.hop_filtering import at_hop, needs_state
from workbench.analysis.device.log_drops import refused_at
from workbench.analysis.device.logbook import Refusal
from workbench.analysis.diagnosis.context import Scene
from workbench.analysis.diagnosis.facts.stops.drop_reasons import Blame, Kind
from workbench.analysis.diagnosis.handshake import FLAGS, Stage
from workbench.analysis.evidence.counter_deltas import Moved, counter_moved
from workbench.analysis.evidence.drops import missing
from workbench.analysis.evidence.held_sessions import Held


def refused_by_tracking(
    scene: Scene, device: str, stage: Stage, reverse: bool
) -> tuple[Blame, ...]:
    """Measured beats modelled: it came in and not out, and tracking or a rule for strangers counted
    about as much."""
    lost, hop = len(lost_at(scene, device, reverse)), scene.hop(device, reverse)
    if not lost or hop is None or hop.boundary is None:
        return ()
    flags = FLAGS[stage] if scene.tcp else None
    strange = at_hop(scene.case, hop, "invalid" if scene.tcp else "new", flags, reverse)
    if not strange.ruling.stops:
        return ()
    told = tuple(_counted(scene, device, strange.rule, lost))
    if not told:
        return ()
    rule = f" ({filter_words(strange.rule.text)})" if strange.rule is not None else ""
    words = "; ".join(words for words, _ in told)
    proof = (*strange.evidence, *(one for _, moved in told for one in moved.evidence))
    text = (
        f"{device} drops it: its connection tracking does not accept it as part of the"
        f" session{rule}: {words}"
    )
    blame = Blame(
        Kind.TRACKING,
        text,
        rule=strange.rule,
        chain=strange.chain,
        evidence=tuple(dict.fromkeys(proof)),
    )
    return (blame,)


def refused_by_its_log(
    scene: Scene, device: str, reverse: bool, stage: Stage | None = None
) -> tuple[Blame, ...]:
    """The device's own log names the packet as refused, while nothing that was told of its rules
    explains that.

    Where its rules pass what belongs to a session and refuse the rest, it did not take this for a
    part of one.
    """
    hop = scene.hop(device, reverse)
    told = refused_at(scene.case, hop, reverse) if hop is not None else None
    if told is None or (told.fresh and not told.explained):
        return ()
    rule = f" ({told.refuser})" if told.refuser else ""
    stray = told.strange or _answers_nothing(scene, told)
    strange = stray or _unknown_answer(scene, device, reverse, stage)
    why = (
        "its connection tracking does not accept it as part of the session"
        if strange
        else "a rule refuses it"
    )
    text = f"{device} drops it: {why}{rule}: {told.words}"
    kind = Kind.TRACKING if stray else Kind.STATE if strange else Kind.POLICY
    kind = Kind.INPUT if device == scene.server else kind
    return (Blame(kind, text, rule=told.by, chain=told.chain, evidence=told.evidence),)


def _answers_nothing(scene: Scene, told: Refusal) -> bool:
    """Is it the answer to a SYN of which the device keeps no session, though it keeps those of
    others?

    Who keeps state lets such an answer pass by its session: that it is refused is no matter of a
    list without state.
    """
    looked_up = scene.case.answer(told.device, Question.SESSIONS) is not None
    answer = scene.tcp and told.packet == "SYN-ACK" and not told.explained
    return answer and looked_up and not scene.held(told.device).sessions


def _unknown_answer(scene: Scene, device: str, reverse: bool, stage: Stage | None) -> bool:
    """Would the device pass this packet of a session that it knows, and no other?"""
    hop = scene.hop(device, reverse)
    later = reverse and stage is not Stage.OPENING
    return later and hop is not None and needs_state(scene.case, hop, reply=reverse) is True


def _counted(
    scene: Scene, device: str, rule: FilterRule | None, lost: int
) -> Iterator[tuple[str, Moved]]:
    """What rose in the window by at least about half of what was lost?"""
    for name in ("invalid", "insert_failed", "drop"):
        moved = counter_moved(scene.case, device, name)
        if moved is not None and 2 * moved.amount >= lost:
            yield f"`{name}` of conntrack -S rose by {moved.amount}", moved
    for counted, amount, item in scene.case.rule_deltas(device):
        if rule is not None and counted.key == rule.key and 2 * amount >= lost:
            yield f"that rule counted {some(amount)}", Moved(amount, (item.id,))


def lost_at(scene: Scene, device: str, reverse: bool) -> tuple[Packet, ...]:
    """The packets that came in at the device and did not go out of it."""
    point = scene.sighting(device, reverse)
    return missing(point.came_in, point.went_out) if point is not None else ()


def never_passed(scene: Scene, device: str, stage: Stage) -> bool:
    """Is it the SYN-ACK that fits no session, while nothing shows that the SYN passed the
    device?"""
    begun = scene.saw(device, reverse=False) or bool(scene.held(device).sessions)
    return scene.tcp and stage is Stage.ANSWER and not begun


def list_or_state(scene: Scene, device: str, stage: Stage, blame: Blame | None) -> bool:
    """Does a log alone name the SYN-ACK as refused, so that a list may have done so, or a state
    that was missed?"""
    asked = (*FILTERS, Question.SESSIONS)
    alone = (
        blame is not None
        and blame.kind is Kind.POLICY
        and blame.rule is None
        and blame.chain is None
    )
    return alone and scene.tcp and stage is Stage.ANSWER and not scene.evidence(device, *asked)


def begun_at(scene: Scene, device: str) -> Held | None:
    """Which other device, neither end, holds the session of the flow and waits for its answer?"""
    others = (
        one.name
        for one in scene.case.inventory.devices
        if one.name not in (device, scene.client, scene.server)
    )
    return next((found for found in map(scene.held, others) if found.half_open), None)


def dark_openers(scene: Scene) -> tuple[str, ...]:
    """Who on the way of the SYN cannot be asked, and may be the stateful device that saw it?"""
    return tuple(
        hop.name
        for hop in scene.findings.forward.hops[1:-1]
        if not scene.case.reached(hop.device or "")
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
        """Which packets, and between whom."""
        kind = label(self.packets[0])
        way = "server" if self.reverse else "client"
        return (
            f"{some(len(self.packets), f'{kind} packet')} of the {way} went from {self.decider} to"
            f" {self.behind}"
        )


def passed_elsewhere(scene: Scene, device: str) -> Elsewhere | None:
    """Did a part of one direction go around the device, which the rest of that direction
    crosses?"""
    for reverse in (False, True):
        found = _around(scene, device, reverse)
        if found is not None:
            return found
    return None


def _around(scene: Scene, device: str, reverse: bool) -> Elsewhere | None:
    names = scene.findings.path(reverse).names
    here = scene.sighting(device, reverse)
    if device not in names or here is None or not here.came_in:
        return None
    at = names.index(device)
    before, behind = _last(scene, names[:at], reverse), _last(scene, names[:at:-1], reverse)
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


def _last(scene: Scene, names: tuple[str, ...], reverse: bool) -> Sighting | None:
    """The watched device that is nearest to the end of these."""
    watched = (scene.sighting(name, reverse) for name in reversed(names))
    return next((one for one in watched if one is not None and (one.went_out or one.came_in)), None)


def _all(point: Sighting) -> tuple[Packet, ...]:
    return point.went_out or point.came_in


def accepts_out_of_window(case: Case, device: str) -> bool:
    """Is connection tracking set to accept TCP segments outside of the window that it knows?"""
    return case.setting(device, "net.netfilter.nf_conntrack_tcp_be_liberal") not in (None, "0")
