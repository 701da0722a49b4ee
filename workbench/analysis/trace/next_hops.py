"""Who is at the other end of this link? The neighbour table's MAC comes before the address, which
two may hold."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
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
    # False: the frame carries the hardware address of another one, so the device discards it
    taken: bool = True


@dataclass(frozen=True, slots=True)
class _Takers:
    """Who may take a packet on a link: ports with the MAC that the sender holds, and holders of
    the address."""

    by_mac: tuple[InterfaceAddress, ...]
    by_address: tuple[InterfaceAddress, ...]

    @property
    def ports(self) -> tuple[InterfaceAddress, ...]:
        return (*self.by_mac, *self.by_address)

    def among(self, devices: set[str]) -> _Takers:
        """Those of these devices only."""
        by_mac, by_address = (
            tuple(port for port in ports if port.device in devices)
            for ports in (self.by_mac, self.by_address)
        )
        return _Takers(by_mac, by_address)

    def likeliest(self, address: Address) -> tuple[InterfaceAddress, ...]:
        """Those with the MAC and the address come first, then those with the MAC alone."""
        both = tuple(port for port in self.by_mac if port.address.ip == address)
        return both or self.by_mac or self.by_address


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
    takers = _takers(case, device, oif, address, mac)
    given = handed(case, device, oif, flow) if flow is not None else ()
    if given:
        takers = takers.among({one.device for one in given})
        if not takers.ports:
            return _handed_to(given, address)
    elif (lost := misplaced(case, device, oif, mac)) is not None:
        proof = (*evidence, *lost.evidence)
        return NextHopDevice(lost.taker, lost.iif, address, True, proof, taken=False)
    likeliest = takers.likeliest(address)
    chosen = _seen_to_get(case, device, oif, takers.ports, flow) or next(iter(likeliest), None)
    if chosen is None:
        return _by_elimination(case, device, address, evidence)
    iif = chosen.interface
    if chosen.on_loopback:
        iif = _interface_facing(case, chosen.device, device, oif)
    sure = len({port.device for port in likeliest}) == 1
    return NextHopDevice(chosen.device, iif, address, sure, evidence if takers.by_mac else ())


def _takers(case: Case, device: str, oif: str | None, address: Address, mac: str | None) -> _Takers:
    by_mac = ports_with_mac(case, mac, device) if mac else ()
    holders = _on_link(case, device, oif, case.holders(address))
    by_address = tuple(holders or _peers(case, device, oif, address))
    if len({port.device for port in by_address}) > 1:
        here = tuple(port for port in by_address if not elsewhere(case, port, device, oif))
        by_address = here or by_address
    return _Takers(by_mac, by_address)


def _handed_to(given: tuple[Handed, ...], address: Address) -> NextHopDevice:
    """Captures show who got the frames, and nothing else tells of it."""
    most = given[0]
    alone = len({one.device for one in given}) == 1
    return NextHopDevice(most.device, most.iif, address, alone, most.evidence)


def _by_elimination(
    case: Case, device: str, address: Address, evidence: tuple[str, ...]
) -> NextHopDevice:
    """Nobody shows the address: its owner may be known because no other device is left."""
    owner = case.owner(address)
    name = owner.name if owner is not None and owner.name != device else None
    return NextHopDevice(name, None, address, sure=name is None, evidence=evidence)


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
    if flow_count is None:
        return
    bridged = {one.name for one in case.interfaces(device) if one.master is not None}
    for (iif, mac), frames in flow_count.senders.items():
        if mac in macs and iif not in bridged:
            yield Handed(device, iif, frames, tuple(flow_count.evidence))


def elsewhere(case: Case, port: InterfaceAddress, device: str, oif: str | None) -> bool:
    """Is that port on another link than the device's, though its subnet is the same? Sites may use
    addresses twice.

    It is if the two are of different sites, or if its device knows the same address as this
    device's by another MAC.
    """
    sites = {one.name: one.site for one in case.inventory.devices}
    here, there = sites.get(device), sites.get(port.device)
    if here and there and here != there:
        return True
    own = {
        one.address.ip: one.mac.lower()
        for one in case.ports_of(device)
        if one.mac and one.interface == oif
    }
    known = set(_known_macs(case, port, own))
    return bool(known) and known.isdisjoint(own.values())


def _known_macs(
    case: Case, port: InterfaceAddress, addresses: Collection[Address]
) -> Iterator[str]:
    """The MACs by which the port's device knows these addresses there."""
    for record, _ in case.all_records(port.device, Question.NEIGHBOURS, Neighbour):
        here = record.address in addresses and record.interface == port.interface
        if here and record.mac:
            yield record.mac.lower()


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
    counted = []
    for port in ports:
        one = counted_flows(case).of(port.device, flow)
        if one and one.came_in and _not_from_others(one, own):
            counted.append((one.lost > 0, sum(one.came_in.values()), port))
    return max(counted, key=lambda one: one[:2])[2] if counted else None


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
    latest = next(_entries(case, device, address), None)
    return latest is not None and _asked_in_vain(latest)


def _entries(case: Case, device: str, address: Address) -> Iterator[Neighbour]:
    """What the device's neighbour table held for that address, newest first."""
    for record, _ in case.all_records(device, Question.NEIGHBOURS, Neighbour):
        if record.address == address:
            yield record


def _asked_in_vain(entry: Neighbour) -> bool:
    return bool(DEAD & set(entry.states))


def nobody_there(case: Case, device: str, oif: str | None, address: Address) -> bool:
    """Did it ask for that address in vain on a link where nobody holds it, though somebody does on
    another one?"""
    entries = _entries(case, device, address)
    latest = next((one for one in entries if oif in (None, one.interface)), None)
    if latest is None or not _asked_in_vain(latest):
        return False
    others = [port for port in case.holders(address) if port.device != device]
    return on_another_link(case, device, oif, others)


def on_another_link(
    case: Case, device: str, oif: str | None, ports: Iterable[InterfaceAddress]
) -> bool:
    """Are all these ports surely elsewhere? A link without a subnet may lead to anybody who has no
    other neighbour."""
    every = list(ports)
    if not every or any(on_one_link(case, device, oif, port) for port in every):
        return False
    if networks(case, device, oif):
        return True
    return all(_has_neighbours(case, port, device) for port in every)


def _has_neighbours(case: Case, port: InterfaceAddress, but: str) -> bool:
    """Is a third device on that port's subnet?"""
    network = port.address.network
    if network.prefixlen == network.max_prefixlen:
        return False
    third = (one for one in case.ports if one.device not in (port.device, but))
    return any(one.address.network == network for one in third if not one.on_loopback)


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
    elsewhere = not any(address in network for network in own)
    there = [p for p in case.ports if p.device != device and p.address.network in own]
    only_one = len({port.device for port in there}) == 1
    if elsewhere and only_one:
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
    ports = case.ports_of(device)
    if interface is not None:
        ports = tuple(port for port in ports if port.interface in (interface, None))
    return {port.address.network for port in ports if _on_a_subnet(port)}


def _on_a_subnet(port: InterfaceAddress) -> bool:
    network = port.address.network
    own = not port.on_loopback and not port.address.ip.is_link_local
    return own and network.prefixlen < network.max_prefixlen


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
        usable = not port.on_loopback and not port.address.ip.is_link_local
        if usable and address in port.address.network:
            return port
    return None


def facing(case: Case, device: str, address: Address) -> str | None:
    """The interface of the device that is on the subnet of that address."""
    port = port_facing(case, device, address)
    return port.interface if port else None
