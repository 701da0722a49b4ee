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
from workbench.analysis.trace import beyond
from workbench.analysis.trace.branches import choose
from workbench.analysis.trace.next_hops import NextHopDevice, nobody_there, resolve_next_hop
from workbench.analysis.trace.witnesses import way_out

LONGEST = 64
_FATES = {NO_ROUTE: Disposition.NO_ROUTE, **dict.fromkeys(ENDINGS, Disposition.BLACKHOLE)}


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
    turned: dict[str, Translation] = field(default_factory=dict)
    hops: list[Hop] = field(default_factory=list)
    wanted: list[Query] = field(default_factory=list)
    been: set[tuple[str | None, str | None, Flow]] = field(default_factory=set)


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
    turned: dict[str, Translation] | None = None,
) -> Trace:
    """The way of the flow from its source to where it ends. `made`: state that the other direction
    created.

    `forced`, `turned`: the next hop, or the translation, of devices that might choose another.
    """
    tour = _Walk(case, reverse, made, expected, hint, forced or {}, turned or {})
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


def _decide(tour: _Walk, at: PacketAt, device: str) -> PacketAt | Disposition:
    usual = arriving(tour.case, device, at.flow, at.iif, tour.made, tour.reverse)
    before = tour.turned.get(device, usual)
    routed = at.flow.translated(dst=before.flow.dst, dport=before.flow.dport)
    mark = _marked(tour, at, device, known=before.settled)
    found = fib.decide(tour.case, device, routed, at.iif, mark)
    found = if_it_forwards(tour.case, device, at.iif, routed.version, found)
    _want(tour, device, routed, at, mark)
    if found.kind == UNICAST:
        return _forward(tour, at, device, before, found, mark)
    if found.kind == UNKNOWN:
        return _blind(tour, at, found)
    tour.hops.append(_hop(at, before.flow, found, evidence=before.evidence, mark=mark))
    if found.kind == LOCAL:
        return Disposition.DELIVERED if tour.expected in (None, device) else Disposition.WRONG_HOST
    return _FATES.get(found.kind, Disposition.NO_ROUTE)


def _marked(tour: _Walk, at: PacketAt, device: str, *, known: bool) -> int | None:
    """Which mark do the device's rules give the packet before it is routed? A trace of it tells
    what they gave."""
    counted_flows = traced(tour.case, device, at.flow, at.iif)
    if counted_flows is not None and counted_flows.mark is not None:
        return counted_flows.mark
    hook = "output" if at.iif is None else "prerouting"
    held = session_of(tour.case, device, at.flow)
    tested = PacketUnderTest(
        at.flow, at.iif, state="established" if known else "new", flags=None, reply=tour.reverse
    )
    tested = replace(tested, session_mark=held[0].mark if held else 0)
    return filter_result(tour.case, device, hook, tested).mark


def _want(tour: _Walk, device: str, routed: Flow, at: PacketAt, mark: int | None) -> None:
    """The device's own answer counts more than its tables; it is wanted once, of all that can be
    asked."""
    known = tour.case.inventory.named(device)
    askable = (
        known is not None and known.login is not None and (at.iif is not None or not tour.hops)
    )
    if askable and not was_asked(tour.case, device, routed, at.iif, mark):
        tour.wanted.append(query(device, routed, at.iif, mark, tos_of(tour.case, device, routed)))


def _forward(
    tour: _Walk,
    at: PacketAt,
    device: str,
    before: Translation,
    found: Decision,
    mark: int | None,
) -> PacketAt | Disposition:
    routed = at.flow.translated(dst=before.flow.dst, dport=before.flow.dport)
    again_on = at.iif if any(hop.device == device for hop in tour.hops) else None
    choice = choose(tour.case, device, routed, before.flow, found, again_on=again_on)
    hop = tour.forced.get(device) or choice.hop
    after = leaving(tour.case, device, before, at.iif, hop)
    arrival = resolve_next_hop(
        tour.case, device, hop.interface, hop.gateway or before.flow.dst, after.flow
    )
    basis = Basis.PREDICTED if device in tour.forced else choice.basis
    proof = (*before.evidence, *after.evidence, *choice.evidence, *arrival.evidence)
    made = _hop(at, after.flow, found, hop=hop, basis=basis, evidence=proof, mark=mark)
    words = "; ".join(
        dict.fromkeys(
            word for word in (before.words, choice.words or found.sentence, after.words) if word
        )
    )
    tour.hops.append(replace(made, branches=choice.branches, decided=words))
    if nobody_takes(tour.case, device, hop.interface, after.flow.dst):
        words = f"{words}; no peer of {hop.interface} takes packets to {after.flow.dst}"
        tour.hops[-1] = replace(tour.hops[-1], decided=words)
        return Disposition.NO_ROUTE
    if nobody_there(tour.case, device, hop.interface, hop.gateway or before.flow.dst):
        return Disposition.UNANSWERED
    if not arrival.taken:
        arrived = _hop(_arrival(arrival, after.flow), after.flow, Decision(UNKNOWN))
        tour.hops.append(replace(arrived, basis=basis, decided=str(Disposition.NOT_TAKEN)))
        return Disposition.NOT_TAKEN
    return _arrival(arrival, after.flow)


def _arrival(arrival: NextHopDevice, flow: Flow) -> PacketAt:
    return PacketAt(arrival.device, arrival.address, arrival.iif, flow)


def _blind(tour: _Walk, at: PacketAt, found: Decision) -> PacketAt | Disposition:
    """Nobody tells what happens here."""
    visited = frozenset(hop.device for hop in tour.hops if hop.device) | (
        {at.device} if at.device else set()
    )
    origin, hint = (tour.hops[0].device, None) if tour.hops else (None, tour.hint)
    sender = tour.hops[-1].device if tour.hops else None
    flow, evidence = _hidden_translation(tour, at)
    hop = replace(_hop(at, flow, found, evidence=evidence), basis=Basis.UNKNOWN)
    tour.hops.append(
        replace(hop, oif=way_out(tour.case, at.device, at.flow) if at.device else None)
    )
    owner = tour.case.owner(flow.dst)
    if at.address == flow.dst or (owner is not None and owner.name == at.device):
        return (
            Disposition.DELIVERED if tour.expected in (None, at.device) else Disposition.WRONG_HOST
        )
    blind = beyond.BlindSpot(
        at.device, at.address, flow, visited, origin, hint, *_last_watched(tour), sender
    )
    arrival = beyond.after(tour.case, blind)
    return _arrival(arrival, flow) if arrival else Disposition.INVISIBLE


def _hidden_translation(tour: _Walk, at: PacketAt) -> tuple[Flow, tuple[str, ...]]:
    """What does a place that tells nothing make of the flow? On the way back, the reverse of what
    it made of it."""
    known = {device.name for device in tour.case.inventory.devices}
    for state in tour.made:
        if state.device not in known and state.went.reversed().matches(at.flow):
            return state.came.reversed(), ()
    if at.device is not None and (held := session_of(tour.case, at.device, at.flow)) is not None:
        turned = arriving(tour.case, at.device, at.flow, at.iif, (), tour.reverse)
        return turned.flow, (held[2].id,)
    found = None if tour.reverse else seen_as(tour.case, at.device or str(at.address), at.flow)
    return found or (at.flow, ())


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
        rule_priority=found.rule_priority,
        by_source=found.by_source,
        forwards=found.forwards,
        table=found.table,
        evidence=tuple(dict.fromkeys((*evidence, *found.evidence))),
    )
