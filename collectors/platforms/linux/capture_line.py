"""One packet of tcpdump's text, in the dress of any of its options and of BSD's own."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime

from collectors.model.flow import Flow
from collectors.model.records import Packet
from collectors.platforms.linux.capture_ip import ip_packet, with_inside
from collectors.platforms.linux.capture_words import PAIR

_MAC = r"[0-9a-fA-F]{1,2}(?::[0-9a-fA-F]{1,2}){5}"
# 2024-05-01 14:13:01.000001 | 1714558272.123456 | 00:00:00.000123 (-ttt) | 12 14:13:01 (numbered)
_TIME = re.compile(
    r"\s*(?:\d{1,6}\s{1,4}(?=\d\d:\d\d:))?"
    r"(?:(?P<date>\d{4}-\d\d-\d\d)["
    r" T])?(?:(?P<clock>\d\d:\d\d:\d\d(?:[.,]\d{1,9})?)|(?P<epoch>\d{9,11}\.\d{1,9}))?\s*"
)
# eth0  In  | docker0 Out | In  02:.. (cooked, without its interface) | vlan0.100 ? (a page)
_PLACE = re.compile(
    r"(?:(?P<iface>[\w.@:-]{1,30})\s+)?(?P<way>In|Out|B|M|P|Bcast|Mcast|\?)\s+(?:ifindex \d+"
    r" )?(?=\S)"
)
# rule 4/0(match): block in on igb1:   | rule 5.anchor.3/(match) [uid 0, pid 1] pass out on em0:
_PF = re.compile(
    r"rule \S+?\(\S+\):? (?:\[[^\]]*\]:? )?(?P<verdict>\w+) (?P<way>in|out) on (?P<iface>[\w.]+): "
)
# (en0, proc curl:123, svc BE, out): macOS
_DARWIN = re.compile(r"\((?P<iface>[a-z]+\d+)(?:, [^)]{0,120})?\) ")
_LINK = re.compile(
    rf"(?P<src>{_MAC})(?: \(oui [^)]*\))?(?:[ \t](?P<next>{_MAC})| > (?P<dst>{_MAC}|[A-Z][\w"
    r" ]{1,30}))"
    r"(?: \(oui [^)]*\))?,? "
)
_COOKED = re.compile(rf"(?P<src>{_MAC})(?: \(oui [^)]*\))? ethertype ")
_NAMED = re.compile(
    r"(?<!\S)[\w.:-]{2,255} > [\w.:-]{2,255}?: (?=Flags|\[|UDP|ICMP|\d|tcp|[SFRPU.]{1,4} )"
)
_ARP = re.compile(
    r"(?P<what>[Rr]equest who-has|[Rr]eply|arp who-has|arp reply) (?P<target>[\d.]+)(?:"
    r" \([^)]*\))? "
    r"(?P<verb>tell|is-at) (?P<who>[\w.:]+)"
)
# what passes and is no part of any flow
_OTHERS = re.compile(
    r"STP |LLDP|CDPv|IS-IS|LACPv|802\.3|LLC|EAP|RRCP|[Ll]oopback|ethertype \w+ \(0x|ARP|arp"
    r" |RARP|PPPoE|\[\||MPLS"
)
_BEGINS = re.compile(
    r"\s{0,2}(?:\d{1,6}\s{1,4})?(?:\d{4}-\d\d-\d\d["
    r" T])?(?:\d\d:\d\d:\d\d(?:[.,]\d+)?|\d{9,11}\.\d+)\s"
    r"|IP6? |ARP, |arp |PPPoE |MPLS |rule"
    rf" \S+?\(|[\w.@-]{{1,30}}\s+(?:In|Out|B|M|P)\s+\S|{_MAC}[ \t]"
)


def begins(line: str) -> bool:
    """Does a packet begin in this line?"""
    return _BEGINS.match(line) is not None


def continues(before: str, line: str) -> bool:
    """The addresses of a verbose packet, whose blanks in front somebody lost; what a tunnel
    carries."""
    if re.search(r"\bvni (?:0x)?[0-9a-f]{1,8}$", before[-40:]):
        return True
    lacks_its_ends = before.endswith(")") and " > " not in before[-60:]
    return lacks_its_ends and PAIR.match(line) is not None


def silent(line: str) -> bool:
    """Is this a packet that has no part in a flow: of a bridge, a router, a tunnel's key
    exchange?"""
    found = _TIME.match(line)
    if found is None or not (found["clock"] or found["epoch"]):
        return False
    rest = line[found.end() :]
    return _OTHERS.search(rest[:400]) is not None and not _NAMED.search(rest)


def packet(line: str) -> Packet | None:
    """The packet of this line, with all that continues it; None where it has no addresses. Raises
    Unparsed."""
    when = _TIME.match(line)
    assert when is not None
    rest = line[when.end() :]
    pair = PAIR.search(rest)
    front = rest[: pair.start()] if pair else rest[:400]
    base = _placed(_linked(Packet(_time(when), None, None, None, 0), front), front, rest)
    if arp := _ARP.search(front if pair else rest):
        return _arp(base, arp)
    if pair is None:
        return None
    return with_inside(base, ip_packet(base, pair, front, rest[pair.end() :]), pair, rest)


def _time(found: re.Match[str]) -> float:
    """Seconds of the epoch, or of the day where no date was printed."""
    if found["epoch"]:
        return float(found["epoch"])
    if not found["clock"]:
        return 0.0
    hours, minutes, rest = found["clock"].replace(",", ".").split(":")
    day = (
        datetime.fromisoformat(f"{found['date']}T00:00:00+00:00").timestamp()
        if found["date"]
        else 0.0
    )
    return day + int(hours) * 3600 + int(minutes) * 60 + float(rest)


def _linked(base: Packet, front: str) -> Packet:
    """With the hardware addresses that -e prints."""
    if found := _LINK.search(front):
        to = found["next"] or found["dst"]
        to = to if ":" in to else "ff:ff:ff:ff:ff:ff"
        return replace(base, source_mac=_mac(found["src"]), destination_mac=_mac(to))
    found = _COOKED.search(front)
    return replace(base, source_mac=_mac(found["src"])) if found else base


def _mac(text: str) -> str:
    """BSD leaves out leading zeros."""
    return ":".join(part.zfill(2) for part in text.lower().split(":"))


def _placed(base: Packet, front: str, rest: str) -> Packet:
    """With the interface and the direction, where the line has them."""
    if found := _PF.search(front):
        return replace(base, interface=found["iface"], outgoing=found["way"] == "out")
    if found := _PLACE.match(front):
        way = None if found["way"] == "?" else found["way"] == "Out"
        return replace(base, interface=found["iface"], outgoing=way, overheard=found["way"] == "P")
    if found := _DARWIN.match(front):
        way = re.search(r", (in|out)\)", found.group())
        return replace(base, interface=found["iface"], outgoing=way[1] == "out" if way else None)
    if found := re.search(r"\s(in|out) slot\d+/tmm\d+\b", rest[-300:]):  # F5
        return replace(base, outgoing=found[1] == "out")
    return base


def on(packet: Packet, interface: str | None) -> Packet:
    """On that interface, where the line itself names none."""
    return (
        replace(packet, interface=interface) if interface and packet.interface is None else packet
    )


def shared(packet: Packet, known: dict[Flow, Flow]) -> Packet:
    """With one object for each flow, as captures have: it is what packets are grouped by."""
    if packet.flow is None:
        return packet
    return replace(packet, flow=known.setdefault(packet.flow, packet.flow))


def _arp(base: Packet, found: re.Match[str]) -> Packet:
    what = "reply" if "eply" in found["what"] else "request who-has"
    words = f"{what} {found['target']} {found['verb']} {found['who'].rstrip(',')}"
    return replace(base, length=28, arp=words)
