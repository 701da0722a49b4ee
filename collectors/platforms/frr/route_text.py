"""What vtysh prints for people: `show ip route PREFIX`, and the table of `show ip route`."""

from __future__ import annotations

import re
from ipaddress import ip_address, ip_network

from collectors.model.answer import ParseResult
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
_QUIET = re.compile(
    r"\s*(Last update|tag |opaque|Backup|Installed|% Network not in table|Codes: |[A-Za-z>*] - "
    r"|IPv[46] unicast VRF|VRF )"
)
# B>* 203.0.113.0/24 [20/0] via 198.51.100.2, swp1, weight 1, 00:01:02
_LISTED = re.compile(
    r"(?P<code>[A-Za-z])(?P<marks>[>* qrobtf]{0,4})\s*(?P<prefix>[0-9a-fA-F:.]+/\d+) "
    r"(?:\[\d+/(?P<metric>\d+)\] )?(?P<way>.*)"
)
#   *                      via 198.51.100.3, swp2, weight 1, 00:01:02
_ALSO = re.compile(r"\s+\*?\s*(?P<way>(?:via|is directly connected|unreachable).*)")
_WAY = re.compile(r"via ([0-9a-fA-F:.]+),? ?([^\s,]+)?")
_CODES = {
    "B": "bgp",
    "O": "ospf",
    "S": "static",
    "C": "connected",
    "K": "kernel",
    "R": "rip",
    "I": "isis",
    "L": "local",
}


def read(text: str) -> ParseResult:
    """The entries with their next hops."""
    entries: list[dict[str, object]] = []
    hops: list[list[NextHop]] = []
    unread: list[str] = []
    for line in lines_of(text):
        if not _line(line, entries, hops):
            unread.append(line)
    routes = (_route(entry, tuple(found)) for entry, found in zip(entries, hops, strict=True))
    return ParseResult(tuple(routes), tuple(unread))


def _line(line: str, entries: list[dict[str, object]], hops: list[list[NextHop]]) -> bool:
    if entry := _ENTRY.match(line):
        entries.append({"prefix": ip_network(entry[1])})
        hops.append([])
        return True
    if listed := _LISTED.fullmatch(line):
        entries.append({"prefix": ip_network(listed["prefix"]), "metric": listed["metric"] or 0})
        entries[-1]["protocol"] = _CODES.get(listed["code"], listed["code"])
        hops.append([])
        return _way(listed["way"], entries[-1], hops[-1])
    if not entries:
        return bool(_QUIET.match(line))
    if also := _ALSO.fullmatch(line):
        return _way(also["way"], entries[-1], hops[-1])
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


def _way(text: str, entry: dict[str, object], hops: list[NextHop]) -> bool:
    """`via A, dev, weight N, age`, `is directly connected, dev, age`, `unreachable (blackhole)`."""
    if via := _WAY.match(text):
        weight = re.search(r"weight (\d+)", text)
        hops.append(
            NextHop(
                via[2], ip_address(via[1]), int(weight[1]) if weight else 1, "inactive" not in text
            )
        )
    elif linked := re.match(r"is directly connected, ([^\s,]+)", text):
        hops.append(NextHop(linked[1]))
    elif dead := _DEAD.match(text):
        entry["kind"] = dead[1] or "unreachable"
    else:
        return False
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
