"""What captures saw, before any path is known: by which interfaces did a flow come in and go out at
a device?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from collectors.model.evidence import Evidence, Question
from collectors.model.flow import Address, Flow
from collectors.model.records import Packet
from workbench.analysis.captures.cut_captures import blind, overlooked, too_short
from workbench.analysis.captures.interface_sides import outgoing_by_order
from workbench.analysis.case.case import Case


@dataclass
class FlowCount:
    """One flow at one device."""

    came_in: dict[str | None, int] = field(default_factory=dict)  # packets per interface
    went_out: dict[str | None, int] = field(default_factory=dict)
    # packets per interface and source MAC
    senders: dict[tuple[str | None, str], int] = field(default_factory=dict)
    first: float = 0.0  # by our clock
    evidence: dict[str, None] = field(default_factory=dict)

    @property
    def lost(self) -> int:
        """How many packets came in and did not go out under the same addresses?"""
        return max(0, sum(self.came_in.values()) - sum(self.went_out.values()))


@dataclass
class CountedFlows:
    """All observations of a case."""

    flow_counts: dict[str, dict[Flow, FlowCount]] = field(default_factory=dict)
    watched: frozenset[str] = frozenset()  # devices that have a capture at all

    def of(self, device: str, flow: Flow) -> FlowCount | None:
        """What the device's capture saw of that flow (all source ports when the port is not
        known)."""
        there = self.flow_counts.get(device, {})
        if flow in there:
            return there[flow]
        fitting = [one for known, one in there.items() if flow.matches(known)]
        return fitting[-1] if fitting else None

    def interfaces_out(self, device: str, flow: Flow) -> dict[str, int]:
        """By which interfaces was the flow seen to leave the device, and with how many packets?"""
        found = self.of(device, flow)
        return {name: count for name, count in found.went_out.items() if name} if found else {}

    def kept(self, device: str, flow: Flow) -> bool:
        """Did packets of the flow come in at the device and not go on under the same addresses?"""
        found = self.of(device, flow)
        return found is not None and bool(found.came_in) and found.lost > 0

    def came_in(self, device: str, flow: Flow) -> bool:
        """Was the flow seen to come in at the device?"""
        found = self.of(device, flow)
        return found is not None and bool(found.came_in)


def counted_flows(case: Case) -> CountedFlows:
    """Everything that captures saw, made once per case."""
    if "seen" not in case.memo:
        case.memo["seen"] = _seen(case)
    found: CountedFlows = case.memo["seen"]
    return found


def _seen(case: Case) -> CountedFlows:
    flow_counts: dict[str, dict[Flow, FlowCount]] = {}
    # flows are shared by their packets: cheaper than by value
    known: dict[tuple[str, int], FlowCount] = {}
    for device, item, packet, outgoing in captured(case):
        place = (device, id(packet.flow))
        one = known.get(place)
        if one is None and packet.flow is not None:
            one = known[place] = flow_counts.setdefault(device, {}).setdefault(
                packet.flow, FlowCount()
            )
        assert one is not None
        _note(one, item, packet, outgoing)
    return CountedFlows(flow_counts, frozenset(watched(case)))


def _note(one: FlowCount, item: Evidence, packet: Packet, outgoing: bool | None) -> None:
    one.evidence[item.id] = None
    moment = packet.time - item.clock_offset
    one.first = moment if one.first == 0.0 or moment < one.first else one.first
    if outgoing is not None:
        side = one.went_out if outgoing else one.came_in
        side[packet.interface] = side.get(packet.interface, 0) + 1
    if outgoing is False and packet.source_mac:
        sender = (packet.interface, packet.source_mac.lower())
        one.senders[sender] = one.senders.get(sender, 0) + 1


def watched(case: Case) -> tuple[str, ...]:
    """The devices with a usable capture, an empty one included; not one in which too little is
    compared."""
    if "watched" not in case.memo:
        case.memo["watched"] = tuple(_watched(case))
    found: tuple[str, ...] = case.memo["watched"]
    return found


def _watched(case: Case) -> Iterator[str]:
    told = {device for device, _, _, _ in captured(case)}
    for device in case.inventory.devices:
        newest = case.answer(device.name, Question.CAPTURE)
        if newest is not None and (device.name in told or not too_short(case, newest)):
            yield device.name


def covered(case: Case, device: str, interface: str | None) -> bool:
    """Did a capture of the device watch that interface? A capture on another interface says
    nothing about it."""
    places = {item.params.interface for item in case.usable(device, Question.CAPTURE)}
    return interface is None or None in places or interface in places


Captured = tuple[str, Evidence, Packet, bool | None]


def captured(case: Case) -> list[Captured]:
    """Every captured packet with a flow, by device, and whether it was going out (None =
    unknown)."""
    if "captured" not in case.memo:
        every = _captured(case)
        compared = (
            (one for one in every if not overlooked(case, one[1], one[2])) if blind(case) else every
        )
        case.memo["captured"] = list(compared)
    found: list[Captured] = case.memo["captured"]
    return found


def _captured(case: Case) -> Iterator[Captured]:
    """Quoted packets and those without addresses are left out; what was for another machine counts
    on bridge ports."""
    for device in case.inventory.devices:
        bridged = {one.name for one in case.interfaces(device.name) if one.master is not None}
        macs = {one.mac.lower() for one in case.interfaces(device.name) if one.mac}
        own = {port.address.ip for port in case.ports_of(device.name)}
        # captures repeat their frames' headers
        ways: dict[tuple[str | None, str | None, int], bool | None] = {}
        every = list(_of_one(case.usable(device.name, Question.CAPTURE)))
        ordered = outgoing_by_order(every)
        for item, packet in every:
            if packet.flow is None or packet.quoted is not None:
                continue
            if not packet.overheard or packet.interface in bridged:
                way = packet.outgoing
                if way is None:
                    key = (packet.source_mac, packet.destination_mac, id(packet.flow))
                    if key not in ways:
                        ways[key] = _outgoing(packet, macs, own)
                    way = ways[key] if ways[key] is not None else ordered.get(id(packet))
                yield device.name, item, packet, way


def _of_one(answers: tuple[Evidence, ...]) -> Iterator[tuple[Evidence, Packet]]:
    """A device's packets; then what tunnels carried past it, where it did not see the same flow
    without its tunnel."""
    wrapped: list[tuple[Evidence, Packet]] = []
    for item in answers:
        for packet in item.records:
            if isinstance(packet, Packet):
                if packet.inside is not None:
                    wrapped.append((item, packet))
                yield item, packet
    if wrapped:
        bare = {packet.flow for item in answers for packet in item.of(Packet)}
        inner = ((item, one) for item, packet in wrapped for one in packet.carried)
        yield from ((item, one) for item, one in inner if one.flow not in bare)


def tunnels_around(case: Case, device: str, flows: Iterable[Flow]) -> tuple[str, ...]:
    """In which tunnels did the device's capture see these flows, in words?"""
    known = set(flows)
    found: dict[str, None] = {}
    for item in case.answers(device, Question.CAPTURE):
        for packet in item.of(Packet):
            if packet.inside is not None and any(one.flow in known for one in packet.carried):
                found[packet.tunnel] = None
    return tuple(found)


def _outgoing(packet: Packet, macs: set[str], own: set[Address]) -> bool | None:
    """By the MACs, else by whose address it is."""
    if packet.source_mac and packet.source_mac.lower() in macs:
        return True
    if packet.destination_mac and packet.destination_mac.lower() in macs:
        return False
    if packet.flow is not None and packet.flow.dst in own:
        return False
    return True if packet.flow is not None and packet.flow.src in own else None
