"""Who is at the other end of this link? The neighbour table's MAC comes before the address, which
two may hold."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from collectors.model.evidence import Question
from collectors.model.flow import Address, Flow
from collectors.model.records import Neighbour, Network
from workbench.analysis.captures.flow_counts import FlowCount, counted_flows
from workbench.analysis.case.case import Case
from workbench.analysis.case.interface_addresses import InterfaceAddress
from workbench.analysis.device.tunnel_far_ends import misplaced
from workbench.analysis.device.tunnels import far_end

DEAD = frozenset({"FAILED", "INCOMPLETE"})


@dataclass(frozen=True, slots=True)
class NextHopDevice:
    """Where a packet arrives that was sent to an address on a link. device None = nobody in the
    inventory."""

    device: str | None
    iif: str | None
    address: Address | None
    sure: bool = True
    evidence: tuple[str, ...] = ()
    # False: the frame carries the hardware address of another one, so the device throws it away
    taken: bool = True


def resolve_next_hop(
    case: Case, device: str, oif: str | None, address: Address, flow: Flow | None = None
) -> NextHopDevice:
    """Which device takes the packet that this device sends to `address` out of `oif`?

    Who was seen to get frames of `flow` from it comes first; then, where several could, the one
    that was seen to get packets of `flow`, else the one whose MAC the device holds.
    """
    through = far_end(case, device, oif, flow.dst if flow is not None else address)
    if through is not None:
        return NextHopDevice(*through, address)
    mac, evidence = neighbour_mac(case, device, oif, address)
    by_mac = ports_with_mac(case, mac, device) if mac else ()
    by_address = tuple(
        _on_link(case, device, oif, case.holders(address)) or _peers(case, device, oif, address)
    )
    if len({port.device for port in by_address}) > 1:
        by_address = (
            tuple(p for p in by_address if not elsewhere(case, p, device, oif)) or by_address
        )
    given = handed(case, device, oif, flow) if flow is not None else ()
    if given:
        takers = {one.device for one in given}
        by_mac, by_address = (
            tuple(p for p in ports if p.device in takers) for ports in (by_mac, by_address)
        )
        if not (by_mac or by_address):
            return NextHopDevice(
                given[0].device, given[0].iif, address, len(takers) == 1, given[0].evidence
            )
    elif (lost := misplaced(case, device, oif, mac)) is not None:
        return NextHopDevice(
            lost.taker, lost.iif, address, True, (*evidence, *lost.evidence), taken=False
        )
    both = [port for port in by_mac if port.address.ip == address]
    chosen = (
        _seen_to_get(case, device, oif, (*by_mac, *by_address), flow)
        or _one(both)
        or _one(by_mac)
        or _one(by_address)
    )
    if chosen is None:
        owner = case.owner(address)  # known by elimination only: it tells of no address
        name = owner.name if owner is not None and owner.name != device else None
        return NextHopDevice(name, None, address, sure=name is None, evidence=evidence)
    rivals = {port.device for port in both or by_mac or by_address}
    iif = chosen.interface
    if chosen.on_loopback:
        iif = _interface_facing(case, chosen.device, device, oif)
    return NextHopDevice(chosen.device, iif, address, len(rivals) == 1, evidence if by_mac else ())


@dataclass(frozen=True, slots=True)
class Handed:
    """A device that got frames of a flow straight from another one, as their source MAC tells."""

    device: str
    iif: str | None
    frames: int
    evidence: tuple[str, ...]


def handed(case: Case, device: str, oif: str | None, flow: Flow) -> tuple[Handed, ...]:
    """To whom did the device hand packets of the flow on that link? The one that got most first;
    bridges left out."""
    macs = _macs(case, device, oif)
    found = [
        taker
        for name in counted_flows(case).watched
        if name != device
        for taker in _taken(case, name, flow, macs)
    ]
    return tuple(sorted(found, key=lambda one: (-one.frames, one.device)))


def _not_from_others(flow_count: FlowCount, own: set[str]) -> bool:
    macs = {mac for _, mac in flow_count.senders}
    return not (own and macs) or not own.isdisjoint(macs)


def _macs(case: Case, device: str, oif: str | None) -> set[str]:
    return {
        one.mac.lower() for one in case.interfaces(device) if one.mac and oif in (None, one.name)
    }


def _taken(case: Case, device: str, flow: Flow, macs: set[str]) -> Iterator[Handed]:
    flow_count = counted_flows(case).of(device, flow)
    bridged = {one.name for one in case.interfaces(device) if one.master is not None}
    for (iif, mac), frames in flow_count.senders.items() if flow_count else ():
        if mac in macs and iif not in bridged:
            yield Handed(device, iif, frames, tuple(flow_count.evidence if flow_count else ()))


def elsewhere(case: Case, port: InterfaceAddress, device: str, oif: str | None) -> bool:
    """Is that port on another link than the device's, though its subnet is the same? Sites may use
    addresses twice.

    It is if the two are of different sites, or if its device knows the same address as this
    device's by another MAC.
    """
    mine = {one.name: one.site for one in case.inventory.devices}
    if mine.get(port.device) and mine.get(device) and mine[port.device] != mine[device]:
        return True
    own = {
        one.address.ip: one.mac.lower()
        for one in case.ports_of(device)
        if one.mac and one.interface == oif
    }
    known = (
        (record.address, record)
        for record, _ in case.all_records(port.device, Question.NEIGHBOURS, Neighbour)
    )
    macs = {
        r.mac.lower()
        for address, r in known
        if address in own and r.mac and r.interface == port.interface
    }
    return bool(macs) and macs.isdisjoint(own.values())


def _seen_to_get(
    case: Case, device: str, oif: str | None, ports: tuple[InterfaceAddress, ...], flow: Flow | None
) -> InterfaceAddress | None:
    """Of several devices, the one whose capture saw packets of the flow come in; one that kept them
    comes first.

    What came from somebody else, as the source MAC tells, does not count.
    """
    if flow is None or len({port.device for port in ports}) < 2:
        return None
    own = _macs(case, device, oif)
    flow_counts = [(counted_flows(case).of(port.device, flow), port) for port in ports]
    mine = [
        (one, port)
        for one, port in flow_counts
        if one and one.came_in and _not_from_others(one, own)
    ]
    counted = [(one.lost > 0, sum(one.came_in.values()), port) for one, port in mine]
    return max(counted, key=lambda one: one[:2])[2] if counted else None


def _one(ports: Iterable[InterfaceAddress]) -> InterfaceAddress | None:
    return next(iter(ports), None)


def neighbour_mac(
    case: Case, device: str, oif: str | None, address: Address
) -> tuple[str | None, tuple[str, ...]]:
    """Which MAC does the device hold for that neighbour? The newest live entry counts."""
    for record, item in case.all_records(device, Question.NEIGHBOURS, Neighbour):
        there = record.address == address and oif in (None, record.interface)
        if there and record.mac and not DEAD & set(record.states):
            return record.mac.lower(), (item.id,)
    return None, ()


def gone(case: Case, device: str, address: Address) -> bool:
    """Did the device ask for that neighbour in vain?"""
    entries = (
        one
        for one, _ in case.all_records(device, Question.NEIGHBOURS, Neighbour)
        if one.address == address
    )
    latest = next(entries, None)
    return latest is not None and bool(DEAD & set(latest.states))


def nobody_there(case: Case, device: str, oif: str | None, address: Address) -> bool:
    """Did it ask for that address in vain on a link where nobody holds it, though somebody does on
    another one?"""
    entries = (
        one
        for one, _ in case.all_records(device, Question.NEIGHBOURS, Neighbour)
        if one.address == address
    )
    latest = next((one for one in entries if oif in (None, one.interface)), None)
    if latest is None or not DEAD & set(latest.states):
        return False
    return on_another_link(
        case, device, oif, [port for port in case.holders(address) if port.device != device]
    )


def on_another_link(
    case: Case, device: str, oif: str | None, ports: Iterable[InterfaceAddress]
) -> bool:
    """Are all these ports surely elsewhere? A link without a subnet may lead to anybody who has no
    other neighbour."""
    every = list(ports)
    if not every or any(on_one_link(case, device, oif, port) for port in every):
        return False
    return bool(networks(case, device, oif)) or all(
        _has_neighbours(case, port, device) for port in every
    )


def _has_neighbours(case: Case, port: InterfaceAddress, but: str) -> bool:
    """Is a third device on that port's subnet?"""
    others = (
        one for one in case.ports if one.device not in (port.device, but) and not one.on_loopback
    )
    network = port.address.network
    return network.prefixlen < network.max_prefixlen and any(
        one.address.network == network for one in others
    )


def ports_with_mac(case: Case, mac: str, sender: str) -> tuple[InterfaceAddress, ...]:
    """Every address behind that MAC, the sender's own left out."""
    return tuple(
        port
        for port in case.ports
        if port.mac and port.mac.lower() == mac and port.device != sender
    )


def _on_link(
    case: Case, device: str, oif: str | None, holders: Iterable[InterfaceAddress]
) -> list[InterfaceAddress]:
    """The holders that can be on that link, those that surely are first."""
    others = [port for port in holders if port.device != device]
    near = [port for port in others if on_one_link(case, device, oif, port)]
    sure = [port for port in near if not port.on_loopback]
    up = [port for port in sure if port.up]
    return up or sure or near


def _peers(case: Case, device: str, oif: str | None, address: Address) -> list[InterfaceAddress]:
    """Nobody on the link holds the address: the only other device there (a tunnel's end), else who
    has it anywhere."""
    own = networks(case, device, oif) if oif else set()
    there = [port for port in case.ports if port.device != device and port.address.network in own]
    elsewhere = not any(address in network for network in own)
    if elsewhere and there and len({port.device for port in there}) == 1:
        return there
    others = [port for port in case.holders(address) if port.device != device]
    return [port for port in others if not port.address.ip.is_link_local or len(others) == 1]


def on_one_link(case: Case, device: str, oif: str | None, port: InterfaceAddress) -> bool:
    """Do the interface of a device and that port have a subnet in common?"""
    own = networks(case, device, oif)
    theirs = networks(case, port.device, None if port.on_loopback else port.interface)
    return bool(own & theirs)


def networks(case: Case, device: str, interface: str | None) -> set[Network]:
    """The subnets of an interface (None = of all of them), those that are the same everywhere left
    out."""
    return {
        port.address.network
        for port in case.ports_of(device)
        if (interface is None or port.interface in (interface, None))
        and not port.on_loopback
        and not port.address.ip.is_link_local
        and port.address.network.prefixlen < port.address.network.max_prefixlen
    }


def _interface_facing(case: Case, device: str, sender: str, oif: str | None) -> str | None:
    """The interface of `device` on the link of the sender's `oif`."""
    theirs = networks(case, sender, oif)
    for port in case.ports_of(device):
        if not port.on_loopback and port.address.network in theirs:
            return port.interface
    return None


def port_facing(case: Case, device: str, address: Address) -> InterfaceAddress | None:
    """The port of the device that is on the subnet of that address; a declared one has no
    interface."""
    for port in case.ports_of(device):
        if (
            not port.on_loopback
            and not port.address.ip.is_link_local
            and address in port.address.network
        ):
            return port
    return None


def facing(case: Case, device: str, address: Address) -> str | None:
    """The interface of the device that is on the subnet of that address."""
    port = port_facing(case, device, address)
    return port.interface if port else None
