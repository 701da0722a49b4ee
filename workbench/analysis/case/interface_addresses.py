"""Which addresses does which device hold, as it reports them or as its routes let them be known?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import ip_interface

from collectors.model.flow import Address
from collectors.model.inventory import AddressWithPrefix
from collectors.model.records import Interface, Route


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
        return self.interface is not None and (
            self.interface == "lo" or self.interface.startswith("dummy")
        )


def interfaces_of(routes: tuple[Route, ...]) -> tuple[Interface, ...]:
    """The interfaces that a device must have: by its local routes and by its connected ones."""
    connected = [
        (r.destination, r.next_hops[0].interface)
        for r in routes
        if r.next_hops and not r.next_hops[0].gateway
    ]
    found: dict[str, list[AddressWithPrefix]] = {}
    for name, address in dict.fromkeys(_told_by(routes)):
        subnets = [
            net
            for net, on in connected
            if on == name and net.version == address.version and address in net
        ]
        length = min(
            (net.prefixlen for net in subnets if net.prefixlen), default=address.max_prefixlen
        )
        found.setdefault(name, []).append(ip_interface(f"{address}/{length}"))
    return tuple(
        Interface(name, 0, None, 0, True, addresses=tuple(held)) for name, held in found.items()
    )


def _told_by(routes: tuple[Route, ...]) -> Iterator[tuple[str, Address]]:
    """Own addresses by interface: those of local routes, and `src` of connected ones, which only
    takes own ones."""
    for route in routes:
        first = route.next_hops[0] if route.next_hops else None
        if first is None or first.interface is None:
            continue
        if route.kind == "local" and route.destination.num_addresses == 1:
            yield first.interface, route.destination.network_address
        elif route.kind == "unicast" and not first.gateway and route.source is not None:
            yield first.interface, route.source
