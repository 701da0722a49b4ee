"""The routing table as `route` and `netstat -r` of net-tools and BusyBox print it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import ip_address, ip_network

from collectors.model.answer import ParseResult, Unparsed
from collectors.model.flow import Address
from collectors.model.records import Network, NextHop, Route
from collectors.platforms.reading import WIDEST, each

# Destination     Gateway         Genmask         Flags Metric Ref    Use Iface    MSS   Window irtt
TITLES = re.compile(
    r"\s*Destination\s+(?:Gateway\s+Genmask|Next"
    r" Hop)\s+Flags?\b.*|Source\s+Destination\s+Gateway\s.*"
)
_SECTION = re.compile(r"Kernel (?:IP|IPv6|INET6?) ?routing (?:table|cache)")
_FLAGS = re.compile(r"[A-Za-z!]+")
_NETWORKS = {"link-local": "169.254.0.0", "loopback": "127.0.0.0", "localnet": "0.0.0.0"}
_GATEWAYS = frozenset(["_gateway", "gateway"])  # resolved by systemd from the routes themselves
CUT = 6  # characters that the extended form leaves of an interface's name
ONCE = 1 << 32  # metrics are unsigned, and printed as if they were not


def is_table(text: str) -> bool:
    """Is this a table of net-tools, and not of iproute2?"""
    return any(TITLES.fullmatch(line) for line in text[:4000].splitlines()) or bool(
        _UNTITLED.match(text)
    )


# 10.0.0.0        192.168.1.1     255.0.0.0       UG    0      0        0 eth0
_UNTITLED = re.compile(r"[\d.]+ +[\d.]+ +[\d.]+ +U?[A-Z!]* +")


@dataclass
class _Place:
    columns: tuple[str, ...] = ()
    cached: bool = False


def read_table(lines: list[str]) -> ParseResult:
    """Both families, with the columns that the titles name."""
    place = _Place()
    return each(lines, lambda line: _line(line, place), WIDEST)


def _line(line: str, place: _Place) -> Route | None:
    if _SECTION.fullmatch(line.strip()):
        return None
    if TITLES.fullmatch(line):
        place.columns = tuple(line.replace("Next Hop", "Hop").split())
        place.cached = line.startswith("Source")
        return None
    if place.cached:
        return None
    words = line.split()
    if len(words) == len(place.columns) or (words and not place.columns):
        cells = dict(zip(place.columns or _usual(words), words, strict=False))
        return _six(cells, line) if "Hop" in cells else _four(cells, line)
    raise Unparsed(line)


def _usual(words: list[str]) -> tuple[str, ...]:
    """Lines without their titles: `route -n | grep UG`."""
    if len(words) == 8 and "." in words[2]:
        return ("Destination", "Gateway", "Genmask", "Flags", "Metric", "Ref", "Use", "Iface")
    return ("Destination", "Hop", "Flag", "Met", "Ref", "Use", "If")


def _four(cells: dict[str, str], line: str) -> Route | None:
    flags = cells["Flags"]
    if not _FLAGS.fullmatch(flags):
        raise Unparsed(line)
    if cells["Destination"] in _GATEWAYS and "H" in flags:
        return None
    target = _NETWORKS.get(cells["Destination"], cells["Destination"])
    network = ip_network(
        f"{'0.0.0.0' if target == 'default' else target}/{_length(cells['Genmask'])}", strict=False
    )
    metric = int(cells.get("Metric", "0").replace("-", "0"))
    if "!" in flags:
        return Route(network, "main", "unreachable", metric=metric)
    return Route(
        network, "main", "unicast", _hops(cells["Gateway"], _interface(cells), flags), metric=metric
    )


def _length(mask: str) -> str:
    return "0" if mask in ("*", "default") else mask


def _interface(cells: dict[str, str]) -> str | None:
    """The name, unless the form is the one that cuts it."""
    extended = {"MSS", "Metric"} <= cells.keys()
    name = cells["Iface"]
    return None if extended and len(name) == CUT else name


def _hops(gateway: str, interface: str | None, flags: str) -> tuple[NextHop, ...]:
    """No hop where the gateway has a name only: then it is not known which machine that is."""
    if "G" not in flags:
        return (NextHop(interface, up="U" in flags),) if interface else ()
    address = _address(gateway)
    return (NextHop(interface, address, up="U" in flags),) if address else ()


def _address(text: str) -> Address | None:
    try:
        return ip_address(text.strip("[]").partition("%")[0])
    except ValueError:
        return None


def _six(cells: dict[str, str], line: str) -> Route:
    flags, interface = cells["Flag"], cells["If"]
    if not _FLAGS.fullmatch(flags):
        raise Unparsed(line)
    network = _network(cells["Destination"])
    metric = int(cells["Met"]) % ONCE
    if "!" in flags:
        return Route(network, "main", "unreachable", metric=metric)
    if "n" in flags and network.prefixlen == 128:
        return Route(network, "local", "local", (NextHop(interface),), metric=metric)
    if network.is_multicast:
        return Route(network, "local", "multicast", (NextHop(interface),), metric=metric)
    return Route(network, "main", "unicast", _hops(cells["Hop"], interface, flags), metric=metric)


def _network(text: str) -> Network:
    if text in ("default", "[::]/0"):
        return ip_network("::/0")
    host, _, length = text.replace("[", "").replace("]", "").partition("/")
    if ":" not in host:
        host = f"::ffff:{host}"  # net-tools writes such addresses with dots
    return ip_network(f"{host}/{length or 128}", strict=False)
