"""Who the device is and which interfaces it has."""

from __future__ import annotations

from ipaddress import ip_interface
from typing import Any

from collectors.model.answer import Output, ParseResult
from collectors.model.evidence import QueryParams
from collectors.model.records import Identity, Interface
from collectors.platforms import ifconfig
from collectors.platforms.linux import link_text
from collectors.platforms.linux.shell import plain, script
from collectors.platforms.linux.tunnel_links import tunnel_by_ends, tunnel_of
from collectors.platforms.reading import each_item, json_values, lines_of, looks_json, text_of


def ask_identity(params: QueryParams) -> str:
    """Name, system, user."""
    return script("uname -n; uname -srm; id -u; id -un")


def read_identity(output: Output, params: QueryParams) -> ParseResult:
    """Four lines: node-1 / Linux 6.1.0 x86_64 / 1000 / ops."""
    lines = lines_of(output.stdout)
    if len(lines) < 2:
        return ParseResult(unread=tuple(lines))
    name, system, uid, user = (*lines, "", "")[:4]
    found = Identity(name, system, user, root=uid == "0")
    return ParseResult((found,), tuple(lines[4:]))


def ask_interfaces(params: QueryParams) -> str:
    """All interfaces with their addresses."""
    return plain("ip -j -d addr")


def read_interfaces(output: Output, params: QueryParams) -> ParseResult:
    """`ip -j -d addr`, or the same as text (also brief, or in one line each), or `ifconfig`."""
    text = text_of(output.stdout)
    if looks_json(text):
        return each_item(json_values(text), _interface)
    lines = lines_of(text)
    if any(ifconfig.is_head(line) for line in lines[:10]):
        return ifconfig.read_interfaces(lines)
    return link_text.read_interfaces(lines)


def _interface(item: dict[str, Any]) -> Interface:
    mac = item.get("address") if item.get("link_type") in ("ether", None) else None
    return Interface(
        name=item["ifname"],
        index=int(item["ifindex"]),
        mac=mac,
        mtu=int(item["mtu"]),
        up="UP" in item.get("flags", ()),
        kind=item.get("linkinfo", {}).get("info_kind"),
        tunnel=tunnel_of(item.get("linkinfo", {})) or tunnel_by_ends(item),
        master=item.get("master"),
        isolated=item.get("linkinfo", {}).get("info_slave_data", {}).get("isolated") is True,
        addresses=tuple(
            ip_interface(f"{a['local']}/{a['prefixlen']}")
            for a in item.get("addr_info", ())
            if "local" in a
        ),
    )
