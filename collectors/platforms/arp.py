"""Neighbours as `arp` and `ndp` list them: Linux, BusyBox, the BSDs, macOS, illumos, Windows."""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import ip_address

from collectors.model.answer import ParseResult, Unparsed
from collectors.model.records import Neighbour
from collectors.platforms.reading import WIDEST, each

_HEX = r"[0-9a-fA-F]{1,2}"
_MAC = rf"(?P<mac>{_HEX}(?::{_HEX}){{5}}|{_HEX}(?:-{_HEX}){{5}}|[\(<]?incomplete[\)>]?|<from_interface>)"
# ? (192.168.71.2) at 00:50:56:f7:4a:fc on em0 expires in 942 seconds [ethernet] / ... [ether] PERM
# on ens33
_BSD = re.compile(
    r"\s*\S+ \((?P<address>[0-9a-fA-F:.%\w]+)\) (?:at|auf) "
    + _MAC
    + r"(?P<before>(?: \[\w+\])?(?: [A-Z]+)*)"
    r"(?: (?:on|netmask \S+ on) (?P<interface>\S+))?(?P<rest>.*)"
)
# 192.168.71.254           ether   00:50:56:fe:7a:b4   C                     ens33
_TABLE = re.compile(
    r"(?P<address>\S+)\s+(?:\w+\s+"
    + _MAC
    + r"\s+(?P<flags>[CMP!]+)?\s*(?:[\d.*]+\s+)?|(?P<no>\(incomplete\))\s+)"
    r"(?P<interface>\S+)"
)
# 192.168.1.1           00-1c-42-00-00-18     dynamic / dynamisch / dynamique
_WINDOWS = re.compile(
    r"\s+(?P<address>[0-9a-fA-F:.]+)\s+(?P<mac>[0-9a-fA-F]{2}(?:-[0-9a-fA-F]{2}){5}|(?=\S+\s*$))\s+(?P<kind>\S.*)"
)
# Interface: 192.168.1.10 --- 0xb / Schnittstelle: 192.168.1.10 --- 0xb
_SEGMENT = re.compile(
    r"\S[^:\d]{0,40}:\s+(?P<address>[0-9a-fA-F:.]+) --- (?P<index>0x[0-9a-fA-F]+)"
)
# fe80::1%em0                          00:50:56:c0:00:08    em0 23h59m59s S R / (OpenBSD, macOS,
# FreeBSD)
_NDP = re.compile(
    r"(?P<address>[0-9a-fA-F:]+)(?:%[\w.]+)?\s+"
    + _MAC
    + r"\s+(?P<interface>[\w.-]+)\s+(?P<expires>\S+)"
    r"(?:\s+(?P<state>[NIRSDPEW?]))?(?:\s+(?P<flags>[RrlSsptP]*))?(?:\s+\d+)?"
)
# 192.0.2.1  00:50:56:c0:00:08  em0 18m55s  (OpenBSD) / em0  192.0.2.1  255.255.255.255  SPLA
# 00:50:.. (illumos)
_OPENBSD = re.compile(
    r"(?P<address>[\d.]+)\s+"
    + _MAC
    + r"\s+(?P<interface>[\w.-]+)\s+(?P<rest>(?:\d\S*|permanent|expired|static).*)"
)
_ILLUMOS = re.compile(
    r"(?P<interface>[a-z]\w*\d)\s+(?P<address>\S+)\s+\d[\d.]+\s+(?:(?P<flags>[a-zA-Z]+)\s+)?" + _MAC
)
# IP address       HW type     Flags       HW address            Mask     Device (/proc/net/arp)
_PROC = re.compile(
    r"(?P<address>[\d.]+)\s+0x[0-9a-f]+\s+(?P<bits>0x[0-9a-f]+)\s+(?P<mac>[0-9a-f:]{17})\s+\S+\s+(?P<interface>\S+)"
)
_NOTHING = re.compile(
    r"Address\s+HWtype\s.*|Entries: \d+\s.*"
    r"|bucket: .*|There are \d+ entries .*|Net to Media Table.*|Device\s+IP Address\s.*|["
    r" -]+|Host\s+Ethernet.*"
    r"|Neighbor\s+Linklayer.*|IP address\s+HW type.*|No ARP Entries.*|\S+ \(\S+\) -- no entry"
    r"|arp: in \d+ entries no match found\."
    r"|\s+[A-Za-zÀ-ÿ][^\d:]*"  # Windows: the titles in its own language
)
_BY_NAME = frozenset(["_gateway", "gateway"])  # the default gateway, whose address the routes tell

_STATES = {"R": "REACHABLE", "S": "STALE", "D": "DELAY", "P": "PROBE"}  # of ndp


@dataclass
class _Place:
    interface: str = ""


def read_neighbours(lines: list[str]) -> ParseResult:
    """One neighbour per line. What is complete but not confirmed is `STALE`: arp tells no more."""
    place = _Place()
    return each(lines, lambda line: _line(line, place), WIDEST)


def _line(line: str, place: _Place) -> Neighbour | None:
    if segment := _SEGMENT.fullmatch(line):
        place.interface = segment["address"]
        return None
    if found := _WINDOWS.fullmatch(line):
        return _windows(found, place)
    for pattern in (_BSD, _PROC, _OPENBSD, _NDP, _ILLUMOS, _TABLE):
        if found := pattern.fullmatch(line):
            return _neighbour(found)
    if _NOTHING.fullmatch(line):
        return None
    raise Unparsed(line)


def _windows(found: re.Match[str], place: _Place) -> Neighbour | None:
    address = ip_address(found["address"])
    mac = found["mac"].lower().replace("-", ":") if found["mac"] else None
    if address.is_multicast or mac == "ff:ff:ff:ff:ff:ff":
        return None
    state = "STALE" if mac else "INCOMPLETE"
    if found["kind"].lower().startswith(("stat", "est")):
        state = "PERMANENT"
    return Neighbour(address, place.interface, mac, (state,))


def _neighbour(found: re.Match[str]) -> Neighbour | None:
    fields = found.groupdict()
    if fields["address"] in _BY_NAME:
        return None
    address = ip_address(fields["address"].partition("%")[0])
    if address.is_multicast:
        return None
    mac = _complete(fields)
    state = _state(found, fields) if mac is not None else "INCOMPLETE"
    return Neighbour(address, fields["interface"] or "", mac, (state,), _routes(fields))


def _complete(fields: dict[str, str | None]) -> str | None:
    """The hardware address as everybody writes it; None where nobody answered so far."""
    mac = fields.get("mac") or "incomplete"
    unanswered = "incomplete" in mac or mac == "00:00:00:00:00:00"
    if unanswered or fields.get("bits") == "0x0":
        return None
    return ":".join(part.zfill(2) for part in mac.lower().split(":"))


def _routes(fields: dict[str, str | None]) -> bool:
    return "state" in fields and "R" in (fields.get("flags") or "")


def _state(found: re.Match[str], fields: dict[str, str | None]) -> str:
    fixed = "state" not in fields and "M" in (fields.get("flags") or "")
    if fixed or re.search(r"\b(?:permanent|PERM|static)\b", found[0]):
        return "PERMANENT"
    state = fields.get("state") or ""
    return _STATES.get(state, "STALE")
