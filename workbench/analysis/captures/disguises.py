"""Under which addresses does the flow pass each capture point? What NAT changes, the rest of the
packet gives away."""

from __future__ import annotations

from dataclasses import dataclass, field

from collectors.model.flow import Flow, Protocol
from collectors.model.records import Packet
from workbench.analysis.captures.seen import captured
from workbench.analysis.case.case import Case

ENOUGH = 50  # packets of one flow at one point that are compared
RANDOM = 1 << 16  # sequence numbers below may be relative ones, as tcpdump prints them
Mark = tuple[object, ...]


@dataclass
class _Talk:
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
    talks = _talks(case)
    shapes = _shapes([one for there in talks.values() for one in there.values()], flow)
    found: dict[str, tuple[Flow, ...]] = {}
    for device, there in talks.items():
        passed = [one for one in there.values() if one.flow in shapes]
        if passed:
            found[device] = tuple(one.flow for one in sorted(passed, key=lambda one: -one.ttl))
    return found


def _shapes(every: list[_Talk], flow: Flow) -> set[Flow]:
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


def _alike(one: _Talk, marks: set[Mark]) -> bool:
    """A random sequence number suffices; IP IDs are small, so that two must agree where there are
    two."""
    if one.flow.protocol is Protocol.TCP:
        return bool(one.marks & marks)
    return len(one.marks & marks) >= min(2, len(one.marks))


def _talks(case: Case) -> dict[str, dict[Flow, _Talk]]:
    """All flows of all points."""
    if "talks" not in case.memo:
        case.memo["talks"] = _told(case)
    found: dict[str, dict[Flow, _Talk]] = case.memo["talks"]
    return found


def _told(case: Case) -> dict[str, dict[Flow, _Talk]]:
    found: dict[str, dict[Flow, _Talk]] = {}
    known: dict[tuple[str, int], _Talk] = {}  # packets of a flow share its object
    for device, _, packet, _ in captured(case):
        place = (device, id(packet.flow))
        talk = known.get(place)
        if talk is None and packet.flow is not None:
            talk = known[place] = found.setdefault(device, {}).setdefault(
                packet.flow, _Talk(packet.flow)
            )
        if talk is not None and talk.packets < ENOUGH:
            talk.packets += 1
            talk.ttl = max(talk.ttl, packet.ttl or 0)
            mark = _mark(packet)
            talk.marks |= {mark} if mark is not None else set()
    return found


def _mark(packet: Packet) -> Mark | None:
    """What no other flow's packet has, and what translation leaves alone; None = nothing about it
    is telling."""
    if packet.flow is not None and packet.flow.protocol is Protocol.TCP:
        telling = packet.seq is not None and (packet.seq > RANDOM or "S" in packet.flags)
        return (packet.flags, packet.seq, packet.payload) if telling and packet.seq else None
    return (packet.length, packet.ip_id) if packet.ip_id else None
