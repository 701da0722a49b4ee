"""Who saw the packets of the flow, and where were they last seen? Captures of all points, matched
by what NAT keeps."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import chain

from collectors.model.flow import Flow, Protocol
from collectors.model.records import Packet
from workbench.analysis.captures.capture_filters import leaves_out
from workbench.analysis.captures.flow_counts import captured, covered, silent_captures, watched
from workbench.analysis.captures.order_of_points import begins
from workbench.analysis.captures.probes import is_probe
from workbench.analysis.captures.time_spans import another_time
from workbench.analysis.case.case import Case
from workbench.analysis.case.findings import Hop, Observation, Trace
from workbench.analysis.case.packet_kinds import BY_PROTOCOL, PacketKind

Print = tuple[object, ...]  # what stays the same about a packet on its whole way, NAT or not


def fingerprint(packet: Packet) -> Print:
    """By what the same packet is known at another point: IP ID, sequence, flags, size; never
    addresses or times."""
    ident = packet.ip_id or None
    return (
        packet.flags,
        packet.seq,
        packet.ack,
        packet.payload or packet.length,
        ident,
        packet.icmp,
        packet.icmp_id,
    )


def loosely(packet: Packet) -> Print:
    """The same without what some boxes write anew (the IP ID) or cut otherwise (the size of
    data)."""
    whole = (packet.flags, packet.seq, packet.ack, packet.payload > 0)
    return whole if packet.seq is not None else fingerprint(packet)


def label(packet: Packet) -> PacketKind:
    """The packet in one word: SYN, SYN-ACK, ACK, data, FIN, RST, UDP, ICMP."""
    if packet.flow is not None and packet.flow.protocol is not Protocol.TCP:
        return BY_PROTOCOL[packet.flow.protocol]
    flags = packet.flags
    if "R" in flags:
        return PacketKind.RST
    if "S" in flags:
        return PacketKind.SYN_ACK if "." in flags else PacketKind.SYN
    if packet.payload:
        return PacketKind.DATA
    if "F" in flags:
        return PacketKind.FIN
    return PacketKind.ACK


# --- observations ---


@dataclass
class _Point:
    """One device's packets of one direction."""

    came_in: list[Packet] = field(default_factory=list)
    went_out: list[Packet] = field(default_factory=list)
    unknown: list[Packet] = field(default_factory=list)
    evidence: dict[str, None] = field(default_factory=dict)

    def add(self, packet: Packet, outgoing: bool | None, evidence: str) -> None:
        """One more packet, and the answer that shows it."""
        side = self.went_out if outgoing else self.came_in
        if outgoing is None:
            side = self.unknown
        side.append(packet)
        self.evidence[evidence] = None


def observations(
    case: Case, forward: Trace, reverse: Trace, *, any_port: bool = False
) -> tuple[Observation, ...]:
    """What every capture point saw of either direction; a point that saw nothing is listed too.

    any_port: connections from other source ports of the same client to the same service as well.
    """
    points = _points(case, _shapes(case, forward, reverse, any_port))
    comparable = _comparable(case, points)
    found = []
    for (name, backwards), point in points.items():
        path = reverse if backwards else forward
        one = _observation(name, backwards, point, path)
        if one.evidence:
            found.append(one)
        elif name in comparable and _would_see(case, name, path):
            found.append(replace(one, evidence=_silence(case, name, path)))
    return tuple(found)


def _silence(case: Case, device: str, path: Trace) -> tuple[str, ...]:
    """The captures of a device that saw nothing of a direction where it would have passed."""
    hop = path.hop(device)
    sides = {hop.iif, hop.oif} - {None} if hop is not None else set()
    silent = [silent_captures(case, device, side) for side in sorted(sides or {None}, key=str)]
    return tuple(dict.fromkeys(chain.from_iterable(silent)))


def _comparable(case: Case, points: Mapping[tuple[str, bool], _Point]) -> set[str]:
    """The devices whose captures saw packets, or may have run while those of the others did."""
    saw = {device for (device, _), point in points.items() if point.evidence}
    found = set(saw)
    for device, _ in points:
        if device not in found and not another_time(case, device, saw):
            found.add(device)
    return found


def _points(case: Case, known: dict[bool, set[Flow]]) -> dict[tuple[str, bool], _Point]:
    """The packets of the flow at every watched device, for each direction."""
    points = {(name, reverse): _Point() for name in watched(case) for reverse in (False, True)}
    directions: dict[int, bool | None] = {}
    for device, item, packet, outgoing in captured(case):
        key = id(packet.flow)
        if key not in directions:
            directions[key] = _direction(packet.flow, known)
        reverse = directions[key]
        if reverse is not None and not is_probe(case, packet):
            points[device, reverse].add(packet, outgoing, item.id)
    return points


def _would_see(case: Case, device: str, path: Trace) -> bool:
    """Does its capture watch one of the interfaces between which packets pass? Else that it saw
    none says nothing."""
    hop = path.hop(device)
    if leaves_out(case, device, hop.flow_in if hop is not None else path.flow):
        return False
    if hop is None:
        return True
    sides = (hop.iif, hop.oif)
    if None in sides:
        return True
    return any(covered(case, device, side) for side in sides)


def _shapes(case: Case, forward: Trace, reverse: Trace, any_port: bool) -> dict[bool, set[Flow]]:
    """Every shape of either direction, the answers to what the other direction was turned into
    included."""
    out = flows_of(forward) | {flow.reversed() for flow in flows_of(reverse)}
    out |= set(_turned_into(case, out))
    if any_port:
        out = {replace(flow, sport=None) for flow in out}
    return {False: out, True: {flow.reversed() for flow in out}}


def _turned_into(case: Case, shapes: set[Flow]) -> Iterator[Flow]:
    """What state tables show these flows turned into: a balancer sends the next attempt to another
    server."""
    for device in case.inventory.devices:
        for session, _ in case.sessions(device.name):
            if session.translated and _is_one_of(session.original, shapes):
                yield session.reply.reversed()


def _is_one_of(flow: Flow, shapes: Iterable[Flow]) -> bool:
    return any(shape.matches(flow) for shape in shapes)


def flows_of(path: Trace) -> set[Flow]:
    """Every shape that the flow takes on a path."""
    flows = {path.flow}
    for hop in path.hops:
        flows |= {hop.flow_in, hop.flow_out}
    return flows


def narrowed(
    case: Case, every: Iterable[Observation], forward: Trace, reverse: Trace
) -> tuple[Observation, ...]:
    """Of those observations, only the packets of exactly this flow."""
    known = _shapes(case, forward, reverse, any_port=False)
    ours: dict[int, bool] = {}

    def is_ours(packet: Packet) -> bool:
        key = id(packet.flow)
        if key not in ours:
            ours[key] = _direction(packet.flow, known) is not None
        return ours[key]

    def only(packets: tuple[Packet, ...]) -> tuple[Packet, ...]:
        return tuple(filter(is_ours, packets))

    return tuple(
        replace(one, came_in=only(one.came_in), went_out=only(one.went_out)) for one in every
    )


def _direction(flow: Flow | None, known: dict[bool, set[Flow]]) -> bool | None:
    """Is it of the reverse direction? None = of neither."""
    if flow is None:
        return None
    for reverse, shapes in known.items():
        if _is_one_of(flow, shapes):
            return reverse
    return None


def _observation(device: str, reverse: bool, point: _Point, path: Trace) -> Observation:
    _place_unknown(point, path.hop(device))
    return Observation(
        device, reverse, tuple(point.came_in), tuple(point.went_out), tuple(point.evidence)
    )


def _ttls(packets: list[Packet]) -> list[set[int]]:
    """Of each packet, with which TTLs it was seen."""
    every = {packet.ttl or 0 for packet in packets}
    if len(every) < 2:
        return [every] * len(packets)
    ttls: dict[Print, set[int]] = {}
    prints = [fingerprint(packet) for packet in packets]
    for mark, packet in zip(prints, packets, strict=True):
        ttls.setdefault(mark, set()).add(packet.ttl or 0)
    return [ttls[mark] for mark in prints]


def _place_unknown(point: _Point, hop: Hop | None) -> None:
    """A capture that does not show which packets came in."""
    for packet, ttls in zip(point.unknown, _ttls(point.unknown), strict=True):
        went_out = _went_out(packet, hop, ttls)
        if went_out is not False:
            point.went_out.append(packet)
        if went_out is not True:
            point.came_in.append(packet)


def _went_out(packet: Packet, hop: Hop | None, ttls: set[int]) -> bool | None:
    """By the path's interfaces, else by what happened to the TTL.

    None = one tap: it passed here, and that is all there is to know.
    """
    by_path = _by_interface(packet, hop) if hop is not None else None
    if by_path is not None:
        return by_path
    if begins(packet.ttl):
        return True
    if len(ttls) > 1:
        return packet.ttl != max(ttls)
    return None


def _by_interface(packet: Packet, hop: Hop) -> bool | None:
    """Is it the interface by which the path leaves the device? None = it is neither of the two."""
    if packet.interface is None or hop.iif == hop.oif:
        return None
    return {hop.iif: False, hop.oif: True}.get(packet.interface)
