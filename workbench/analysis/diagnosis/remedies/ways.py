"""How a device is told to send one destination another way, and how that is taken back."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from ipaddress import ip_network

from collectors.model.evidence import Question
from collectors.model.flow import Address
from collectors.model.records import Route
from workbench.analysis.case.case import Case
from workbench.analysis.case.wording import hop_words
from workbench.analysis.diagnosis.context import Scene
from workbench.analysis.diagnosis.remedies.shell import word
from workbench.analysis.trace.parting import PLAIN_TABLES


@dataclass(frozen=True, slots=True)
class Gateway:
    """A neighbour by its address on a link, and the device's own interface to it."""

    address: Address
    interface: str | None


@dataclass(frozen=True, slots=True)
class Change:
    """Commands, and those that take them back."""

    commands: tuple[str, ...]
    rollback: tuple[str, ...]


def send(
    scene: Scene, device: str, target: Address, by: Gateway, table: str | None = None
) -> Change:
    """Send one address by that gateway; what stands there already is put back by the rollback."""
    prefix = word(f"{target}/{target.max_prefixlen}")
    known = scene.case.inventory.named(device)
    if known is not None and known.platform == "frr" and table in (None, *PLAIN_TABLES):
        return _by_daemon(prefix, by, target.version)
    ip = "ip" if target.version == 4 else "ip -6"
    place = f" table {word(table)}" if table and table not in PLAIN_TABLES else ""
    # on a link of its own: no gateway is needed
    near = by.address == target and by.interface is not None
    way = ("" if near else f" via {word(by.address)}") + (
        f" dev {word(by.interface)}" if by.interface else ""
    )
    way = prefix + way + place
    old = _standing(scene.case, device, target, table)
    back = f"{ip} route replace {old}{place}" if old else f"{ip} route del {way}"
    return Change((f"{ip} route replace {way}",), (back,))


def _by_daemon(prefix: str, by: Gateway, version: int) -> Change:
    family = "ip" if version == 4 else "ipv6"
    line = f"{family} route {prefix} {by.address}" + (
        f" {word(by.interface)}" if by.address.is_link_local else ""
    )
    begin = "vtysh -c 'configure terminal' -c"
    return Change((f"{begin} {shlex.quote(line)}",), (f"{begin} {shlex.quote(f'no {line}')}",))


def _standing(case: Case, device: str, target: Address, table: str | None) -> str | None:
    """The route for exactly this address that is there now, in the words of its command."""
    wanted = ip_network(f"{target}/{target.max_prefixlen}")
    for route in case.records(device, Question.ROUTES, Route):
        if (
            route.destination == wanted
            and route.table == (table or "main")
            and route.kind != "local"
        ):
            words = [] if route.kind == "unicast" else [route.kind]
            words.append(str(wanted))
            for hop in route.next_hops:
                words += [
                    *(["nexthop"] if len(route.next_hops) > 1 else []),
                    *hop_words(hop).split(),
                ]
            return " ".join(map(word, words))
    return None


def came_from(scene: Scene, device: str) -> Gateway | None:
    """By which neighbour do the requests reach that device? It is the way back that keeps state
    whole."""
    return _before(scene, device, reverse=False)


def _before(scene: Scene, device: str, *, reverse: bool) -> Gateway | None:
    names = scene.findings.path(reverse).names
    hop = scene.hop(device, reverse)
    if hop is None or hop.iif is None or device not in names or names.index(device) == 0:
        return None
    address = _on_link(
        scene.case, names[names.index(device) - 1], device, hop.iif, hop.flow_in.version
    )
    return Gateway(address, hop.iif) if address else None


def towards(scene: Scene, device: str, *, reverse: bool) -> Gateway | None:
    """By which neighbour should it send the packets of that direction? As the other direction shows
    the way."""
    before = _before(scene, device, reverse=not reverse)
    if before is not None:
        return before
    for name in scene.findings.path(not reverse).names:
        found = _linked(scene, name, device)
        if found is not None and name != device:
            return found
    return None


def _linked(scene: Scene, neighbour: str, device: str) -> Gateway | None:
    for interface in dict.fromkeys(
        p.interface for p in scene.case.ports_of(device) if not p.on_loopback
    ):
        address = _on_link(scene.case, neighbour, device, interface or "", scene.flow.version)
        if address is not None:
            return Gateway(address, interface)
    return None


def _on_link(
    case: Case, neighbour: str, device: str, interface: str, version: int
) -> Address | None:
    own = [
        p.address
        for p in case.ports_of(device)
        if p.interface == interface and p.address.version == version
    ]
    links = [address.network for address in own if not address.ip.is_link_local]
    for port in case.ports_of(neighbour):
        if any(port.address.ip.version == n.version and port.address.ip in n for n in links):
            return port.address.ip
    return None
