"""Routing tables of the BSDs, macOS and illumos: `netstat -r`, `route show`, `route get`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from ipaddress import ip_address, ip_network

from collectors.model.answer import Output, ParseResult, Unparsed
from collectors.model.evidence import QueryParams
from collectors.model.flow import Address
from collectors.model.records import Network, NextHop, Record, Route, RouteChoice
from collectors.platforms.reading import WIDEST, each, lines_of, text_of

# Destination        Gateway            Flags     Netif Expire / ... Flags  Refs  Use   Mtu  Prio
# Iface
TITLES = re.compile(
    r"\s*Destination(?:/Mask)?\s+Gateway\s+Flags\b.*|\s*(?:Destination/Mask\s+)?-+(?:\s+-+)+|\s*Network\s+Gateway\s+Flags.*"
)
# Routing tables (fib: 0) / Internet6: / Routing Table: IPv4
_SECTION = re.compile(
    r"Rout(?:ing|e) [Tt]ables?\b.*|(?P<family>Internet6?|Encap|Appletalk|IPX|MPLS|XNS):\s*|IRE"
    r" Table.*"
    r"|Route Tree for Protocol Family \d+ \((?P<tree>[^()]*)\):"
)
_FOLLOWED = ("Internet", "Internet6", "Internet v6")
_OF_INTERFACES = ("Netif", "Iface", "Interface", "If")
_INTERFACE = re.compile(r"[a-z][a-zA-Z_]*\d+(?:\.\d+)?")
_DEFAULT = {4: "0.0.0.0/0", 6: "::/0"}
_NAMED = {"default": _DEFAULT, "0": _DEFAULT, "localhost": {4: "127.0.0.1", 6: "::1"}}
_REFUSALS = {"REJECT": "unreachable", "BLACKHOLE": "blackhole"}
_FLAGS = re.compile(r"[A-Za-z0-9!]{1,16}")
_MAC = re.compile(r"[0-9a-fA-F]{1,2}(?::[0-9a-fA-F]{1,2}){5}")


@dataclass
class _Place:
    version: int = 4
    followed: bool = True
    columns: tuple[str, ...] = ()
    linked: set[Network] = field(default_factory=set)  # 192.168.1.20/32  link#12  UCS  en0  !


def read_routes(output: Output, params: QueryParams) -> ParseResult:
    """Every section of both families. Own addresses are the host routes over the loopback, on macOS
    those to a link."""
    place = _Place()
    reading = each(lines_of(text_of(output.stdout)), lambda line: _line(line, place), WIDEST)
    return replace(reading, records=tuple(_with_own(reading.records, place.linked)))


def _with_own(records: Iterable[Record], linked: set[Network]) -> Iterator[Record]:
    """macOS has such a route for its own address and for each gateway: the one that no route goes
    by is its own."""
    every = tuple(records)
    routes = [one for one in every if isinstance(one, Route)]
    gateways = {hop.gateway for hop in _hops_of(routes)}
    shown = {hop.interface for hop in _hops_of(routes) if hop.gateway}
    left = [route for route in routes if _left(route, linked, gateways)]
    links = [route.next_hops[0].interface for route in left]
    # a table without its gateways is a part of one
    alone = {link for link in links if links.count(link) == 1} & shown
    own = [route for route in left if route.next_hops[0].interface in alone]
    for one in every:
        if isinstance(one, Route) and one in own:
            yield replace(one, table="local", kind="local")
        else:
            yield one


def _hops_of(routes: Iterable[Route]) -> Iterator[NextHop]:
    for route in routes:
        yield from route.next_hops


def _left(route: Route, linked: set[Network], gateways: set[Address | None]) -> bool:
    """Is it such a route, by whose address no other route goes?"""
    if route.destination not in linked or not route.next_hops:
        return False
    return route.destination.network_address not in gateways


def _is_linked(words: list[str], network: Network) -> bool:
    longest = network.max_prefixlen
    single = network.prefixlen == longest and words[0].endswith(f"/{longest}")
    if not single or not _is_of_one_host(network):
        return False
    made_for_a_link = {"C", "S"} <= set(words[2])
    return made_for_a_link and words[1].startswith("link#")


def _is_of_one_host(network: Network) -> bool:
    everybody = network.is_multicast or str(network.network_address) == "255.255.255.255"
    return not everybody


def _line(line: str, place: _Place) -> Route | None:
    if section := _SECTION.fullmatch(line):
        place.followed = (section["family"] or section["tree"]) in (None, *_FOLLOWED)
        place.version = 6 if "6" in line else 4
        return None
    if TITLES.fullmatch(line):
        if "Dest" in line:
            place.columns = tuple(line.split())
        return None
    if not place.followed:
        return None
    words = line.split()
    if len(words) < 4 or not _FLAGS.fullmatch(words[2]):
        raise Unparsed(line)
    network = _network(words[0], place.version)
    if _is_linked(words, network):
        place.linked.add(network)
    return _route(network, words[1], words[2], _interface(words, place))


def _interface(words: list[str], place: _Place) -> str | None:
    """The column that the titles name; what expires or is a note may follow it."""
    titled = (at for at, name in enumerate(place.columns) if name in _OF_INTERFACES)
    at = next(titled, 0)
    cell = words[at] if 0 < at < len(words) else ""
    if cell and not cell[0].isdigit():
        return cell.rstrip("*")
    for word in words[3:]:
        if _INTERFACE.fullmatch(word):
            return word
    return None


def _route(network: Network, gateway: str, flags: str, interface: str | None) -> Route:
    if "R" in flags:
        return Route(network, "main", "unreachable")
    if "B" in flags:
        return Route(network, "main", "blackhole")
    hop = NextHop(interface)
    if _own(network, flags, interface):
        return Route(network, "local", "local", (hop,))
    if network.is_multicast:
        return Route(network, "local", "multicast", (hop,))
    if network.broadcast_address == network.network_address and "b" in flags:
        return Route(network, "local", "broadcast", (hop,))
    # macOS: for sockets that are bound to the interface
    table = f"scoped {interface}" if "I" in flags else "main"
    return Route(network, table, "unicast", _hops(gateway, flags, interface))


def _own(network: Network, flags: str, interface: str | None) -> bool:
    """Is this one of the system's own addresses? OpenBSD says so, the others lead it over the
    loopback."""
    one_address = network.prefixlen == network.max_prefixlen
    if network.is_loopback or not one_address or "G" in flags:
        return False
    return "l" in flags or (interface or "").startswith("lo")


def _hops(gateway: str, flags: str, interface: str | None) -> tuple[NextHop, ...]:
    """No hop where the gateway has a name only: then it is not known which machine that is."""
    up = "U" in flags
    if _is_direct(gateway, flags):
        return (NextHop(interface, up=up),) if interface else ()
    address = _address(gateway)
    return (NextHop(interface, address, up=up),) if address else ()


def _is_direct(gateway: str, flags: str) -> bool:
    """Is there no router between: a link, or a neighbour by its hardware address?"""
    if "G" not in flags or gateway.startswith("link#"):
        return True
    return _MAC.fullmatch(gateway) is not None


def _address(text: str) -> Address | None:
    try:
        return ip_address(text.partition("%")[0])
    except ValueError:
        return None


def _network(text: str, version: int) -> Network:
    """`default`, `127`, `10/8`, `192.168.1`, `fe80::%lo0/64`, `169.254.0.0&0xffff0000`."""
    if text in _NAMED:
        return ip_network(_NAMED[text][version])
    host, _, length = re.sub(r"%[\w.-]+", "", text).partition("/")
    if ":" in host:
        return ip_network(f"{host}/{length or 128}", strict=False)
    parts = host.split(".")
    if len(parts) > 4 or not all(part.isdigit() for part in parts):
        raise Unparsed(text)
    filled = ".".join([*parts, "0", "0", "0"][:4])
    return ip_network(f"{filled}/{length or 8 * len(parts)}", strict=False)


_FIELD = re.compile(
    r"\s*(?P<name>route to|destination|mask|gateway|interface|if address|flags|fib|label|priority):"
    r" (?P<value>.*)"
)
_NUMBERS = re.compile(
    r"\s*(?:recvpipe|use|sockaddrs|RTA_)\b.*|[\s\d]+|\s*(?:[a-z]+\s+)*(?:mtu|expire)\b.*"
)


def read_choice(output: Output, params: QueryParams) -> ParseResult:
    """`route -n get 203.0.113.10`: which way the system would send it."""
    fields: dict[str, str] = {}
    unread: list[str] = []
    for line in lines_of(text_of(output.stdout)):
        if found := _FIELD.fullmatch(line):
            fields[found["name"]] = found["value"].strip()
        elif not _NUMBERS.fullmatch(line):
            unread.append(line)
    if "interface" not in fields:
        return ParseResult(unread=tuple(unread or lines_of(text_of(output.stdout))))
    return ParseResult((_choice(fields),), tuple(unread))


def _choice(fields: dict[str, str]) -> RouteChoice:
    flags = fields.get("flags", "")
    refusals = (kind for word, kind in _REFUSALS.items() if word in flags)
    kind = next(refusals, "unicast")
    gateway = _address(fields.get("gateway", ""))
    if "GATEWAY" in flags and gateway is None:
        return RouteChoice(kind)
    return RouteChoice(kind, NextHop(fields["interface"], gateway))
