"""Which interfaces and addresses do the devices have, as they report them, as their routes let them
be known, or as the inventory declares them?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from ipaddress import ip_interface

from collectors.model.evidence import Question
from collectors.model.flow import Address
from collectors.model.inventory import AddressWithPrefix, Device
from collectors.model.records import Interface, Route
from workbench.analysis.case.answers import Answers
from workbench.analysis.case.interface_addresses import InterfaceAddress, interfaces_of
from workbench.analysis.case.own_addresses import own_sources, own_words, serves, socket_ends


@dataclass(frozen=True)
class HeldAddresses(Answers):
    """The answers, and whose addresses they show."""

    # --- interfaces ---

    def interfaces(self, device: str) -> tuple[Interface, ...]:
        """The device's interfaces as it reports them, else as its routes let them be known."""
        return self._interfaces.get(device, ())

    @cached_property
    def _interfaces(self) -> dict[str, tuple[Interface, ...]]:
        return {name: tuple(self._interfaces_of(name)) for name in self._names}

    def _interfaces_of(self, device: str) -> Iterator[Interface]:
        reported = self.records(device, Question.INTERFACES, Interface)
        yield from reported
        if self.in_part(device):
            names = {one.name for one in reported}
            by_routes = interfaces_of(self.records(device, Question.ROUTES, Route))
            yield from (one for one in by_routes if one.name not in names)

    def interface(self, device: str, name: str | None) -> Interface | None:
        """One interface of the device, or None."""
        for one in self.interfaces(device):
            if one.name == name:
                return one
        return None

    @cached_property
    def bridging(self) -> frozenset[str]:
        """The devices that join at least two of their ports to a bridge: packets may cross them
        without any route."""
        return frozenset(name for name in self._names if self._bridges(name))

    def _bridges(self, device: str) -> bool:
        masters = [one.master for one in self.interfaces(device) if one.master]
        return len(masters) > len(set(masters))

    # --- addresses ---

    @cached_property
    def ports(self) -> tuple[InterfaceAddress, ...]:
        """Every address of every device: what a device says of itself wins over the inventory
        file."""
        found: list[InterfaceAddress] = []
        for device in self.inventory.devices:
            found.extend(self._reported(device.name))
            if self.in_part(device.name):
                found.extend(self._declared(device))
        return (*found, *self._service_alone(found))

    def _reported(self, device: str) -> Iterator[InterfaceAddress]:
        for one in self.interfaces(device):
            for held in one.addresses:
                yield InterfaceAddress(device, one.name, held, one.mac, one.up)

    def _declared(self, device: Device) -> Iterator[InterfaceAddress]:
        """What the inventory says, or what it shows to be its own, beyond what it reports."""
        reported = {port.address.ip for port in self._reported(device.name)}
        declared = device.addresses
        if not declared and not self.interfaces(device.name):
            declared = self._sources(device.name)
        for held in declared:
            if held.ip not in reported:
                yield InterfaceAddress(device.name, None, held)

    def _sources(self, device: str) -> tuple[AddressWithPrefix, ...]:
        """Addresses that it shows to be its own without reporting its interfaces."""
        items = self.answered_by(device)
        shown = (
            *own_sources(items),
            *self._own_socket_ends(device),
            *own_words(device, items, self.flow),
        )
        return tuple(ip_interface(address) for address in dict.fromkeys(shown))

    def _own_socket_ends(self, device: str) -> list[Address]:
        """The addresses at its own end of connections, those of other devices left out."""
        theirs: set[Address] = set()
        for name, held in self._socket_ends.items():
            if name != device:
                theirs.update(held)
        return [one for one in self._socket_ends.get(device, ()) if one not in theirs]

    @cached_property
    def _socket_ends(self) -> dict[str, tuple[Address, ...]]:
        """The addresses at each device's own end of its connections; those of the host itself are
        none."""
        return {name: socket_ends(self.usable(name, Question.SOCKETS)) for name in self._names}

    def _service_alone(self, found: list[InterfaceAddress]) -> list[InterfaceAddress]:
        """Nobody shows the target's address: the only one who was pasted without any, and who
        serves that port."""
        dst = self.flow.dst
        if any(port.address.ip == dst for port in found):
            return []
        known = {port.device for port in found}
        silent = (name for name in self._names if name not in known)
        serving = [name for name in silent if serves(self.answered_by(name), self.flow)]
        if len(serving) != 1:
            return []
        return [InterfaceAddress(serving[0], None, ip_interface(dst))]

    def holders(self, address: Address) -> tuple[InterfaceAddress, ...]:
        """Every place that holds that address; several for link-local, shared and duplicate
        addresses."""
        return self._holders.get(address, ())

    @cached_property
    def _holders(self) -> dict[Address, tuple[InterfaceAddress, ...]]:
        found: dict[Address, tuple[InterfaceAddress, ...]] = {}
        for port in self.ports:
            found[port.address.ip] = (*found.get(port.address.ip, ()), port)
        return found

    def ports_of(self, device: str) -> tuple[InterfaceAddress, ...]:
        """All addresses of one device."""
        return self._ports_by_device.get(device, ())

    @cached_property
    def _ports_by_device(self) -> dict[str, tuple[InterfaceAddress, ...]]:
        found: dict[str, tuple[InterfaceAddress, ...]] = {}
        for port in self.ports:
            found[port.device] = (*found.get(port.device, ()), port)
        return found
