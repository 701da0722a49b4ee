"""What the routing daemons say of a prefix: the set of its next hops (`vtysh -c '... json'`)."""

from __future__ import annotations

from ipaddress import ip_address, ip_network
from typing import Any

from collectors.model.answer import Output, ParseResult
from collectors.model.evidence import QueryParams
from collectors.model.flow import Address
from collectors.model.records import NextHop, Route
from collectors.platforms.frr import route_text
from collectors.platforms.linux.shell import script, word
from collectors.platforms.linux.sync import HERE
from collectors.platforms.reading import each_item, json_values, looks_json, text_of

_PATHSPACE = (
    'n=; for p in $(here zebra); do n=$(tr "\\0" " " </proc/$p/cmdline | grep -oE "[-]N *[^ ]+");'
    " done"
)


def ask_sets(params: QueryParams) -> str | None:
    """The routing daemon's entries for the flow's destination, from the zebra that lives in this
    network."""
    target = params.address or (params.flow.dst if params.flow else None)
    if target is None:
        return None
    family = "ip" if target.version == 4 else "ipv6"
    return script(f'{HERE}; {_PATHSPACE}; vtysh $n -c "show {family} route {word(target)} json"')


def read_sets(output: Output, params: QueryParams) -> ParseResult:
    """`show ip route X json`; a miss is `{"0.0.0.0/0":[]}` or `{}`. Or the text of `show ip route
    X`."""
    text = text_of(output.stdout)
    if not looks_json(text):
        return route_text.read(text)
    return each_item(
        json_values(text), lambda item: [_route(e) for entries in item.values() for e in entries]
    )


def _route(entry: dict[str, Any]) -> Route:
    hops = [hop for hop in entry.get("nexthops", ()) if _is_its_own(hop)]
    return Route(
        destination=ip_network(str(entry["prefix"])),
        table=str(entry.get("table", "main")).replace("254", "main"),
        kind=_kind(hops),
        next_hops=tuple(_hop(hop) for hop in hops if not _ends(hop)),
        metric=int(entry.get("metric", 0)),
        protocol=entry.get("protocol"),
    )


def _is_its_own(hop: dict[str, Any]) -> bool:
    """Is it a next hop that packets take, rather than the name of others or one of them again?"""
    return not hop.get("recursive") and not hop.get("duplicate")


def _ends(hop: dict[str, Any]) -> bool:
    return any(map(hop.get, ("blackhole", "unreachable", "reject")))


def _kind(hops: list[dict[str, Any]]) -> str:
    if any(hop.get("blackhole") for hop in hops):
        return "blackhole"
    return "unreachable" if any(map(_ends, hops)) else "unicast"


def _hop(hop: dict[str, Any]) -> NextHop:
    return NextHop(
        hop.get("interfaceName"),
        _gateway(hop.get("ip")),
        int(hop.get("weight", 1)),
        bool(hop.get("active")),
    )


def _gateway(text: str | None) -> Address | None:
    return ip_address(str(text)) if text else None
