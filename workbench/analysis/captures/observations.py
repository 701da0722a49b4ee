"""Who saw the packets of the flow, and where were they last seen? Captures of all points, matched
by what NAT keeps."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from collectors.model.flow import Flow, Protocol
from collectors.model.records import Packet
from workbench.analysis.captures.capture_filters import leaves_out
from workbench.analysis.captures.flow_counts import captured, covered, watched
from workbench.analysis.captures.order_of_points import begins
from workbench.analysis.captures.probes import is_probe
from workbench.analysis.captures.time_spans import another_time
from workbench.analysis.case.case import Case
from workbench.analysis.case.findings import Hop, Observation, Trace

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


def label(packet: Packet) -> str:
    """The packet in one word: SYN, SYN-ACK, ACK, data, FIN, RST, UDP, ICMP."""
    if packet.flow is not None and packet.flow.protocol is not Protocol.TCP:
        return str(packet.flow.protocol).upper()
    if "R" in packet.flags:
        return "RST"
    if "S" in packet.flags:
        return "SYN-ACK" if "." in packet.flags else "SYN"
    if packet.payload:
        return "data"
    return "FIN" if "F" in packet.flags else "ACK"


# --- sightings ---


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
    paths = {False: forward, True: reverse}
    saw = {device for (device, _), point in points.items() if point.evidence}
    ran_then = {name for name, _ in points if name in saw or not another_time(case, name, saw)}
    found = []
    for (name, way), point in points.items():
        one = _observation(name, way, point, paths[way])
        silence_tells = name in ran_then and not one.evidence
        if one.evidence or (silence_tells and _would_see(case, name, paths[way])):
            found.append(one)
    return tuple(found)


def _points(case: Case, known: dict[bool, set[Flow]]) -> dict[tuple[str, bool], _Point]:
    """The packets of the flow at every watched device, for each direction."""
    points = {(name, way): _Point() for name in watched(case) for way in (False, True)}
    ways: dict[int, bool | None] = {}
    for device, item, packet, outgoing in captured(case):
        key = id(packet.flow)
        if key not in ways:
            ways[key] = _direction(packet.flow, known)
        way = ways[key]
        if way is not None and not is_probe(case, packet):
            points[device, way].add(packet, outgoing, item.id)
    return points


def _would_see(case: Case, device: str, path: Trace) -> bool:
    """Does its capture watch one of the interfaces between which packets pass? Else that it saw
    none says nothing."""
    hop = path.hop(device)
    if leaves_out(case, device, hop.flow_in if hop is not None else path.flow):
        return False
    if hop is None or hop.iif is None or hop.oif is None:
        return True
    return covered(case, device, hop.iif) or covered(case, device, hop.oif)


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
            if session.translated and any(shape.matches(session.original) for shape in shapes):
                yield session.reply.reversed()


def flows_of(path: Trace) -> set[Flow]:
    """Every shape that the flow takes on a path."""
    return {path.flow} | {flow for hop in path.hops for flow in (hop.flow_in, hop.flow_out)}


def narrowed(
    case: Case, every: Iterable[Observation], forward: Trace, reverse: Trace
) -> tuple[Observation, ...]:
    """Of those observations, only the packets of exactly this flow."""
    known = _shapes(case, forward, reverse, any_port=False)
    kept: dict[int, bool] = {}

    def only(packets: tuple[Packet, ...]) -> tuple[Packet, ...]:
        for packet in packets:
            if id(packet.flow) not in kept:
                kept[id(packet.flow)] = _direction(packet.flow, known) is not None
        return tuple(packet for packet in packets if kept[id(packet.flow)])

    return tuple(
        replace(one, came_in=only(one.came_in), went_out=only(one.went_out)) for one in every
    )


def _direction(flow: Flow | None, known: dict[bool, set[Flow]]) -> bool | None:
    if flow is None:
        return None
    for way, flows in known.items():
        if any(one.matches(flow) for one in flows):
            return way
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
    for packet, mark in zip(packets, prints, strict=True):
        ttls.setdefault(mark, set()).add(packet.ttl or 0)
    return [ttls[mark] for mark in prints]


def _place_unknown(point: _Point, hop: Hop | None) -> None:
    """A capture that does not tell in from out: by the path's interfaces, else by what happened to
    the TTL."""
    for packet, both in zip(point.unknown, _ttls(point.unknown), strict=True):
        known = hop is not None and packet.interface is not None and hop.iif != hop.oif
        if known and hop is not None and packet.interface in (hop.iif, hop.oif):
            (point.went_out if packet.interface == hop.oif else point.came_in).append(packet)
        elif begins(packet.ttl):
            point.went_out.append(packet)
        elif len(both) > 1:
            (point.came_in if packet.ttl == max(both) else point.went_out).append(packet)
        else:  # one tap: it passed here, and that is all there is to know
            point.came_in.append(packet)
            point.went_out.append(packet)
