"""Who saw the packets of the flow, and where were they last seen? Captures of all points, matched by what NAT keeps."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter as Tally
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from collectors.model.evidence import Question
from collectors.model.flow import Flow, Protocol
from collectors.model.records import Packet, Socket
from workbench.analysis.case import Case
from workbench.analysis.findings import Fate, Hop, Path, Sighting
from workbench.analysis.points import begins
from workbench.analysis.seen import captured, watched
from workbench.analysis.translate import same
from workbench.analysis.verdict import Drop

LOW_TTL = 32
Print = tuple[object, ...]  # what stays the same about a packet on its whole way, NAT or not


def fingerprint(packet: Packet) -> Print:
    """By what the same packet is known at another point: IP ID, sequence, flags, size; never addresses or times."""
    ident = packet.ip_id or None
    return (packet.flags, packet.seq, packet.ack, packet.payload or packet.length, ident, packet.icmp, packet.icmp_id)


def is_probe(packet: Packet) -> bool:
    """Is it a traceroute's? Its packets are meant to die on the way; no system begins with so small a TTL."""
    return packet.ttl is not None and packet.ttl <= LOW_TTL


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


def sightings(case: Case, forward: Path, reverse: Path, *, any_port: bool = False) -> tuple[Sighting, ...]:
    """What every capture point saw of either direction; a point that saw nothing is told too.

    any_port: connections from other source ports of the same client to the same service as well.
    """
    known = _shapes(forward, reverse, any_port)
    points = {(name, way): _Point() for name in watched(case) for way in (False, True)}
    ways: dict[int, bool | None] = dict.fromkeys(_traced(case, forward.flow))
    for device, item, packet, outgoing in captured(case):
        key = id(packet.flow)
        if key not in ways:
            ways[key] = _direction(packet.flow, known)
        way = ways[key]
        if way is not None and not is_probe(packet):
            point = points[device, way]
            (point.unknown if outgoing is None else point.went_out if outgoing else point.came_in).append(packet)
            point.evidence[item.id] = None
    paths = {False: forward, True: reverse}
    return tuple(_sighting(name, way, point, paths[way]) for (name, way), point in points.items())


def _traced(case: Case, own: Flow) -> set[int]:
    """The flows of traceroutes: other ports than the flow's own, and packets that are meant to die on the way."""
    probes = {packet.flow for _, _, packet, _ in captured(case) if is_probe(packet) and packet.flow is not None}
    traced = {flow for flow in probes if not same(own, flow) and not same(own.reversed(), flow)}
    traced |= {flow.reversed() for flow in traced}
    return {id(packet.flow) for _, _, packet, _ in captured(case) if packet.flow in traced} if traced else set()


def _shapes(forward: Path, reverse: Path, any_port: bool) -> dict[bool, set[Flow]]:
    """Every shape of either direction, the answers to what the other direction was turned into included."""
    out = flows_of(forward) | {flow.reversed() for flow in flows_of(reverse)}
    if any_port:
        out = {replace(flow, sport=None) for flow in out}
    return {False: out, True: {flow.reversed() for flow in out}}


def flows_of(path: Path) -> set[Flow]:
    """Every shape that the flow takes on a path."""
    return {path.flow} | {flow for hop in path.hops for flow in (hop.flow_in, hop.flow_out)}


def narrowed(every: Iterable[Sighting], forward: Path, reverse: Path) -> tuple[Sighting, ...]:
    """Of those sightings, only the packets of exactly this flow."""
    known = _shapes(forward, reverse, any_port=False)
    kept: dict[int, bool] = {}

    def only(packets: tuple[Packet, ...]) -> tuple[Packet, ...]:
        for packet in packets:
            if id(packet.flow) not in kept:
                kept[id(packet.flow)] = _direction(packet.flow, known) is not None
        return tuple(packet for packet in packets if kept[id(packet.flow)])

    return tuple(replace(one, came_in=only(one.came_in), went_out=only(one.went_out)) for one in every)


def _direction(flow: Flow | None, known: dict[bool, set[Flow]]) -> bool | None:
    if flow is None:
        return None
    for way, flows in known.items():
        if any(same(one, flow) for one in flows):
            return way
    return None


def _sighting(device: str, reverse: bool, point: _Point, path: Path) -> Sighting:
    _place_unknown(point, path.hop(device))
    return Sighting(device, reverse, tuple(point.came_in), tuple(point.went_out), tuple(point.evidence))


def _place_unknown(point: _Point, hop: Hop | None) -> None:
    """A capture that does not tell in from out: by the path's interfaces, else by what happened to the TTL."""
    ttls: dict[Print, set[int]] = {}
    prints = [fingerprint(packet) for packet in point.unknown]
    for packet, mark in zip(point.unknown, prints, strict=True):
        ttls.setdefault(mark, set()).add(packet.ttl or 0)
    for packet, mark in zip(point.unknown, prints, strict=True):
        both = ttls[mark]
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


# --- drops ---


def drops(case: Case, paths: Iterable[Path], seen: Iterable[Sighting]) -> tuple[Drop, ...]:
    """Every place where packets of the flow came in and did not go on, in the order of the flow."""
    points = {(one.device, one.reverse): one for one in seen}
    found: list[Drop] = []
    for path in paths:
        found.extend(_inside(path, points))
        found.extend(_between(path, points))
        found.extend(_at_end(case, path, points))
    order = {"SYN": 0, "UDP": 1, "ICMP": 1, "SYN-ACK": 2}
    return tuple(sorted(found, key=lambda drop: (drop.where.startswith(ENDED), order.get(drop.packet, 3))))


ENDED = "arrived"
AT_ONCE, SOON = 0.02, 0.3  # seconds in which a packet has gone on, or was answered


def _settled(lost: tuple[Packet, ...], all_of_it: tuple[Packet, ...], patience: float) -> tuple[Packet, ...]:
    """A single packet at the very end of the capture may still have been on its way."""
    if len(lost) == 1 and max(packet.time for packet in all_of_it) - lost[0].time < patience and len(all_of_it) > 1:
        return ()
    return lost


Points = dict[tuple[str, bool], Sighting]


def _inside(path: Path, points: Points) -> Iterator[Drop]:
    """Came in at a device, and did not go out of it."""
    for hop in path.hops:
        point = points.get((hop.device or "", path.reverse))
        if point is None or not point.came_in or _is_end(path, hop):
            continue
        lost = _settled(missing(point.came_in, point.went_out), (*point.came_in, *point.went_out), AT_ONCE)
        if lost:
            yield _drop(path, hop, lost, point, f"came in on {_on(lost, hop)} and did not go out")


def _is_end(path: Path, hop: Hop) -> bool:
    return hop is path.hops[-1] and path.fate in (Fate.DELIVERED, Fate.WRONG_HOST)


def missing(before: tuple[Packet, ...], after: tuple[Packet, ...]) -> tuple[Packet, ...]:
    """The packets of the kinds of which a whole fingerprint never appears on the other side.

    A packet at the very end of the window may still have been on its way: it counts only where an earlier one of its
    kind is missing too, or nothing of its kind was ever seen on the other side.
    """
    gone_on = {fingerprint(packet) for packet in after}
    kinds_after = {label(packet) for packet in after}
    lost = [packet for packet in before if fingerprint(packet) not in gone_on]
    if any(packet.payload for packet in lost):
        lost = _uncovered(lost, after)
    alone = Tally(label(packet) for packet in lost)
    return tuple(p for p in lost if label(p) not in kinds_after or alone[label(p)] > 1)


def _uncovered(lost: list[Packet], after: tuple[Packet, ...]) -> list[Packet]:
    """Data may be cut otherwise on the way, or be sent again: it went on if its first byte did."""
    starts = sorted((p.seq, p.seq + p.payload) for p in after if p.payload and p.seq is not None)
    kept = []
    for packet in lost:
        at = bisect_right(starts, (packet.seq or 0, 1 << 40)) - 1
        covered = packet.payload and packet.seq is not None and at >= 0 and packet.seq < starts[at][1]
        if not covered:
            kept.append(packet)
    return kept


def _on(lost: tuple[Packet, ...], hop: Hop) -> str:
    return lost[0].interface or hop.iif or "an interface that is not known"


def _drop(path: Path, hop: Hop, lost: tuple[Packet, ...], point: Sighting, where: str) -> Drop:
    words = f"{len(lost)} {label(lost[0])} {where}"
    return Drop(hop.name, lost[0].interface or hop.iif, label(lost[0]), words, path.reverse, point.evidence)


def _between(path: Path, points: Points) -> Iterator[Drop]:
    """Sent by one device, and never seen to arrive at the next one that watched; those between are not visible."""
    watching = [(at, hop) for at, hop in enumerate(path.hops) if (hop.device or "", path.reverse) in points]
    for (at, before), (then, after) in zip(watching, watching[1:], strict=False):
        sent, got = points[before.device or "", path.reverse], points[after.device or "", path.reverse]
        if not sent.went_out or got.came_in:
            continue
        first, hidden = sent.went_out[0], path.hops[at + 1 : then]
        words = f"{len(sent.went_out)} {label(first)} left on {first.interface} and never reached {after.name}"
        if hidden:
            words += f"; {', '.join(hop.name for hop in hidden)} between them cannot be watched"
        node = hidden[0].name if hidden else before.name
        yield Drop(node, first.interface, label(first), words, path.reverse, (*sent.evidence, *got.evidence))


def _at_end(case: Case, path: Path, points: Points) -> Iterator[Drop]:
    """Arrived at the device it was for, again and again, and was not answered."""
    if not path.hops or not _is_end(path, path.hops[-1]):
        return
    hop = path.hops[-1]
    got = points.get((hop.device or "", path.reverse))
    back = points.get((hop.device or "", not path.reverse))
    if got is None or back is None or not got.came_in:
        return
    silent = tuple(packet for packet in got.came_in if not _answered(packet, back.went_out))
    unanswered = _settled(silent, (*got.came_in, *back.went_out), SOON)
    half_open = _half_open(case, hop) if unanswered and not path.reverse and not back.went_out else None
    if half_open is not None:
        words = "its socket answers (SYN-RECV), but no SYN-ACK was seen to leave it"
        yield Drop(hop.name, None, "SYN-ACK", words, True, (*got.evidence, half_open))
    elif unanswered:
        words = f"{ENDED} {len(unanswered)} times at {hop.name} and was not answered"
        yield Drop(hop.name, _on(unanswered, hop), label(unanswered[0]), words, path.reverse, got.evidence)


def _half_open(case: Case, hop: Hop) -> str | None:
    """The evidence that the end did take the SYN and answers it, though nothing is seen."""
    flow = hop.flow_in
    for socket, item in case.all_records(hop.device or "", Question.SOCKETS, Socket):
        same_ends = (socket.local, socket.local_port, socket.remote) == (flow.dst, flow.dport, flow.src)
        if socket.state == "SYN-RECV" and same_ends and flow.sport in (None, socket.remote_port):
            return item.id
    return None


def _answered(packet: Packet, sent: Iterable[Packet]) -> bool:
    """Did the device react to the packet? Only what asks for an answer counts."""
    kind = label(packet)
    if kind == "SYN":  # a server that holds an older connection of these ports answers by a mere ACK
        return any(other.time >= packet.time for other in sent)
    if kind == "SYN-ACK" and packet.seq is not None:
        return any(other.ack == packet.seq + 1 or "R" in other.flags for other in sent)
    if kind == "data" and packet.seq is not None:
        return any((other.ack or 0) >= packet.seq + packet.payload or "R" in other.flags for other in sent)
    return kind not in ("UDP", "ICMP") or any(True for _ in sent)
