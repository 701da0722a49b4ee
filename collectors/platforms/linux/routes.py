"""Where the device would send a packet: its tables, its rules, and its answer for exactly one
packet."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from ipaddress import ip_address, ip_network
from typing import Any

from collectors.model.answer import Output, ParseResult
from collectors.model.evidence import QueryParams
from collectors.model.flow import Address, Flow, Protocol
from collectors.model.records import Network, NextHop, PolicyRule, Record, Route, RouteChoice
from collectors.platforms.linux import route_table, route_text
from collectors.platforms.linux.shell import plain, word
from collectors.platforms.reading import (
    each,
    each_item,
    items,
    joined,
    json_values,
    lines_of,
    looks_json,
    text_of,
)

_ANY = {4: ip_network("0.0.0.0/0"), 6: ip_network("::/0")}
_KINDS = (
    "unicast",
    "local",
    "broadcast",
    "multicast",
    "blackhole",
    "unreachable",
    "prohibit",
    "throw",
    "anycast",
)


def ask_routes(params: QueryParams) -> str:
    """Every table of both families, IPv4 first."""
    return plain("sh -c 'ip -4 -j -d route show table all; ip -6 -j -d route show table all'")


def read_routes(output: Output, params: QueryParams) -> ParseResult:
    """Two JSON lists (IPv4, IPv6), or the text of `ip route show [table T]`, `route` or `netstat
    -r`."""
    text = text_of(output.stdout)
    if not looks_json(text):
        return _from_text(text)
    return _both_families(text, _route)


def _from_text(text: str) -> ParseResult:
    if route_table.is_table(text):
        return route_table.read_table(lines_of(text))
    return each(lines_of(route_text.folded(text)), route_text.route)


def _both_families(text: str, read: Callable[[dict[str, Any], int], Record]) -> ParseResult:
    """IPv4's list, then IPv6's."""
    families = zip(json_values(text), (4, 6), strict=False)
    return joined(
        *(each_item((entries,), partial(_flipped, read, version)) for entries, version in families)
    )


def _flipped(
    read: Callable[[dict[str, Any], int], Record], version: int, item: dict[str, Any]
) -> Record:
    return read(item, version)


def _route(item: dict[str, Any], version: int) -> Route:
    return Route(
        destination=destination(item["dst"], version),
        table=str(item.get("table", "main")),
        kind=item.get("type", "unicast"),
        next_hops=_next_hops(item),
        source=_optional(item.get("prefsrc")),
        metric=int(item.get("metric", 0)),
        protocol=item.get("protocol"),
        mtu=_mtu(item),
        only_from=destination(str(item["from"]), version) if item.get("from") else None,
    )


def destination(text: str, version: int) -> Network:
    """`default`, an address, or a prefix."""
    return _ANY[version] if text == "default" else ip_network(str(text), strict=False)


def _next_hops(item: dict[str, Any]) -> tuple[NextHop, ...]:
    if "nexthops" in item:
        return tuple(map(_next_hop, item["nexthops"]))
    leads_out = not {"dev", "gateway", "via"}.isdisjoint(item)
    return (_next_hop(item),) if leads_out else ()


def _next_hop(item: dict[str, Any]) -> NextHop:
    gateway = item.get("gateway") or item.get("via", {}).get("host")
    down = {"dead", "linkdown"} & set(item.get("flags", ()))
    return NextHop(item.get("dev"), _optional(gateway), int(item.get("weight", 1)), not down)


def _optional(text: str | None) -> Address | None:
    return ip_address(str(text)) if text and text not in ("any", "all") else None


def _mtu(item: dict[str, Any]) -> int | None:
    return next((int(metric["mtu"]) for metric in item.get("metrics", ()) if "mtu" in metric), None)


def ask_choice(params: QueryParams) -> str | None:
    """One packet, with everything that routing may look at."""
    return plain(f"ip -j -d {packet(params.flow, params)}") if params.flow else None


def packet(flow: Flow, params: QueryParams) -> str:
    """The words of `ip route get` for one packet of the flow."""
    parts = ["route get", word(flow.dst), "from", word(flow.src)]
    if params.iif:
        parts += ["iif", word(params.iif)]
    if params.mark:
        parts += ["mark", hex(params.mark)]
    if params.tos:
        parts += ["tos", hex(params.tos)]
    return " ".join(parts + _transport(flow))


def _transport(flow: Flow) -> list[str]:
    if flow.protocol is Protocol.ICMP:
        return ["ipproto", "icmp" if flow.version == 4 else "ipv6-icmp"]
    if not flow.protocol.has_ports:
        return []  # the kernel takes no other protocol here
    ports = (("sport", flow.sport), ("dport", flow.dport))
    return [
        "ipproto",
        flow.protocol.value,
        *(f"{name} {port}" for name, port in ports if port is not None),
    ]


_ERRORS = {
    "Invalid argument": "invalid",
    "Invalid cross-device link": "invalid",
    "Network is unreachable": "unreachable",
    "No route to host": "unreachable",
    "Permission denied": "prohibit",
    "Host is unreachable": "unreachable",
}


def read_choice(output: Output, params: QueryParams) -> ParseResult:
    """The kernel's choice as JSON or text; its refusal (status 2) is an answer too."""
    text = text_of(output.stdout)
    if not text.strip() or text.startswith("RTNETLINK"):
        return _no_choice(text + text_of(output.stderr))
    if looks_json(text):
        return each_item(json_values(text), choice)
    return each(lines_of(route_text.folded(text)), route_text.choice)


def _no_choice(complaint: str) -> ParseResult:
    found = re.search(r"RTNETLINK answers: (.+)", complaint)
    words = found[1].strip() if found else None
    if words in _ERRORS:
        return ParseResult((RouteChoice(_ERRORS[words], error=words),))
    return ParseResult(
        unread=tuple(lines_of(complaint)),
        refused=f"ip route get failed: {' '.join(complaint.split())[:200]}",
    )


def choice(item: dict[str, Any]) -> RouteChoice:
    """One object of `ip -j -d route get`."""
    hops = _next_hops(item)
    kind = item.get("type") or _kind_of_cached(item)
    if kind not in _KINDS:
        raise ValueError(kind)
    return RouteChoice(
        kind=kind,
        next_hop=hops[0] if hops else None,
        source=_optional(item.get("prefsrc") or item.get("from")),
        table=_text(item.get("table")),
        mtu=_mtu(item),
    )


def _kind_of_cached(item: dict[str, Any]) -> str:
    return "local" if "local" in item.get("cache", ()) else "unicast"


def ask_rules(params: QueryParams) -> str:
    """The policy rules of both families, IPv4 first."""
    return plain("sh -c 'ip -4 -j -d rule show; ip -6 -j -d rule show'")


def read_rules(output: Output, params: QueryParams) -> ParseResult:
    """Two JSON lists (IPv4, IPv6), or the text of `ip rule show`."""
    text = text_of(output.stdout)
    if not looks_json(text):
        return each(lines_of(text), route_text.rule)
    return _both_families(text, _rule)


_KNOWN = frozenset(
    [
        "priority",
        "not",
        "src",
        "srclen",
        "dst",
        "dstlen",
        "iif",
        "oif",
        "fwmark",
        "fwmask",
        "ipproto",
        "sport",
        "sport_start",
        "sport_end",
        "dport",
        "dport_start",
        "dport_end",
        "table",
        "action",
        "goto",
        "tos",
        "dsfield",
        "protocol",
        "iif_detached",
        "oif_detached",
        "to",
        "unresolved",
        "nop",
    ]
)


def _rule(item: dict[str, Any], version: int) -> PolicyRule:
    return PolicyRule(
        priority=int(item["priority"]),
        action=_action(item),
        table=_text(item.get("table")),
        source=_prefix(item, "src", version),
        destination=_prefix(item, "dst", version),
        iif=item.get("iif"),
        oif=item.get("oif"),
        mark=_number(item.get("fwmark")),
        mask=_number(item.get("fwmask")) or 0xFFFFFFFF,
        protocol=item.get("ipproto"),
        sport=_ports(item, "sport"),
        dport=_ports(item, "dport"),
        tos=_number(item.get("tos", item.get("dsfield"))),
        goto=_number(item.get("goto")),
        inverted="not" in item,
        unread=tuple(f"{key} {value}" for key, value in item.items() if key not in _KNOWN),
        version=version,
    )


def _action(item: dict[str, Any]) -> str:
    if "goto" in item:
        return "goto"
    return "lookup" if "table" in item else str(item.get("action", "nop"))


def _prefix(item: dict[str, Any], key: str, version: int) -> Network | None:
    text = item.get(key)
    if text in (None, "all", "default", "any"):
        return None
    has_length = not {"srclen", "dstlen"}.isdisjoint(item)
    if text == "0.0.0.0" and not has_length:
        return None
    longest = 32 if version == 4 else 128
    return ip_network(f"{text}/{item.get(f'{key}len', longest)}", strict=False)


def _ports(item: dict[str, Any], key: str) -> tuple[int, int] | None:
    if key in item:
        return (int(item[key]), int(item[key]))
    if f"{key}_start" in item:
        return (int(item[f"{key}_start"]), int(item[f"{key}_end"]))
    return None


def _number(value: object) -> int | None:
    return None if value is None else int(str(value), 0)


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def ask_sets(params: QueryParams) -> str | None:
    """The whole entry of the table that the packet matches, with all its next hops."""
    if not params.flow:
        return None
    return plain(
        f"ip -j -d route get fibmatch {packet(params.flow, params).removeprefix('route get ')}"
    )


def read_sets(output: Output, params: QueryParams) -> ParseResult:
    """One route with its next hops."""
    text = text_of(output.stdout)
    if not text.strip():
        return _no_choice(text_of(output.stderr))
    version = params.flow.version if params.flow else 4
    return each_item(items(json_values(text)), lambda item: _route(item, version))
