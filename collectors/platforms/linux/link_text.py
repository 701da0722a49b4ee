"""Interfaces as `ip addr` and `ip link` print them for people: in paragraphs, in one line each
(-o), brief (-br)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from ipaddress import ip_interface

from collectors.model.answer import ParseResult
from collectors.model.inventory import AddressWithPrefix
from collectors.model.records import Interface
from collectors.model.tunnels import Tunnel
from collectors.platforms.linux.tunnel_links import by_ends, from_text
from collectors.platforms.reading import LONGEST

# 2: eth0@if3: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc noqueue state UP group default qlen
# 1000
_LINK = re.compile(r"(\d+): ([^:@\s]+)(?:@[^:]+)?: <([^>]*)> mtu (\d+)(.*)")
#     inet 10.9.0.1/24 brd 10.9.0.255 scope global eth0 / inet 10.0.0.1 peer 10.0.0.2/32 scope
# global ppp0
_INET = re.compile(r"\s+inet6? ([0-9a-fA-F:.]+(?:/\d+)?)\b")
#     link/ether ae:97:29:b0:c1:e7 brd ff:ff:ff:ff:ff:ff link-netnsid 0
_ETHER = re.compile(r"\s+link/(\S+)(?: ([0-9a-f:]{17}))?")
#     link/gre 172.16.0.1 peer 172.16.0.2 promiscuity 0
_ENDS = re.compile(
    r"\s+link/(\w{1,10}) ([0-9a-fA-F.:]{2,45}) (?:peer|brd) ([0-9a-fA-F.:]{2,45})(?: .*)?"
)
#     vxlan id 42 remote 172.16.0.2 local 172.16.0.1 dev eth1 srcport 0 0 dstport 4789 ttl auto
_KIND = re.compile(r"\s+([a-z][a-z0-9]{1,11})\b(.*)")
# 2: eth0    inet 10.9.0.1/24 brd 10.9.0.255 scope global eth0\       valid_lft forever
# preferred_lft forever
_ONE_LINE = re.compile(r"(\d+): (\S+)(\s+inet6? .*)")
# eth0@if3         UP             10.9.0.1/24 fe80::1/64 / eth0   UP   02:42:0a:09:00:01
# <BROADCAST,UP,LOWER_UP>
_BRIEF = re.compile(
    r"(?P<name>[^@\s:]+)(?:@\S+)?\s+(?P<state>UP|DOWN|UNKNOWN|LOWERLAYERDOWN|DORMANT|TESTING|NOTPRESENT)\b(?P<rest>.*)"
)
_MAC = re.compile(r"\s([0-9a-f]{2}(?::[0-9a-f]{2}){5})\s+<")


@dataclass
class _Draft:
    name: str
    index: int = 0
    mtu: int = 0
    up: bool = True
    mac: str | None = None
    master: str | None = None
    addresses: list[AddressWithPrefix] = field(default_factory=list)
    tunnel: Tunnel | None = None

    def record(self) -> Interface:
        """The finished interface."""
        kind = self.tunnel.kind if self.tunnel else None
        properties = (self.mac, self.mtu, self.up, kind, self.master)
        return Interface(self.name, self.index, *properties, tuple(self.addresses), self.tunnel)


def read_interfaces(lines: list[str]) -> ParseResult:
    """Every interface with what is reported of it; where one form shows no MTU it is 0."""
    drafts: dict[str, _Draft] = {}
    unread = tuple(line for line in lines if not _understood(line, drafts))
    records = tuple(draft.record() for draft in drafts.values())
    return ParseResult(records, unread)


def _understood(line: str, drafts: dict[str, _Draft]) -> bool:
    try:
        return len(line) <= LONGEST and all(_line(part, drafts) for part in _unfolded(line))
    except ValueError:
        return False


def _unfolded(line: str) -> list[str]:
    """`ip -o` writes a backslash where the next line would begin."""
    return [part for part in line.split("\\") if part.strip()]


def _line(line: str, drafts: dict[str, _Draft]) -> bool:
    if link := _LINK.match(line):
        drafts[link[2]] = _linked(link, drafts.get(link[2]))
    elif one := _ONE_LINE.fullmatch(line):
        name = one[2].partition("@")[0]
        drafts.setdefault(name, _Draft(name, int(one[1][:9])))
        return _address(one[3], drafts[name])
    elif brief := _BRIEF.fullmatch(line):
        return _brief(brief, drafts)
    elif not drafts or not line[:1].isspace():
        return False
    else:
        _detail(line, list(drafts.values())[-1])
    return True


def _linked(link: re.Match[str], known: _Draft | None) -> _Draft:
    index, name, flags, mtu, rest = link.groups()
    master = re.search(r" master (\S+)", rest)
    draft = known or _Draft(name)
    draft.index, draft.mtu, draft.up = int(index[:9]), int(mtu[:9]), "UP" in flags.split(",")
    draft.master = master[1] if master else None
    return draft


def _detail(line: str, draft: _Draft) -> None:
    """An indented line: a hardware address, an address, or details of a link that add nothing we
    use."""
    if ether := _ETHER.match(line):
        draft.mac = ether[2] if ether[1] == "ether" else None
        ends = _ENDS.fullmatch(line)
        draft.tunnel = by_ends(*ends.groups()) if ends else draft.tunnel
    elif _INET.match(line):
        _address(line, draft)
    elif kind := _KIND.match(line):
        draft.tunnel = from_text(*kind.groups()) or draft.tunnel


def _address(text: str, draft: _Draft) -> bool:
    found = _INET.match(text)
    if found:
        draft.addresses.append(ip_interface(found[1]))
    return bool(found)


def _brief(found: re.Match[str], drafts: dict[str, _Draft]) -> bool:
    name = found["name"]
    draft = drafts.setdefault(name, _Draft(name))
    draft.up = found["state"] not in ("DOWN", "NOTPRESENT")
    if mac := _MAC.search(found["rest"]):
        draft.mac = mac[1] if mac[1].strip("0:") else None
        draft.up = "UP" in re.split("[<>,]", found["rest"])
        return True
    words = re.sub(r"\b(?:metric \d+|peer \S+)", "", found["rest"]).split()
    draft.addresses += [ip_interface(word) for word in words if not word.startswith("<")]
    return True
