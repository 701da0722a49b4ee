"""Who is next door: the neighbour table, which may flip between two samples."""

from __future__ import annotations

from ipaddress import ip_address
from itertools import pairwise
from typing import Any

from collectors.model.answer import Output, ParseResult, Unparsed
from collectors.model.evidence import QueryParams
from collectors.model.records import Neighbour
from collectors.platforms import arp
from collectors.platforms.linux.shell import plain
from collectors.platforms.reading import each, each_item, json_values, lines_of, looks_json, text_of

_STATES = frozenset(
    ["REACHABLE", "STALE", "DELAY", "PROBE", "FAILED", "INCOMPLETE", "PERMANENT", "NOARP", "NONE"]
)


def ask_neighbours(params: QueryParams) -> str:
    """Both families, all states."""
    return plain("ip -j -s neigh show nud all")


def read_neighbours(output: Output, params: QueryParams) -> ParseResult:
    """`ip -j -s neigh`, or the text of `ip neigh` or `arp`."""
    text = text_of(output.stdout)
    if looks_json(text):
        return each_item(json_values(text), _neighbour)
    lines = lines_of(text)
    if not any(_STATES & set(one.split()[-1:]) for one in lines[:100]):
        return arp.read_neighbours(lines)
    return each(lines, lambda text_line: line(text_line, params.interface))


def _neighbour(item: dict[str, Any]) -> Neighbour | None:
    address = ip_address(str(item["dst"]))
    if address.is_multicast or (address.is_loopback and "NOARP" in item.get("state", ())):
        return None
    return Neighbour(
        address, item["dev"], item.get("lladdr"), tuple(item.get("state", ())), "router" in item
    )


def line(text: str, interface: str | None) -> Neighbour:
    """One entry as text: `192.0.2.1 dev eth0 lladdr 00:11:22:33:44:55 router REACHABLE`."""
    first, *words = text.split()
    states = tuple(word for word in words if word in _STATES)
    if not states:
        raise Unparsed(text)
    named = dict(pairwise(words))
    return Neighbour(
        ip_address(first),
        named.get("dev", interface or ""),
        named.get("lladdr"),
        states,
        "router" in words,
    )
