"""Under which addresses does the flow pass each capture point? What NAT changes, the rest of the
packet gives away."""

from __future__ import annotations

from collections.abc import Iterable
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
    """One flow at one point: what marks its packets, and how old they were at most."""

    flow: Flow
    marks: set[Mark] = field(default_factory=set)
    packets: int = 0
    ttl: int = 0

    def add(self, packet: Packet) -> None:
        """One more packet of it."""
        self.packets += 1
        self.ttl = max(self.ttl, packet.ttl or 0)
        mark = _mark(packet)
        if mark is not None:
            self.marks.add(mark)


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
    every = [one for there in conversations.values() for one in there.values()]
    shapes = _shapes(every, flow)
    found: dict[str, tuple[Flow, ...]] = {}
    for device, there in conversations.items():
        passed = _nearest_first(one for one in there.values() if one.flow in shapes)
        if passed:
            found[device] = passed
    return found


def _nearest_first(conversations: Iterable[_Conversation]) -> tuple[Flow, ...]:
    """The higher its TTL, the nearer to the source."""
    ordered = sorted(conversations, key=lambda one: -one.ttl)
    return tuple(one.flow for one in ordered)


def _shapes(every: list[_Conversation], flow: Flow) -> set[Flow]:
    """Every shape of the direction: what shares its packets' marks is the same flow, and so is an
    answer's reverse."""
    shapes = {one.flow for one in every if flow.matches(one.flow)}
    answers = {one.flow for one in every if flow.reversed().matches(one.flow)}
    known = 0
    while known != len(shapes) + len(answers):
        known = len(shapes) + len(answers)
        for mine, others in ((shapes, answers), (answers, shapes)):
            mine |= _like(every, mine)
            others |= {shape.reversed() for shape in mine}
    return shapes


def _like(every: list[_Conversation], shapes: set[Flow]) -> set[Flow]:
    """What has the marks of these shapes."""
    marks: set[Mark] = set()
    for one in every:
        if one.flow in shapes:
            marks |= one.marks
    return {one.flow for one in every if one.marks and _alike(one, marks)}


def _alike(one: _Conversation, marks: set[Mark]) -> bool:
    """A random sequence number suffices; IP IDs are small, so that two must agree where there are
    two."""
    if one.flow.protocol is Protocol.TCP:
        return bool(one.marks & marks)
    return len(one.marks & marks) >= min(2, len(one.marks))


def _conversations(case: Case) -> dict[str, dict[Flow, _Conversation]]:
    """All flows of all points."""
    if "marked conversations" not in case.memo:
        case.memo["marked conversations"] = _followed(case)
    found: dict[str, dict[Flow, _Conversation]] = case.memo["marked conversations"]
    return found


def _followed(case: Case) -> dict[str, dict[Flow, _Conversation]]:
    found: dict[str, dict[Flow, _Conversation]] = {}
    known: dict[tuple[str, int], _Conversation] = {}  # packets of a flow share its object
    for device, _, packet, _ in captured(case):
        if packet.flow is None:
            continue
        place = (device, id(packet.flow))
        conversation = known.get(place)
        if conversation is None:
            there = found.setdefault(device, {})
            conversation = there.setdefault(packet.flow, _Conversation(packet.flow))
            known[place] = conversation
        if conversation.packets < ENOUGH:
            conversation.add(packet)
    return found


def _mark(packet: Packet) -> Mark | None:
    """What no other flow's packet has, and what translation leaves alone; None = nothing about it
    marks it."""
    if packet.flow is not None and packet.flow.protocol is Protocol.TCP:
        return _mark_of_a_segment(packet)
    return (packet.length, packet.ip_id) if packet.ip_id else None


def _mark_of_a_segment(packet: Packet) -> Mark | None:
    """A relative number marks nothing; that of a SYN is never relative."""
    if not packet.seq:
        return None
    if packet.seq <= RANDOM and "S" not in packet.flags:
        return None
    return (packet.flags, packet.seq, packet.payload)
