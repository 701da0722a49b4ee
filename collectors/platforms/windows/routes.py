"""`route print`, `netstat -r`, `netsh interface ipv4 show route` and `Get-NetRoute` of Windows."""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import ip_address, ip_network

from collectors.model.answer import Output, ParseResult, Unparsed
from collectors.model.evidence import QueryParams
from collectors.model.flow import Address
from collectors.model.records import Network, NextHop, Route
from collectors.platforms.reading import WIDEST, each, lines_of, text_of

_FOUR = r"\d{1,3}(?:\.\d{1,3}){3}"
_SIX = r"[0-9a-fA-F]*:[0-9a-fA-F:.]+"
#           0.0.0.0          0.0.0.0      192.168.1.1     192.168.1.10     25 / ... On-link / ...
# Auf Verbindung
_ROW = re.compile(
    rf"\s*(?P<to>{_FOUR})\s+(?P<mask>{_FOUR})\s+(?P<gateway>{_FOUR}|[^\d\s]\D*?)\s+(?P<own>{_FOUR})\s+(?P<metric>\d{{1,9}})"
)
_PERSISTENT = re.compile(rf"\s*{_FOUR}\s+{_FOUR}\s+{_FOUR}\s+\S.*")
#  11    281 fe80::/64                On-link
_ROW6 = re.compile(
    rf"\s*(?P<index>\d{{1,6}})\s+(?P<metric>\d{{1,10}})\s+(?P<to>{_SIX}/\d+)(?:\s+(?P<gateway>{_SIX}|\S.*?))?\s*"
)
_CONTINUED = re.compile(rf"\s{{12,}}(?P<gateway>{_SIX}|\D+?)\s*")
# 11      0.0.0.0/0       192.168.1.1      256 25       ActiveStore (Get-NetRoute)
_OBJECT = re.compile(
    rf"\s*(?P<index>\d{{1,6}})\s+(?P<to>(?:{_FOUR}|{_SIX})/\d+)\s+(?P<gateway>{_FOUR}|{_SIX})\s+(?P<metric>\d{{1,10}})"
    r"(?:\s+(?P<more>\d{1,9}))?(?:\s+\S+)*\s*"
)
# No       Manual    0    0.0.0.0/0                  11  192.168.1.1 (netsh)
_NETSH = re.compile(
    rf"\s*\S+\s+\S+\s+(?P<metric>\d{{1,9}})\s+(?P<to>(?:{_FOUR}|{_SIX})/\d+)\s+(?P<index>\d{{1,6}})\s+(?P<gateway>\S.*)"
)
# 11...00 1c 42 00 00 18 ......Intel(R) PRO/1000 MT
_INTERFACE = re.compile(r"\s*\d+\s?\.{3}.*")


@dataclass
class _Place:
    pending: Route | None = None  # of a long destination, whose gateway is on the next line


def read_routes(output: Output, params: QueryParams) -> ParseResult:
    """Interfaces are named by their own address (IPv4), else by their index. Own addresses are
    local routes."""
    place = _Place()
    return each(lines_of(text_of(output.stdout)), lambda line: _line(line, place), WIDEST)


def _line(line: str, place: _Place) -> Route | None:
    if place.pending and (more := _CONTINUED.fullmatch(line)):
        return _continued(more, place)
    if row := _ROW.fullmatch(line):
        return _four(row)
    if row := _ROW6.fullmatch(line):
        return _six(row, place)
    if row := _OBJECT.fullmatch(line) or _NETSH.fullmatch(line):
        return _of_index(row)
    if not _says_nothing(line):
        raise Unparsed(line)
    return None


def _continued(more: re.Match[str], place: _Place) -> Route:
    assert place.pending is not None
    pending, place.pending = place.pending, None
    interface = pending.next_hops[0].interface or ""
    return _route(pending.destination, interface, _gateway(more["gateway"]), pending.metric)


def _of_index(row: re.Match[str]) -> Route:
    """A row of Get-NetRoute, which has a second metric, or of netsh."""
    further = row.groupdict().get("more") or 0
    metric = int(row["metric"]) + int(further)
    network = ip_network(row["to"], strict=False)
    return _route(network, f"if{row['index']}", _gateway(row["gateway"]), metric)


def _says_nothing(line: str) -> bool:
    """Titles in the system's own language, rulers, what only a restart would bring."""
    if _INTERFACE.fullmatch(line) or _PERSISTENT.fullmatch(line):
        return True
    return re.search(rf"{_FOUR}|{_SIX}", line) is None


def _four(row: re.Match[str]) -> Route:
    network = ip_network(f"{row['to']}/{row['mask']}", strict=False)
    metric = int(row["metric"])
    kind = _special(network, row)
    if kind is not None:
        return Route(network, "local", kind, (NextHop(row["own"]),), metric=metric)
    return _route(network, row["own"], _gateway(row["gateway"]), metric)


def _special(network: Network, row: re.Match[str]) -> str | None:
    """Which packets that no router gets are these? None = they are routed."""
    own = network.prefixlen == 32 and row["to"] == row["own"]
    if own or network.is_loopback:
        return "local"
    if network.is_multicast:
        return "multicast"
    return "broadcast" if row["to"] == "255.255.255.255" else None


def _six(row: re.Match[str], place: _Place) -> Route | None:
    network = ip_network(row["to"], strict=False)
    interface, metric = f"if{row['index']}", int(row["metric"])
    if row["gateway"] is None:
        place.pending = Route(network, "main", "unicast", (NextHop(interface),), metric=metric)
        return None
    return _route(network, interface, _gateway(row["gateway"]), metric)


def _route(network: Network, interface: str, gateway: Address | None, metric: int) -> Route:
    if network.is_multicast:
        return Route(network, "local", "multicast", (NextHop(interface),), metric=metric)
    own = network.prefixlen == 128 and gateway is None
    table, kind = ("local", "local") if own else ("main", "unicast")
    return Route(network, table, kind, (NextHop(interface, gateway),), metric=metric)


def _gateway(text: str) -> Address | None:
    """`On-link` in any language, and the unspecified address, mean that there is none."""
    try:
        address = ip_address(text.strip().partition("%")[0])
    except ValueError:
        return None
    return None if address.is_unspecified else address
