"""Interfaces as `ifconfig` shows them: Linux old and new, BusyBox, the BSDs, macOS, illumos."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from ipaddress import ip_address, ip_interface

from collectors.model.answer import ParseResult
from collectors.model.inventory import AddressWithPrefix
from collectors.model.records import Interface
from collectors.platforms.reading import LONGEST

# en0: flags=8863<UP,BROADCAST,SMART,RUNNING,SIMPLEX,MULTICAST> metric 0 mtu 1500
HEAD = re.compile(
    r"(?P<name>[\w.:@-]{1,40}): flags=[\da-fA-F,]{1,40}(?:<(?P<flags>[^<>]*)>)?(?P<rest>(?:\s.*)?)"
)
# eth0      Link encap:Ethernet  HWaddr 00:0c:29:1a:4e:3b
OLD_HEAD = re.compile(
    r"(?P<name>[\w.:@-]{1,40})\s+Link encap:(?P<encap>.*?)(?:\s+HWaddr"
    r" (?P<mac>[0-9A-Fa-f:-]{17}).*)?"
)
_MAC = re.compile(
    r"\s+(?:ether|lladdr|address:|hwaddr)\s+(?P<mac>[0-9A-Fa-f]{1,2}(?::[0-9A-Fa-f]{1,2}){5})\b.*"
)
# inet 10.10.2.101/24 broadcast .. / inet 192.168.1.81 netmask 0xffffff00 / inet addr:10.0.0.1
# Bcast:..  Mask:255.0.0.0
_INET = re.compile(r"\s+inet (?:addr:)?\s?(?P<address>[\d.]+)(?:/(?P<length>\d+))?(?P<rest>.*)")
# inet6 fe80::1%lo0 prefixlen 64 scopeid 0x1 / inet6 addr: fe80::20c:29ff:fe1a:4e3b/64 Scope:Link
_INET6 = re.compile(
    r"\s+inet6 (?:addr: ?)?(?P<address>[0-9A-Fa-f:.]+)(?:%[\w.]+)?(?:/(?P<length>\d+))?(?P<rest>.*)"
)
_MASK = re.compile(r"(?:netmask |Mask:|prefixlen )\s?(0x[0-9a-fA-F]{8}|[0-9a-fA-F]{8}|[\d.]+)")
#           UP BROADCAST RUNNING MULTICAST  MTU:1500  Metric:1
_OLD_FLAGS = re.compile(r"\s+(?P<flags>(?:[A-Z]+ )*)\s*MTU:(?P<mtu>\d+)\s+Metric:.*")
_MEMBER = re.compile(r"\s+member: (?P<name>[\w.-]+) .*")


def is_head(line: str) -> bool:
    """Does a paragraph of `ifconfig` begin with this line?"""
    return len(line) < 1000 and bool(HEAD.fullmatch(line) or OLD_HEAD.fullmatch(line))


_MTU = re.compile(r"\bmtu (\d{1,9})")


@dataclass
class _Draft:
    name: str
    flags: str = ""
    mtu: int = 0
    mac: str | None = None
    addresses: list[AddressWithPrefix] = field(default_factory=list)
    members: list[str] = field(default_factory=list)


def read_interfaces(lines: list[str]) -> ParseResult:
    """One interface per paragraph; aliases (`eth0:1`) belong to their interface."""
    drafts: list[_Draft] = []
    unread = [line for line in lines if len(line) > LONGEST or not _line(line, drafts)]
    masters = {member: draft.name for draft in drafts for member in draft.members}
    found: dict[str, Interface] = {}
    for draft in drafts:
        made = _interface(draft, masters)
        known = found.get(made.name)
        if known is not None:
            made = replace(known, addresses=(*known.addresses, *made.addresses))
        found[made.name] = made
    return ParseResult(tuple(found.values()), tuple(unread))


def _interface(draft: _Draft, masters: dict[str, str]) -> Interface:
    name = draft.name.partition(":")[0]
    up = "UP" in re.split(r"[ ,]", draft.flags)
    return Interface(
        name, 0, draft.mac, draft.mtu, up, None, masters.get(name), tuple(draft.addresses)
    )


def _line(line: str, drafts: list[_Draft]) -> bool:
    if not line[:1].isspace():
        return _head(line, drafts)
    if not drafts:
        return False
    draft = drafts[-1]
    if found := _INET.fullmatch(line) or _INET6.fullmatch(line):
        return _address(found, draft)
    if found := _MAC.fullmatch(line):
        draft.mac = draft.mac or _spelled(found["mac"])
    elif found := _OLD_FLAGS.fullmatch(line):
        draft.flags, draft.mtu = found["flags"], int(found["mtu"][:9])
    elif found := _MEMBER.fullmatch(line):
        draft.members.append(found["name"])
    return True  # media, options, counters, what a transceiver tells: details that we do not use


def _head(line: str, drafts: list[_Draft]) -> bool:
    if found := HEAD.fullmatch(line):
        mtu = _MTU.search(found["rest"])
        drafts.append(_Draft(found["name"], found["flags"] or "", int(mtu[1]) if mtu else 0))
        return True
    if found := OLD_HEAD.fullmatch(line):
        mac = _spelled(found["mac"]) if found["mac"] else None
        drafts.append(_Draft(found["name"], mac=mac))
        return True
    return False


def _spelled(mac: str) -> str:
    """`0:c:29:1a:4e:3b` and `00-0C-29-1A-4E-3B` as everybody writes them."""
    return ":".join(part.zfill(2) for part in re.split("[:-]", mac.lower()))


def _address(found: re.Match[str], draft: _Draft) -> bool:
    try:
        ip = ip_address(found["address"])
        length = found["length"] or _masked(found["rest"], ip.version) or ip.max_prefixlen
        draft.addresses.append(ip_interface(f"{ip}/{length}"))
    except ValueError:
        return False
    return True


def _masked(rest: str, version: int) -> str | None:
    mask = _MASK.search(rest)
    return _length(mask[1], version) if mask else None


def _length(mask: str, version: int) -> str:
    if version == 6 or "." in mask:
        return mask
    bits = int(mask, 16)
    return ".".join(str(bits >> shift & 255) for shift in (24, 16, 8, 0))
