"""Who is at the other end of this link? The neighbour table's MAC comes before the address, which
two may hold."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from collectors.model.flow import Address, Flow
from collectors.model.records import Network
from workbench.analysis.captures.flow_counts import FlowCount, counted_flows
from workbench.analysis.case.case import Case
from workbench.analysis.case.interface_addresses import InterfaceAddress
from workbench.analysis.device.tunnel_far_ends import misplaced
from workbench.analysis.device.tunnels import far_end
from workbench.analysis.trace.links import (
    elsewhere,
    interface_facing,
    networks,
    on_this_link,
)
from workbench.analysis.trace.neighbour_entries import neighbour_mac


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
        by_mac = tuple(port for port in self.by_mac if port.device in devices)
        by_address = tuple(port for port in self.by_address if port.device in devices)
        return _Takers(by_mac, by_address)

    def likeliest(self, address: Address) -> tuple[InterfaceAddress, ...]:
        """Those with the MAC and the address come first, then those with the MAC alone."""
        with_both = tuple(port for port in self.by_mac if port.address.ip == address)
        for ports in (with_both, self.by_mac):
            if ports:
                return ports
        return self.by_address


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
        iif = interface_facing(case, chosen.device, device, oif)
    proof = evidence if takers.by_mac else ()
    return NextHopDevice(chosen.device, iif, address, _of_one_device(likeliest), proof)


def _of_one_device(ports: tuple[InterfaceAddress, ...]) -> bool:
    return len({port.device for port in ports}) == 1


def _takers(case: Case, device: str, oif: str | None, address: Address, mac: str | None) -> _Takers:
    by_mac = ports_with_mac(case, mac, device) if mac else ()
    by_address = on_this_link(case, device, oif, case.holders(address))
    by_address = by_address or _peers(case, device, oif, address)
    if by_address and not _of_one_device(by_address):
        here = tuple(port for port in by_address if not elsewhere(case, port, device, oif))
        by_address = here or by_address
    return _Takers(by_mac, by_address)


def ports_with_mac(case: Case, mac: str, sender: str) -> tuple[InterfaceAddress, ...]:
    """Every address behind that MAC, the sender's own left out."""
    others = (port for port in case.ports if port.device != sender)
    return tuple(port for port in others if (port.mac or "").lower() == mac)


def _peers(
    case: Case, device: str, oif: str | None, address: Address
) -> tuple[InterfaceAddress, ...]:
    """Nobody on the link holds the address: the only other device there (a tunnel's end), else who
    has it anywhere."""
    own = networks(case, device, oif) if oif else set()
    on_own_subnet = any(address in network for network in own)
    there = tuple(_others_on(case, device, own))
    if not on_own_subnet and _of_one_device(there):
        return there
    others = tuple(port for port in case.holders(address) if port.device != device)
    if len(others) == 1:
        return others
    return tuple(port for port in others if not port.address.ip.is_link_local)


def _others_on(case: Case, device: str, subnets: set[Network]) -> Iterator[InterfaceAddress]:
    for port in case.ports:
        if port.device != device and port.address.network in subnets:
            yield port


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
    known_elsewhere = owner is not None and owner.name != device
    name = owner.name if owner is not None and known_elsewhere else None
    return NextHopDevice(name, None, address, sure=name is None, evidence=evidence)


# --- as captures show it ---


@dataclass(frozen=True, slots=True)
class Handed:
    """A device that got frames of a flow straight from another one, as their source MAC tells."""

    device: str
    iif: str | None
    frames: int
    evidence: tuple[str, ...]


def handed(case: Case, device: str, oif: str | None, flow: Flow) -> tuple[Handed, ...]:
    """Which devices got packets of the flow from it on that link? The one that got most first;
    bridges left out."""
    macs = _macs(case, device, oif)
    found: list[Handed] = []
    for name in counted_flows(case).watched:
        if name != device:
            found.extend(_got_from(case, name, flow, macs))
    return tuple(sorted(found, key=lambda one: (-one.frames, one.device)))


def _macs(case: Case, device: str, oif: str | None) -> set[str]:
    """The hardware addresses of that interface; oif None = of all of them."""
    found = set()
    for one in case.interfaces(device):
        if one.mac and oif in (None, one.name):
            found.add(one.mac.lower())
    return found


def _got_from(case: Case, device: str, flow: Flow, macs: set[str]) -> Iterator[Handed]:
    flow_count = counted_flows(case).of(device, flow)
    if flow_count is None:
        return
    bridged = {one.name for one in case.interfaces(device) if one.master is not None}
    for (iif, mac), frames in flow_count.handed_by.items():
        if mac in macs and iif not in bridged:
            yield Handed(device, iif, frames, tuple(flow_count.evidence))


def _seen_to_get(
    case: Case, device: str, oif: str | None, ports: tuple[InterfaceAddress, ...], flow: Flow | None
) -> InterfaceAddress | None:
    """Of several devices, the one whose capture saw packets of the flow come in; one that kept them
    comes first.

    What came from somebody else, as the source MAC tells, does not count.
    """
    if flow is None or not ports or _of_one_device(ports):
        return None
    own = _macs(case, device, oif)
    best, most = None, (False, 0)
    for port in ports:
        count = counted_flows(case).of(port.device, flow)
        if count is None or not count.came_in or _from_others(count, own):
            continue
        weight = (count.lost > 0, sum(count.came_in.values()))
        if best is None or weight > most:
            best, most = port, weight
    return best


def _from_others(flow_count: FlowCount, own: set[str]) -> bool:
    """Do the source MACs tell that another device sent it?"""
    macs = {mac for _, mac in flow_count.senders}
    known = bool(own) and bool(macs)
    return known and own.isdisjoint(macs)
