"""How does the path go on beyond a device that cannot be asked? Only where something surely
tells."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from collectors.model.evidence import Question
from collectors.model.flow import Address, Flow
from collectors.model.inventory import Role
from collectors.model.records import NextHop, Traceroute
from workbench.analysis.captures.flow_counts import captured, counted_flows
from workbench.analysis.case.case import Case
from workbench.analysis.device import fib
from workbench.analysis.device.forwarding import if_it_forwards
from workbench.analysis.device.route_decision import LOCAL, UNICAST
from workbench.analysis.trace.next_hops import (
    NextHopDevice,
    facing,
    gone,
    port_facing,
    resolve_next_hop,
)
from workbench.analysis.trace.pasted_devices import brought, next_brought
from workbench.analysis.trace.witnesses import witnesses


@dataclass(frozen=True, slots=True)
class BlindSpot:
    """A place that tells nothing: a device without login, or an address that nobody in the
    inventory has."""

    device: str | None
    address: Address | None
    flow: Flow
    visited: frozenset[str]  # devices that the path has visited already
    origin: str | None  # where the path began
    hint: str | None = None  # the device that is next to it in the other direction
    watched: str | None = None  # the last device before it that captured
    since: int = 1  # how many devices, this one included, pass the packet on since then
    sender: str | None = None  # the device before it


def after(case: Case, blind: BlindSpot) -> NextHopDevice | None:
    """The next device on the path after the blind one, or None where nothing tells."""
    for way in _ways():
        found = way(case, blind)
        if found is not None:
            return found
    return None


def _delivered(case: Case, blind: BlindSpot) -> NextHopDevice | None:
    """The destination is on a subnet of the blind device's own."""
    owner = case.owner(blind.flow.dst)
    if (
        blind.device is None
        or owner is None
        or port_facing(case, blind.device, blind.flow.dst) is None
    ):
        return None
    return NextHopDevice(
        owner.name, facing(case, owner.name, blind.flow.dst), blind.flow.dst, sure=False
    )


def _by_captures(case: Case, blind: BlindSpot) -> NextHopDevice | None:
    """The first device not yet visited whose capture saw the flow come in."""
    found = counted_flows(case)
    fresh = [name for name in found.watched - blind.visited if found.came_in(name, blind.flow)]
    flow_counts = {name: found.of(name, blind.flow) for name in fresh}
    # surer than clocks of two devices
    ages = {name: -(_ttl(case, name, blind.flow, False) or 0) for name in fresh}
    first = min(
        flow_counts,
        key=lambda name: (ages[name], getattr(flow_counts[name], "first", 0.0)),
        default=None,
    )
    if first is None:
        return None
    one = flow_counts[first]
    iif = next(iter(one.came_in), None) if one else None
    return NextHopDevice(
        first, iif, _address_on(case, first, iif), evidence=tuple(one.evidence) if one else ()
    )


def _next_by_captures(case: Case, blind: BlindSpot) -> NextHopDevice | None:
    """That device, if the TTL says that there is nobody else between."""
    found = _by_captures(case, blind)
    if found is None or found.device is None or blind.watched is None:
        return None
    left, arrived = (
        _ttl(case, blind.watched, blind.flow, True),
        _ttl(case, found.device, blind.flow, False),
    )
    return found if left is not None and arrived == left - blind.since else None


def _ttl(case: Case, device: str, flow: Flow, outgoing: bool) -> int | None:
    """With which TTL did the flow pass a capture point?"""
    own = (packet for name, _, packet, out in captured(case) if name == device and out is outgoing)
    return max(
        (p.ttl for p in own if p.ttl is not None and p.flow is not None and flow.matches(p.flow)),
        default=None,
    )


def _address_on(case: Case, device: str, interface: str | None) -> Address | None:
    return next(
        (port.address.ip for port in case.ports_of(device) if port.interface == interface), None
    )


def _by_traceroute(case: Case, blind: BlindSpot) -> NextHopDevice | None:
    """What answered right after the blind one in a traceroute from where the path began."""
    for trace, evidence in _traces(case, blind):
        heard = [reply.address for reply in trace.replies]
        places = [
            at
            for at, address in enumerate(heard)
            if address is not None and _is_blind(case, blind, address)
        ]
        following = heard[places[-1] + 1] if places and places[-1] + 1 < len(heard) else None
        if following is None or following == blind.flow.dst:
            continue
        owner = case.owner(following)
        if owner is None:
            return NextHopDevice(None, None, following, evidence=(evidence,))
        if owner.name not in blind.visited:
            return NextHopDevice(
                owner.name, facing(case, owner.name, following), following, evidence=(evidence,)
            )
    return None


def _traces(case: Case, blind: BlindSpot) -> Iterator[tuple[Traceroute, str]]:
    if blind.origin is None:
        return
    for trace, item in case.all_records(blind.origin, Question.TRACE, Traceroute):
        if trace.destination in (None, blind.flow.dst):
            yield trace, item.id


def _is_blind(case: Case, blind: BlindSpot, address: Address) -> bool:
    owner = case.owner(address)
    return address == blind.address or (owner is not None and owner.name == blind.device)


def _by_route_back(case: Case, blind: BlindSpot) -> NextHopDevice | None:
    """The only device not yet visited that sends the answers through the blind one, and the flow
    not."""
    return _only(arrival for arrival in _candidates(case, blind) if arrival is not None)


def _candidates(case: Case, blind: BlindSpot) -> Iterator[NextHopDevice | None]:
    for device in case.inventory.devices:
        if (
            device.name in blind.visited
            or device.name == blind.device
            or not case.reached(device.name)
        ):
            continue
        yield _facing_blind(case, blind, device.name)


def _facing_blind(case: Case, blind: BlindSpot, device: str) -> NextHopDevice | None:
    back = fib.from_tables(case, device, blind.flow.reversed())
    onward = fib.from_tables(case, device, blind.flow)
    if onward.kind not in (UNICAST, LOCAL) or back.kind != UNICAST:
        return None
    # a source may be on the device's own link
    source = blind.flow.src if blind.address == blind.flow.src else None
    ways = [(hop, hop.gateway or source) for hop in back.next_hops]
    through = [
        hop for hop, gateway in ways if gateway and _leads_to_blind(case, blind, device, gateway)
    ]
    if not through or set(onward.next_hops) & set(through):
        return None
    if source is not None and _on_that_wire(onward.next_hops, through[0]):
        return None
    if (
        onward.kind == UNICAST
        and _is_host(case, device)
        and _by_one_link(onward.next_hops, through[0])
    ):
        return None
    iif = through[0].interface
    if if_it_forwards(case, device, iif, blind.flow.version, onward).kind not in (
        UNICAST,
        LOCAL,
    ):
        return None  # a host that passes nothing on is nobody's router
    return NextHopDevice(
        device, iif, _address_on(case, device, iif), sure=False, evidence=back.evidence
    )


def _on_that_wire(onward: tuple[NextHop, ...], through: NextHop) -> bool:
    """Is the router of a sender on the destination's own wire? Then it needs nobody for the rest of
    the way."""
    here = [hop for hop in onward if hop.gateway is None and hop.interface == through.interface]
    return bool(here) and through.gateway is not None


def _is_host(case: Case, device: str) -> bool:
    known = case.inventory.named(device)
    return known is not None and known.role in (Role.CLIENT, Role.SERVER, Role.HOST)


def _by_one_link(onward: tuple[NextHop, ...], through: NextHop) -> bool:
    """A machine that sends both ways out of one link is a neighbour of the sender's, no router of
    its."""
    return {hop.interface for hop in onward} == {through.interface}


def _leads_to_blind(case: Case, blind: BlindSpot, device: str, gateway: Address) -> bool:
    return resolve_next_hop(case, device, None, gateway).device == blind.device


def _by_witness(case: Case, blind: BlindSpot) -> NextHopDevice | None:
    """The only device not yet visited whose own log or state table tells that the flow came to
    it."""
    away = {*blind.visited, *({blind.device} if blind.device else ())}
    found = [one for one in witnesses(case, blind.flow) if one.device not in away]
    if len(found) != 1:
        return None
    one = found[0]
    return NextHopDevice(
        one.device, one.iif, _address_on(case, one.device, one.iif), evidence=(one.evidence,)
    )


def _by_neighbourhood(case: Case, blind: BlindSpot) -> NextHopDevice | None:
    """The only device not yet visited that is on a subnet of the blind device, ends of other flows
    left out."""
    if blind.device is None:
        return None
    found = [arrival for arrival in _neighbours(case, blind, blind.device) if arrival is not None]
    return _only(found)


def _neighbours(case: Case, blind: BlindSpot, name: str) -> Iterator[NextHopDevice | None]:
    for device in case.inventory.devices:
        if device.name in blind.visited | {name} or device.role in (
            Role.CLIENT,
            Role.SERVER,
            Role.HOST,
        ):
            continue
        for port in case.ports_of(device.name):
            if not port.on_loopback and port_facing(case, name, port.address.ip):
                yield NextHopDevice(device.name, port.interface, port.address.ip, sure=False)
                break


def _by_last_router(case: Case, blind: BlindSpot) -> NextHopDevice | None:
    """Whatever lies between: the only device not yet visited that has the destination on a subnet,
    and passes it on."""
    end = case.owner(blind.flow.dst)
    if (
        blind.origin is None
        or end is None
        or blind.address is None
        or port_facing(case, end.name, blind.address)
    ):
        return None
    if blind.sender is None or gone(case, blind.sender, blind.address):
        return None
    return _only(_last_routers(case, blind, end.name))


def _last_routers(case: Case, blind: BlindSpot, end: str) -> Iterator[NextHopDevice]:
    for device in case.inventory.devices:
        if device.name in blind.visited | {end} or device.role in (
            Role.CLIENT,
            Role.SERVER,
            Role.HOST,
        ):
            continue
        if port_facing(case, device.name, blind.flow.dst):
            yield NextHopDevice(device.name, None, None, sure=False)


def _brought(case: Case, blind: BlindSpot) -> NextHopDevice | None:
    """A device whose output was pasted, and that would pass such packets on, or end
    them."""
    told = blind.device is not None and case.reached(blind.device)
    if told and (
        blind.device in counted_flows(case).watched or not brought(case, blind.device or "")
    ):
        return None
    found = next_brought(case, blind.flow, blind.visited)
    iif = found.iif if found else None
    return (
        NextHopDevice(found.device, iif, _address_on(case, found.device, iif), sure=False)
        if found
        else None
    )


def _its_end(case: Case, blind: BlindSpot) -> NextHopDevice | None:
    """Whatever lies between: whose address it is gets the packet in the end, where an output of it
    was pasted."""
    owner = case.owner(blind.flow.dst)
    if blind.device in counted_flows(case).watched:
        return None  # the two captures would be compared as those of neighbours
    if owner is None or owner.name in blind.visited or not brought(case, owner.name):
        return None
    return NextHopDevice(
        owner.name, facing(case, owner.name, blind.flow.dst), blind.flow.dst, sure=False
    )


def _as_it_came(case: Case, blind: BlindSpot) -> NextHopDevice | None:
    """An end that tells nothing is thought to answer the device by which it was reached."""
    if blind.hint is None or blind.address is None:
        return None
    iif = facing(case, blind.hint, blind.address)
    return NextHopDevice(blind.hint, iif, _address_on(case, blind.hint, iif), sure=False)


def _ways() -> Iterator[Callable[[Case, BlindSpot], NextHopDevice | None]]:
    """What may tell, the surest first."""
    yield from (
        _delivered,
        _by_traceroute,
        _next_by_captures,
        _brought,
        _by_route_back,
        _by_captures,
        _by_witness,
    )
    yield from (_by_neighbourhood, _as_it_came, _by_last_router, _its_end)


def _only(landings: Iterable[NextHopDevice]) -> NextHopDevice | None:
    found = list(landings)
    return found[0] if len({arrival.device for arrival in found}) == 1 else None
