"""Which devices are on one link? By their subnets; sites may use the same addresses twice."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from collectors.model.evidence import Question
from collectors.model.flow import Address
from collectors.model.records import Neighbour, Network
from workbench.analysis.case.case import Case
from workbench.analysis.case.interface_addresses import InterfaceAddress


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


def on_one_link(case: Case, device: str, oif: str | None, port: InterfaceAddress) -> bool:
    """Do the interface of a device and that port have a subnet in common?"""
    own = networks(case, device, oif)
    theirs = networks(case, port.device, None if port.on_loopback else port.interface)
    return not own.isdisjoint(theirs)


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
    for one in case.ports:
        third = one.device not in (port.device, but)
        if third and not one.on_loopback and one.address.network == network:
            return True
    return False


def elsewhere(case: Case, port: InterfaceAddress, device: str, oif: str | None) -> bool:
    """Is that port on another link than the device's, though its subnet is the same? Sites may use
    addresses twice.

    It is if the two are of different sites, or if its device knows the same address as this
    device's by another MAC.
    """
    if _at_different_sites(case, device, port.device):
        return True
    own: dict[Address, str] = {}
    for one in case.ports_of(device):
        if one.mac and one.interface == oif:
            own[one.address.ip] = one.mac.lower()
    known = set(_known_macs(case, port, own))
    return bool(known) and known.isdisjoint(own.values())


def _at_different_sites(case: Case, one: str, other: str) -> bool:
    sites = {device.name: device.site for device in case.inventory.devices}
    here, there = sites.get(one), sites.get(other)
    return bool(here and there) and here != there


def _known_macs(
    case: Case, port: InterfaceAddress, addresses: Collection[Address]
) -> Iterator[str]:
    """The MACs by which the port's device knows these addresses there."""
    for record, _ in case.all_records(port.device, Question.NEIGHBOURS, Neighbour):
        here = record.address in addresses and record.interface == port.interface
        if here and record.mac:
            yield record.mac.lower()


def on_this_link(
    case: Case, device: str, oif: str | None, holders: Iterable[InterfaceAddress]
) -> tuple[InterfaceAddress, ...]:
    """The holders of an address that can be on that link, those that surely are first."""
    others = (port for port in holders if port.device != device)
    near = tuple(port for port in others if on_one_link(case, device, oif, port))
    sure = tuple(port for port in near if not port.on_loopback)
    up = tuple(port for port in sure if port.up)
    return up or sure or near


def interface_facing(case: Case, device: str, sender: str, oif: str | None) -> str | None:
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


def address_on(case: Case, device: str, interface: str | None) -> Address | None:
    """The first address of that interface."""
    for port in case.ports_of(device):
        if port.interface == interface:
            return port.address.ip
    return None
