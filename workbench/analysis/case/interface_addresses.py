"""Which addresses does which device hold, as it reports them or as its routes let them be known?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import ip_interface

from collectors.model.flow import Address
from collectors.model.inventory import AddressWithPrefix
from collectors.model.records import Interface, Network, Route


@dataclass(frozen=True, slots=True)
class InterfaceAddress:
    """One address of one interface of one device. interface None = only the inventory tells of the
    address."""

    device: str
    interface: str | None
    address: AddressWithPrefix
    mac: str | None = None
    up: bool = True

    @property
    def on_loopback(self) -> bool:
        """Is the address not on any link (lo, dummy)?"""
        if self.interface is None:
            return False
        return self.interface == "lo" or self.interface.startswith("dummy")


def interfaces_of(routes: tuple[Route, ...]) -> tuple[Interface, ...]:
    """The interfaces that a device must have: by its local routes and by its connected ones."""
    connected = list(_connected(routes))
    held: dict[str, list[AddressWithPrefix]] = {}
    for name, address in dict.fromkeys(_own_addresses(routes)):
        subnets = [network for network, interface in connected if interface == name]
        with_prefix = ip_interface(f"{address}/{_prefix_length(address, subnets)}")
        held.setdefault(name, []).append(with_prefix)
    return tuple(
        Interface(name, 0, None, 0, True, addresses=tuple(addresses))
        for name, addresses in held.items()
    )


def _connected(routes: tuple[Route, ...]) -> Iterator[tuple[Network, str | None]]:
    """The networks of neighbours, each with its interface."""
    for route in routes:
        first = route.next_hops[0] if route.next_hops else None
        if first is not None and not first.gateway:
            yield route.destination, first.interface


def _prefix_length(address: Address, subnets: list[Network]) -> int:
    """Of the widest network that holds it, the one of everything left out."""
    lengths: list[int] = [address.max_prefixlen]
    for network in subnets:
        same_version = network.version == address.version
        if same_version and network.prefixlen and address in network:
            lengths.append(network.prefixlen)
    return min(lengths)


def _own_addresses(routes: tuple[Route, ...]) -> Iterator[tuple[str, Address]]:
    """Own addresses by interface: those of local routes, and `src` of connected ones, which only
    takes own ones."""
    for route in routes:
        first = route.next_hops[0] if route.next_hops else None
        if first is None or first.interface is None:
            continue
        if route.kind == "local" and route.destination.num_addresses == 1:
            yield first.interface, route.destination.network_address
        connected = route.kind == "unicast" and not first.gateway
        if connected and route.source is not None:
            yield first.interface, route.source
