"""What vtysh prints for people: `show ip route PREFIX`."""

from __future__ import annotations

import re
from ipaddress import ip_address, ip_network

from collectors.model.platform import Reading
from collectors.model.records import NextHop, Route
from collectors.platforms.reading import lines_of

# Routing entry for 203.0.113.0/24
_ENTRY = re.compile(r"\s*Routing entry for (\S+)")
# Known via "bgp", distance 20, metric 0, best
_KNOWN = re.compile(r"\s*Known via \"(\w+)\"(?:, distance (\d+))?(?:, metric (\d+))?")
# * 198.51.100.2, via swp1, weight 1 / * directly connected, eth0 / * unreachable (blackhole)
_HOP = re.compile(r"\s*(\*)?\s*([0-9a-fA-F:.]+)(?:,? via ([^\s,]+))?([^\n]*)")
_LINKED = re.compile(r"\s*\*?\s*directly connected, ([^\s,]+)")
_DEAD = re.compile(r"\s*\*?\s*unreachable(?: \((\w+)\))?")
_QUIET = re.compile(r"\s*(Last update|tag |opaque|Backup|Installed|% Network not in table)")


def read(text: str) -> Reading:
    """The entries with their next hops."""
    entries: list[dict[str, object]] = []
    hops: list[list[NextHop]] = []
    unread: list[str] = []
    for line in lines_of(text):
        if not _line(line, entries, hops):
            unread.append(line)
    routes = (_route(entry, tuple(found)) for entry, found in zip(entries, hops, strict=True))
    return Reading(tuple(routes), tuple(unread))


def _line(line: str, entries: list[dict[str, object]], hops: list[list[NextHop]]) -> bool:
    if entry := _ENTRY.match(line):
        entries.append({"prefix": ip_network(entry[1])})
        hops.append([])
        return True
    if not entries:
        return bool(_QUIET.match(line))
    if known := _KNOWN.match(line):
        entries[-1].update(protocol=known[1], metric=int(known[3] or 0))
    elif linked := _LINKED.match(line):
        hops[-1].append(NextHop(linked[1]))
    elif dead := _DEAD.match(line):
        entries[-1]["kind"] = dead[1] or "unreachable"
    elif (hop := _HOP.fullmatch(line)) and ("." in hop[2] or ":" in hop[2]):
        weight = re.search(r"weight (\d+)", hop[4])
        up = "inactive" not in hop[4]
        hops[-1].append(NextHop(hop[3], ip_address(hop[2]), int(weight[1]) if weight else 1, up))
    else:
        return bool(_QUIET.match(line))
    return True


def _route(entry: dict[str, object], hops: tuple[NextHop, ...]) -> Route:
    return Route(
        destination=entry["prefix"],  # type: ignore[arg-type]
        table="main",
        kind=str(entry.get("kind", "unicast")),
        next_hops=hops,
        metric=int(str(entry.get("metric", 0))),
        protocol=str(entry["protocol"]) if "protocol" in entry else None,
    )
