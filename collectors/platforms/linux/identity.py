"""Who the device is and which interfaces it has."""

from __future__ import annotations

import re
from ipaddress import ip_interface
from typing import Any

from collectors.model.evidence import About
from collectors.model.platform import Output, Reading
from collectors.model.records import Identity, Interface
from collectors.platforms.linux.shell import plain, script
from collectors.platforms.reading import each_item, json_values, lines_of, looks_json, text_of


def ask_identity(about: About) -> str:
    """Name, system, user."""
    return script("uname -n; uname -srm; id -u; id -un")


def read_identity(output: Output, about: About) -> Reading:
    """Four lines: node-1 / Linux 6.1.0 x86_64 / 1000 / ops."""
    lines = lines_of(output.stdout)
    if len(lines) < 2:
        return Reading(unread=tuple(lines))
    name, system, uid, user = (*lines, "", "")[:4]
    found = Identity(name, system, user, root=uid == "0")
    return Reading((found,), tuple(lines[4:]))


def ask_interfaces(about: About) -> str:
    """All interfaces with their addresses."""
    return plain("ip -j -d addr")


def read_interfaces(output: Output, about: About) -> Reading:
    """`ip -j -d addr`, or the same as text."""
    text = text_of(output.stdout)
    return each_item(json_values(text), _interface) if looks_json(text) else _from_text(text)


def _interface(item: dict[str, Any]) -> Interface:
    mac = item.get("address") if item.get("link_type") in ("ether", None) else None
    return Interface(
        name=item["ifname"],
        index=int(item["ifindex"]),
        mac=mac,
        mtu=int(item["mtu"]),
        up="UP" in item.get("flags", ()),
        kind=item.get("linkinfo", {}).get("info_kind"),
        master=item.get("master"),
        addresses=tuple(
            ip_interface(f"{a['local']}/{a['prefixlen']}") for a in item.get("addr_info", ()) if "local" in a
        ),
    )


# 2: eth0@if3: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc noqueue state UP group default qlen 1000
_LINK = re.compile(r"(\d+): ([^:@\s]+)(?:@[^:]+)?: <([^>]*)> mtu (\d+)(.*)")
#     inet 10.9.0.1/24 brd 10.9.0.255 scope global eth0
_INET = re.compile(r"\s+inet6? ([0-9a-fA-F:.]+(?:/\d+)?)\b")
#     link/ether ae:97:29:b0:c1:e7 brd ff:ff:ff:ff:ff:ff link-netnsid 0
_ETHER = re.compile(r"\s+link/(\S+)(?: ([0-9a-f:]{17}))?")


def _from_text(text: str) -> Reading:
    found: list[dict[str, Any]] = []
    unread: list[str] = []
    for line in lines_of(text):
        if not _text_line(line, found):
            unread.append(line)
    return Reading(tuple(_interface(item) for item in found), tuple(unread))


def _text_line(line: str, found: list[dict[str, Any]]) -> bool:
    if link := _LINK.match(line):
        found.append(_link(link))
    elif not found:
        return False
    elif ether := _ETHER.match(line):
        found[-1].update(address=ether[2], link_type=ether[1])
    elif inet := _INET.match(line):
        address = ip_interface(inet[1])
        found[-1]["addr_info"].append({"local": address.ip, "prefixlen": address.network.prefixlen})
    else:  # valid_lft, altname, details of a link: indented lines that add nothing we use
        return line[:1].isspace()
    return True


def _link(link: re.Match[str]) -> dict[str, Any]:
    index, name, flags, mtu, rest = link.groups()
    master = re.search(r" master (\S+)", rest)
    common = {"ifindex": index, "ifname": name, "mtu": mtu, "flags": flags.split(","), "addr_info": []}
    return common | ({"master": master[1]} if master else {})
