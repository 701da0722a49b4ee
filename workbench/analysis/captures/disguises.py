"""Under which addresses does the flow pass each capture point? What NAT changes, the rest of the
packet gives away."""

from __future__ import annotations

from dataclasses import dataclass, field

from collectors.model.flow import Flow, Protocol
from collectors.model.records import Packet
from workbench.analysis.captures.flow_counts import captured
from workbench.analysis.case.case import Case

ENOUGH = 50  # packets of one flow at one point that are compared
RANDOM = 1 << 16  # sequence numbers below may be relative ones, as tcpdump prints them
Mark = tuple[object, ...]


@dataclass
class _Conversation:
    """One flow at one point: what is telling about its packets, and how old they were at most."""

    flow: Flow
    marks: set[Mark] = field(default_factory=set)
    packets: int = 0
    ttl: int = 0


def disguises(case: Case, flow: Flow) -> dict[str, tuple[Flow, ...]]:
    """At each point the flow's shapes, the one nearest to its source first; a point that did not
    see it is left out."""
    key = ("disguises", flow)
    if key not in case.memo:
        case.memo[key] = _disguises(case, flow)
    found: dict[str, tuple[Flow, ...]] = case.memo[key]
    return found


def _disguises(case: Case, flow: Flow) -> dict[str, tuple[Flow, ...]]:
    conversations = _conversations(case)
    shapes = _shapes([one for there in conversations.values() for one in there.values()], flow)
    found: dict[str, tuple[Flow, ...]] = {}
    for device, there in conversations.items():
        passed = [one for one in there.values() if one.flow in shapes]
        if passed:
            found[device] = tuple(one.flow for one in sorted(passed, key=lambda one: -one.ttl))
    return found


def _shapes(every: list[_Conversation], flow: Flow) -> set[Flow]:
    """Every shape of the direction: what shares its packets' marks is the same flow, and so is an
    answer's reverse."""
    shapes = {one.flow for one in every if flow.matches(one.flow)}
    answers = {one.flow for one in every if flow.reversed().matches(one.flow)}
    known = 0
    while known != len(shapes) + len(answers):
        known = len(shapes) + len(answers)
        for mine, others in ((shapes, answers), (answers, shapes)):
            marks = {mark for one in every if one.flow in mine for mark in one.marks}
            mine |= {one.flow for one in every if one.marks and _alike(one, marks)}
            others |= {shape.reversed() for shape in mine}
    return shapes


def _alike(one: _Conversation, marks: set[Mark]) -> bool:
    """A random sequence number suffices; IP IDs are small, so that two must agree where there are
    two."""
    if one.flow.protocol is Protocol.TCP:
        return bool(one.marks & marks)
    return len(one.marks & marks) >= min(2, len(one.marks))


def _conversations(case: Case) -> dict[str, dict[Flow, _Conversation]]:
    """All flows of all points."""
    if "talks" not in case.memo:
        case.memo["talks"] = _told(case)
    found: dict[str, dict[Flow, _Conversation]] = case.memo["talks"]
    return found


def _told(case: Case) -> dict[str, dict[Flow, _Conversation]]:
    found: dict[str, dict[Flow, _Conversation]] = {}
    known: dict[tuple[str, int], _Conversation] = {}  # packets of a flow share its object
    for device, _, packet, _ in captured(case):
        place = (device, id(packet.flow))
        conversation = known.get(place)
        if conversation is None and packet.flow is not None:
            conversation = known[place] = found.setdefault(device, {}).setdefault(
                packet.flow, _Conversation(packet.flow)
            )
        if conversation is not None and conversation.packets < ENOUGH:
            conversation.packets += 1
            conversation.ttl = max(conversation.ttl, packet.ttl or 0)
            mark = _mark(packet)
            conversation.marks |= {mark} if mark is not None else set()
    return found


def _mark(packet: Packet) -> Mark | None:
    """What no other flow's packet has, and what translation leaves alone; None = nothing about it
    is telling."""
    if packet.flow is not None and packet.flow.protocol is Protocol.TCP:
        telling = packet.seq is not None and (packet.seq > RANDOM or "S" in packet.flags)
        return (packet.flags, packet.seq, packet.payload) if telling and packet.seq else None
    return (packet.length, packet.ip_id) if packet.ip_id else None
