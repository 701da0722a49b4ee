"""Which devices may lie between the ends, by the addresses that are known before anybody was asked
for a route? They are asked first; that they were not on the way costs some questions only."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Network, IPv6Network

from collectors.model.flow import Address
from collectors.model.inventory import Role
from workbench.analysis.case.case import Case
from workbench.analysis.case.interface_addresses import InterfaceAddress

CROWD = 8  # routers on one link: more of them manage themselves there, and pass nothing on
Link = IPv4Network | IPv6Network
_ENDS = frozenset({Role.CLIENT, Role.SERVER, Role.HOST})  # they pass nothing on


def likely_ways(case: Case) -> frozenset[str]:
    """The devices on the shortest ways from one end to the other; empty = none is known."""
    client, server = case.client, case.owner(case.flow.dst)
    if client is None or server is None:
        return frozenset()
    if "likely ways" not in case.memo:
        case.memo["likely ways"] = _shortest(_links(case), client.name, server.name)
    found: frozenset[str] = case.memo["likely ways"]
    return found


def _shortest(links: _Links, client: str, server: str) -> frozenset[str]:
    out, back = links.distances(client), links.distances(server)
    passing = (name for name in out.keys() & back.keys() if links.passes(name))
    lengths = {name: out[name] + back[name] for name in passing}
    least = min(lengths.values(), default=0)
    return frozenset(name for name, length in lengths.items() if length == least)


def strangers(case: Case) -> frozenset[str]:
    """The devices of which no address is known: they may be anywhere."""
    devices = case.inventory.devices
    return frozenset(device.name for device in devices if not case.ports_of(device.name))


def between(case: Case, names: frozenset[str]) -> frozenset[str]:
    """The devices, hosts left out, with an address on a link that joins two of these."""
    links = _links(case)
    return frozenset(other for other in links.joining(names) if links.passes(other))


def _links(case: Case) -> _Links:
    if "links" not in case.memo:
        case.memo["links"] = _Links(case)
    found: _Links = case.memo["links"]
    return found


class _Links:
    """Which device has an address on which link?"""

    def __init__(self, case: Case) -> None:
        self._case = case
        self._of: dict[str, set[Link]] = {}
        self._on: dict[Link, set[str]] = {}
        for port in case.ports:
            if _joins(port):
                self._of.setdefault(port.device, set()).add(port.address.network)
                self._on.setdefault(port.address.network, set()).add(port.device)
        self._on = {link: on_it for link, on_it in self._on.items() if not self._crowded(on_it)}

    def _crowded(self, on_it: set[str]) -> bool:
        return sum(map(self.passes, on_it)) > CROWD

    def beside(self, name: str) -> Iterator[str]:
        """The devices on its links, itself included."""
        for link in self._of.get(name, ()):
            yield from self._on.get(link, ())

    def joining(self, names: frozenset[str]) -> Iterator[str]:
        """The devices on links that join at least two of these."""
        for on_it in self._on.values():
            if len(on_it & names) > 1:
                yield from on_it

    def distances(self, begin: str) -> dict[str, int]:
        """How many links away is each device? Hosts between pass nothing on."""
        found, edge = {begin: 0}, [begin]
        while edge:
            beside = {
                other
                for name in edge
                if self.passes(name) or name == begin
                for other in self.beside(name)
            }
            edge = sorted(beside - found.keys())
            farther = max(found.values()) + 1
            found.update(dict.fromkeys(edge, farther))
        return found

    def passes(self, name: str) -> bool:
        """May it pass on what is for others?"""
        device = self._case.inventory.named(name)
        return device is not None and device.role not in _ENDS


def _joins(port: InterfaceAddress) -> bool:
    """Is it an address on a link to others?"""
    address: Address = port.address.ip
    alone = port.address.network.prefixlen == port.address.max_prefixlen
    return not (alone or address.is_link_local or address.is_loopback)
