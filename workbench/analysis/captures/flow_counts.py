"""What captures saw, before any path is known: by which interfaces did a flow come in and go out at
a device?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from collectors.model.evidence import Evidence, Question
from collectors.model.flow import Flow
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
    # by whom and by which interface came or left more than bare acknowledgements?
    led_in: set[tuple[str | None, str]] = field(default_factory=set)
    led_out: set[str | None] = field(default_factory=set)

    @property
    def handed_by(self) -> dict[tuple[str | None, str], int]:
        """The senders that tell the path, with their packets: routing may lead bare
        acknowledgements otherwise than what opens a connection or carries data, so that they tell
        it only where nothing else was seen."""
        telling = self.led_in or self.senders.keys()
        return {sender: count for sender, count in self.senders.items() if sender in telling}

    @property
    def left_by(self) -> dict[str, int]:
        """The interfaces that tell the path, in the same way."""
        telling = self.led_out or self.went_out.keys()
        return {name: n for name, n in self.went_out.items() if name and name in telling}

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
        newest = None
        for known, one in there.items():
            if flow.matches(known):
                newest = one
        return newest

    def interfaces_out(self, device: str, flow: Flow) -> dict[str, int]:
        """By which interfaces was the flow seen to leave the device, and with how many packets?"""
        found = self.of(device, flow)
        return found.left_by if found is not None else {}

    def kept(self, device: str, flow: Flow) -> bool:
        """Did packets of the flow come in at the device and not go on under the same addresses?"""
        found = self.of(device, flow)
        if found is None or not found.came_in:
            return False
        return found.lost > 0

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
    if one.first == 0.0 or moment < one.first:
        one.first = moment
    if outgoing is None:
        return
    side = one.went_out if outgoing else one.came_in
    side[packet.interface] = side.get(packet.interface, 0) + 1
    if not outgoing and packet.source_mac:
        sender = (packet.interface, packet.source_mac.lower())
        one.senders[sender] = one.senders.get(sender, 0) + 1
        if not packet.acknowledges_only:
            one.led_in.add(sender)
    elif outgoing and not packet.acknowledges_only:
        one.led_out.add(packet.interface)


def watched(case: Case) -> tuple[str, ...]:
    """The devices with a usable capture, an empty one included; not one in which too little is
    compared."""
    if "watched" not in case.memo:
        case.memo["watched"] = tuple(_watched(case))
    found: tuple[str, ...] = case.memo["watched"]
    return found


def _watched(case: Case) -> Iterator[str]:
    showed = {device for device, _, _, _ in captured(case)}
    for device in case.inventory.devices:
        newest = case.answer(device.name, Question.CAPTURE)
        if newest is None:
            continue
        if device.name in showed or not too_short(case, newest):
            yield device.name


def covered(case: Case, device: str, interface: str | None) -> bool:
    """Did a capture of the device watch that interface? A capture on another interface says
    nothing about it."""
    if interface is None:
        return True
    places = {item.params.interface for item in case.usable(device, Question.CAPTURE)}
    return not places.isdisjoint({None, interface})


def silent_captures(
    case: Case, device: str, interface: str | None, shown: Iterable[str] = ()
) -> tuple[str, ...]:
    """The captures that show by their silence that nothing passed that interface (None = any).

    Empty where one of those that do show packets, `shown`, watched it too.
    """
    watching = [
        item.id
        for item in case.usable(device, Question.CAPTURE)
        if interface is None or item.params.interface in (None, interface)
    ]
    return tuple(watching) if set(shown).isdisjoint(watching) else ()


Captured = tuple[str, Evidence, Packet, bool | None]


def captured(case: Case) -> list[Captured]:
    """Every captured packet with a flow, by device, and whether it was going out (None =
    unknown)."""
    if "captured" not in case.memo:
        every = _captured(case)
        if blind(case):
            every = (one for one in every if not overlooked(case, one[1], one[2]))
        case.memo["captured"] = list(every)
    found: list[Captured] = case.memo["captured"]
    return found


def _captured(case: Case) -> Iterator[Captured]:
    """Quoted packets and those without addresses are left out; what was for another machine counts
    on bridge ports."""
    for device in case.inventory.devices:
        sides = _Sides(case, device.name)
        every = list(_of_one(case.usable(device.name, Question.CAPTURE)))
        ordered = outgoing_by_order(every)
        for item, packet in every:
            if packet.flow is None or packet.quoted is not None:
                continue
            if packet.overheard and packet.interface not in sides.bridged:
                continue
            outgoing = packet.outgoing
            if outgoing is None:
                outgoing = sides.outgoing(packet)
            if outgoing is None:
                outgoing = ordered.get(id(packet))
            yield device.name, item, packet, outgoing


class _Sides:
    """What shows of one device whether a packet comes in or goes out: its MACs and addresses."""

    def __init__(self, case: Case, device: str) -> None:
        interfaces = case.interfaces(device)
        self.bridged = {one.name for one in interfaces if one.master is not None}
        self._macs = {one.mac.lower() for one in interfaces if one.mac}
        self._own = {port.address.ip for port in case.ports_of(device)}
        # captures repeat their frames' headers
        self._known: dict[tuple[str | None, str | None, int], bool | None] = {}

    def outgoing(self, packet: Packet) -> bool | None:
        """Does the packet go out? None = neither MACs nor addresses show it."""
        key = (packet.source_mac, packet.destination_mac, id(packet.flow))
        if key not in self._known:
            by_macs = self._by_macs(packet)
            self._known[key] = self._by_addresses(packet) if by_macs is None else by_macs
        return self._known[key]

    def _by_macs(self, packet: Packet) -> bool | None:
        if packet.source_mac and packet.source_mac.lower() in self._macs:
            return True
        if packet.destination_mac and packet.destination_mac.lower() in self._macs:
            return False
        return None

    def _by_addresses(self, packet: Packet) -> bool | None:
        if packet.flow is None:
            return None
        if packet.flow.dst in self._own:
            return False
        return True if packet.flow.src in self._own else None


def _of_one(answers: tuple[Evidence, ...]) -> Iterator[tuple[Evidence, Packet]]:
    """A device's packets; then what tunnels carried past it, where it did not see the same flow
    without its tunnel."""
    wrapped: list[tuple[Evidence, Packet]] = []
    for item in answers:
        for packet in item.of(Packet):
            if packet.inside is not None:
                wrapped.append((item, packet))
            yield item, packet
    if wrapped:
        yield from _carried(wrapped, _flows(answers))


def _flows(answers: tuple[Evidence, ...]) -> set[Flow | None]:
    """The flows that these show without a tunnel around them."""
    found: set[Flow | None] = set()
    for item in answers:
        found |= {packet.flow for packet in item.of(Packet)}
    return found


def _carried(
    wrapped: list[tuple[Evidence, Packet]], bare: set[Flow | None]
) -> Iterator[tuple[Evidence, Packet]]:
    for item, packet in wrapped:
        for inner in packet.carried:
            if inner.flow not in bare:
                yield item, inner


def tunnels_around(case: Case, device: str, flows: Iterable[Flow]) -> tuple[str, ...]:
    """In which tunnels did the device's capture see these flows, in words?"""
    known = set(flows)
    found: dict[str, None] = {}
    for item in case.answers(device, Question.CAPTURE):
        for packet in item.of(Packet):
            if packet.inside is not None and _carries(packet, known):
                found[packet.tunnel] = None
    return tuple(found)


def _carries(packet: Packet, flows: set[Flow]) -> bool:
    return any(inner.flow in flows for inner in packet.carried)
