"""Which way do packets of this flow take, device by device, as routing selects? Reverse is the same
walk."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from collectors.model.evidence import Query
from collectors.model.flow import Address, Flow
from collectors.model.records import NextHop
from workbench.analysis.captures.flow_counts import counted_flows
from workbench.analysis.captures.marks import tos_of
from workbench.analysis.case.case import Case
from workbench.analysis.case.findings import Basis, Disposition, Hop, Trace
from workbench.analysis.device import fib
from workbench.analysis.device.filtering import filter_result
from workbench.analysis.device.forwarding import if_it_forwards
from workbench.analysis.device.inferred_nat import seen_as
from workbench.analysis.device.matching import PacketUnderTest
from workbench.analysis.device.route_answers import query, was_asked
from workbench.analysis.device.route_decision import (
    ENDINGS,
    LOCAL,
    NO_ROUTE,
    UNICAST,
    UNKNOWN,
    Decision,
)
from workbench.analysis.device.state_boundary import boundary
from workbench.analysis.device.traced_packets import traced
from workbench.analysis.device.translation import (
    NewSession,
    Translation,
    arriving,
    leaving,
    session_of,
)
from workbench.analysis.device.tunnels import nobody_takes
from workbench.analysis.trace.beyond import after as device_beyond
from workbench.analysis.trace.blind_spots import BlindSpot
from workbench.analysis.trace.branches import Choice, choose
from workbench.analysis.trace.neighbour_entries import nobody_there
from workbench.analysis.trace.next_hops import NextHopDevice, resolve_next_hop
from workbench.analysis.trace.witnesses import interface_out

LONGEST = 64
_DISPOSITIONS = {NO_ROUTE: Disposition.NO_ROUTE, **dict.fromkeys(ENDINGS, Disposition.BLACKHOLE)}


@dataclass(frozen=True, slots=True)
class PacketAt:
    """The packet, arriving."""

    device: str | None
    address: Address | None
    iif: str | None
    flow: Flow


@dataclass
class _Walk:
    case: Case
    reverse: bool
    made: Sequence[NewSession]
    expected: str | None  # the device that should get the packet, where it is known
    hint: str | None  # the device next to the start in the other direction
    forced: dict[str, NextHop] = field(default_factory=dict)
    translated: dict[str, Translation] = field(default_factory=dict)
    hops: list[Hop] = field(default_factory=list)
    wanted: list[Query] = field(default_factory=list)
    been: set[tuple[str | None, str | None, Flow]] = field(default_factory=set)

    @property
    def previous(self) -> str | None:
        """The device of the hop before."""
        return self.hops[-1].device if self.hops else None

    def arrived_at(self, device: str | None) -> Disposition:
        """How the walk ends at a device that takes the packet for itself."""
        right = self.expected in (None, device)
        return Disposition.DELIVERED if right else Disposition.WRONG_HOST


def walk(
    flow: Flow,
    case: Case,
    reverse: bool = False,
    *,
    start: PacketAt | None = None,
    made: Sequence[NewSession] = (),
    expected: str | None = None,
    hint: str | None = None,
    forced: dict[str, NextHop] | None = None,
    translated: dict[str, Translation] | None = None,
) -> Trace:
    """The path of the flow from its source to where it ends. `made`: state that the other direction
    created.

    `forced`, `translated`: the next hop, or the translation, of devices that might choose another.
    """
    tour = _Walk(case, reverse, made, expected, hint, forced or {}, translated or {})
    at: PacketAt | Disposition = start or begin(case, flow)
    while isinstance(at, PacketAt):
        at = _step(tour, at)
    hops = tuple(replace(hop, boundary=boundary(case, hop, reply=reverse)) for hop in tour.hops)
    return Trace(flow, hops, at, reverse, tuple(dict.fromkeys(tour.wanted)))


def begin(case: Case, flow: Flow) -> PacketAt:
    """Where the flow comes from: the device that owns its source, or just that address."""
    owner = case.owner(flow.src)
    return PacketAt(owner.name if owner else None, flow.src, None, flow)


def _step(tour: _Walk, at: PacketAt) -> PacketAt | Disposition:
    mark = (at.device or str(at.address), at.iif, at.flow)
    if mark in tour.been or len(tour.hops) >= LONGEST:
        return _looped(tour)
    tour.been.add(mark)
    if at.device is None:
        return _blind(tour, at, Decision(UNKNOWN))
    return _decide(tour, at, at.device)


def _looped(tour: _Walk) -> Disposition:
    """The way round is reported once."""
    names = [hop.name for hop in tour.hops]
    while names and names.count(names[-1]) > 1:
        names.pop()
        tour.hops.pop()
    return Disposition.LOOP


# --- at a device that can be asked ---


@dataclass(frozen=True, slots=True)
class _Routing:
    """What one device makes of the packet before it leaves."""

    device: str
    before: Translation  # before it is routed
    routed: Flow  # what routing looks at: the new destination, the old source
    mark: int | None
    found: Decision


def _decide(tour: _Walk, at: PacketAt, device: str) -> PacketAt | Disposition:
    usual = arriving(tour.case, device, at.flow, at.iif, tour.made, tour.reverse)
    before = tour.translated.get(device, usual)
    routed = at.flow.translated(dst=before.flow.dst, dport=before.flow.dport)
    mark = _marked(tour, at, device, known=before.settled)
    found = fib.decide(tour.case, device, routed, at.iif, mark)
    found = if_it_forwards(tour.case, device, at.iif, routed.version, found)
    _want(tour, device, routed, at, mark)
    if found.kind == UNICAST:
        return _forward(tour, at, _Routing(device, before, routed, mark, found))
    if found.kind == UNKNOWN:
        return _blind(tour, at, found)
    tour.hops.append(_hop(at, before.flow, found, evidence=before.evidence, mark=mark))
    if found.kind == LOCAL:
        return tour.arrived_at(device)
    return _DISPOSITIONS.get(found.kind, Disposition.NO_ROUTE)


def _marked(tour: _Walk, at: PacketAt, device: str, *, known: bool) -> int | None:
    """Which mark do the device's rules give the packet before it is routed? A trace of it tells
    what they gave."""
    traced_packet = traced(tour.case, device, at.flow, at.iif)
    if traced_packet is not None and traced_packet.mark is not None:
        return traced_packet.mark
    held = session_of(tour.case, device, at.flow)
    tested = PacketUnderTest(
        at.flow,
        at.iif,
        state="established" if known else "new",
        flags=None,
        reply=tour.reverse,
        session_mark=held[0].mark if held else 0,
    )
    hook = "output" if at.iif is None else "prerouting"
    return filter_result(tour.case, device, hook, tested).mark


def _want(tour: _Walk, device: str, routed: Flow, at: PacketAt, mark: int | None) -> None:
    """The device's own answer counts more than its tables; it is wanted once, of all that can be
    asked."""
    known = tour.case.inventory.named(device)
    if known is None or known.login is None:
        return
    askable = at.iif is not None or not tour.hops
    if askable and not was_asked(tour.case, device, routed, at.iif, mark):
        tour.wanted.append(query(device, routed, at.iif, mark, tos_of(tour.case, device, routed)))


def _forward(tour: _Walk, at: PacketAt, routing: _Routing) -> PacketAt | Disposition:
    device, before = routing.device, routing.before
    choice = _choice(tour, at, routing)
    hop = tour.forced.get(device) or choice.hop
    address = hop.gateway or before.flow.dst
    after = leaving(tour.case, device, before, at.iif, hop)
    arrival = resolve_next_hop(tour.case, device, hop.interface, address, after.flow)
    left = _left(tour, at, routing, choice, after, hop, arrival)
    tour.hops.append(left)
    if nobody_takes(tour.case, device, hop.interface, after.flow.dst):
        words = f"{left.decided}; no peer of {hop.interface} takes packets to {after.flow.dst}"
        tour.hops[-1] = replace(left, decided=words)
        return Disposition.NO_ROUTE
    if nobody_there(tour.case, device, hop.interface, address):
        return Disposition.UNANSWERED
    there = PacketAt(arrival.device, arrival.address, arrival.iif, after.flow)
    return there if arrival.taken else _not_taken(tour, there, left.basis)


def _choice(tour: _Walk, at: PacketAt, routing: _Routing) -> Choice:
    been_here = any(hop.device == routing.device for hop in tour.hops)
    return choose(
        tour.case,
        routing.device,
        routing.routed,
        routing.before.flow,
        routing.found,
        again_on=at.iif if been_here else None,
    )


def _left(
    tour: _Walk,
    at: PacketAt,
    routing: _Routing,
    choice: Choice,
    after: Translation,
    hop: NextHop,
    arrival: NextHopDevice,
) -> Hop:
    """The hop of a device that sends the packet on."""
    before = routing.before
    said = (before.words, choice.words or routing.found.sentence, after.words)
    proof = (*before.evidence, *after.evidence, *choice.evidence, *arrival.evidence)
    forced = routing.device in tour.forced
    made = _hop(
        at,
        after.flow,
        routing.found,
        hop=hop,
        basis=Basis.PREDICTED if forced else choice.basis,
        evidence=proof,
        mark=routing.mark,
    )
    return replace(
        made,
        branches=choice.branches,
        decided="; ".join(dict.fromkeys(filter(None, said))),
        by_source=made.by_source and not choice.words,
        against_routing=bool(choice.words),
    )


def _not_taken(tour: _Walk, there: PacketAt, basis: Basis) -> Disposition:
    """The frame carries the hardware address of another machine."""
    arrived = _hop(there, there.flow, Decision(UNKNOWN))
    words = str(Disposition.NOT_TAKEN)
    tour.hops.append(replace(arrived, basis=basis, decided=words))
    return Disposition.NOT_TAKEN


# --- at a place that cannot be asked ---


def _blind(tour: _Walk, at: PacketAt, found: Decision) -> PacketAt | Disposition:
    """Nobody tells what happens here."""
    flow, evidence = _hidden_translation(tour, at)
    spot = _blind_spot(tour, at, flow)
    hop = _hop(at, flow, found, evidence=evidence)
    oif = interface_out(tour.case, at.device, at.flow) if at.device else None
    tour.hops.append(replace(hop, basis=Basis.UNKNOWN, oif=oif))
    if at.address == flow.dst or _owns(tour.case, at.device, flow.dst):
        return tour.arrived_at(at.device)
    watched, since = _last_watched(tour)
    arrival = device_beyond(tour.case, replace(spot, watched=watched, since=since))
    if arrival is None:
        return Disposition.INVISIBLE
    return PacketAt(arrival.device, arrival.address, arrival.iif, flow)


def _blind_spot(tour: _Walk, at: PacketAt, flow: Flow) -> BlindSpot:
    """The place, as the path has come to it so far."""
    visited = {hop.device for hop in tour.hops} | {at.device}
    at_start = not tour.hops
    return BlindSpot(
        at.device,
        at.address,
        flow,
        frozenset(name for name in visited if name),
        origin=None if at_start else tour.hops[0].device,
        hint=tour.hint if at_start else None,
        sender=tour.previous,
    )


def _owns(case: Case, device: str | None, address: Address) -> bool:
    owner = case.owner(address)
    return owner is not None and owner.name == device


def _hidden_translation(tour: _Walk, at: PacketAt) -> tuple[Flow, tuple[str, ...]]:
    """What does a place that tells nothing make of the flow? On the way back, the reverse of what
    it made of it."""
    undone = _undone(tour, at.flow)
    if undone is not None:
        return undone, ()
    held = session_of(tour.case, at.device, at.flow) if at.device is not None else None
    if at.device is not None and held is not None:
        after = arriving(tour.case, at.device, at.flow, at.iif, (), tour.reverse)
        return after.flow, (held[2].id,)
    if tour.reverse:
        return at.flow, ()
    return seen_as(tour.case, at.device or str(at.address), at.flow) or (at.flow, ())


def _undone(tour: _Walk, flow: Flow) -> Flow | None:
    """The flow as it was before a place outside of the inventory translated it in the other
    direction."""
    known = {device.name for device in tour.case.inventory.devices}
    for state in tour.made:
        outside = state.device not in known
        if outside and state.went.reversed().matches(flow):
            return state.came.reversed()
    return None


def _last_watched(tour: _Walk) -> tuple[str | None, int]:
    """Which device captured last, and how many pass the packet on since then?"""
    watching = counted_flows(tour.case).watched
    for count, hop in enumerate(reversed(tour.hops)):
        if hop.device in watching:
            return hop.device, count
    return None, 0


def _hop(
    at: PacketAt,
    after: Flow,
    found: Decision,
    *,
    hop: NextHop | None = None,
    basis: Basis = Basis.PREDICTED,
    evidence: tuple[str, ...] = (),
    mark: int | None = None,
) -> Hop:
    return Hop(
        device=at.device,
        address=at.address,
        iif=at.iif,
        oif=hop.interface if hop else None,
        next_hop=(hop.gateway or after.dst) if hop else None,
        flow_in=at.flow,
        flow_out=after,
        basis=basis,
        mark=mark or None,
        decided=found.sentence,
        by_source=found.by_source,
        forwards=found.forwards,
        rule_priority=found.rule_priority,
        table=found.table,
        evidence=tuple(dict.fromkeys((*evidence, *found.evidence))),
    )
