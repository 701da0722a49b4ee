"""One packet of tcpdump's text, in the dress of any of its options and of BSD's own."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime
from ipaddress import ip_address
from typing import Any

from collectors.model.answer import Unparsed
from collectors.model.flow import BadFlow, Flow, Protocol
from collectors.model.records import Packet
from collectors.model.services import port_number

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
_V4 = r"(?:\d{1,3}\.){3}\d{1,3}"
_ADDRESS = rf"(?:{_V4}|(?=[0-9a-fA-F]*:)[0-9a-fA-F:]{{1,38}}(?:(?<=:){_V4}|[0-9a-fA-F])|::)"
_PORT = r"\d{1,5}|[A-Za-z][\w-]{0,30}"
_PAIR = re.compile(
    rf"(?<![\w.:])(?P<src>{_ADDRESS})(?:\.(?P<srcport>{_PORT}))? >"
    rf" (?P<dst>{_ADDRESS})(?:\.(?P<dstport>{_PORT}))?: "
)
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
    return before.endswith(")") and _PAIR.match(line) is not None and " > " not in before[-60:]


def silent(line: str) -> bool:
    """Is this a packet that has no part in a flow: of a bridge, a router, a tunnel's key
    exchange?"""
    found = _TIME.match(line)
    rest = line[found.end() :] if found else line
    timed = bool(found and (found["clock"] or found["epoch"]))
    return timed and _OTHERS.search(rest[:400]) is not None and not _NAMED.search(rest)


def packet(line: str) -> Packet | None:
    """The packet of this line, with all that continues it; None where it has no addresses. Raises
    Unparsed."""
    when = _TIME.match(line)
    assert when is not None
    rest = line[when.end() :]
    pair = _PAIR.search(rest)
    front = rest[: pair.start()] if pair else rest[:400]
    base = _placed(_linked(Packet(_time(when), None, None, None, 0), front), front, rest)
    if arp := _ARP.search(front if pair else rest):
        return _arp(base, arp)
    if pair is None:
        return None
    return _tunnelled(base, _ip(base, pair, front, rest[pair.end() :]), pair, rest)


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


def _ip(base: Packet, pair: re.Match[str], front: str, after: str) -> Packet:
    head = (
        re.findall(
            r"\(((?:tos|class|flowlabel|hlim|ttl) ?[^()]*(?:\([^()]*\)[^()]*){0,4})\)", front
        )
        or [""]
    )[-1]
    kind = _protocol(head, after, pair["dstport"])
    if kind is None:
        return replace(
            base,
            length=_number(r"\blength:? (\d+)", head) or _number(r"\blength (\d+)", after) or 0,
        )
    flow = _flow(kind, pair["src"], pair["srcport"], pair["dst"], pair["dstport"])
    fill = {Protocol.TCP: _tcp, Protocol.ICMP: _icmp, Protocol.UDP: _udp}[kind]
    found = fill(replace(base, flow=flow, **_headed(head, after)), after)
    later = found.fragment or bool(_LATER.match(after))
    return replace(found, fragment=later, length=_total(head, front, found))


def _headed(head: str, after: str) -> dict[str, Any]:
    """What the header of IP says; BSD puts it behind: (DF) (ttl 64, id 1, len 60)."""
    behind = (re.findall(r"\((?:DF|ttl \d+[^()]{0,60})\)", after) or [""])[-1] if not head else ""
    return {
        "ttl": _number(r"\b(?:ttl|hlim) (\d+)", head or behind),
        "tos": _class_of(head or behind),
        "ip_id": _number(r"\bid (\d+)", head or behind),
        "dont_fragment": "DF" in head or "(DF" in after[-60:] and not head,
        "fragment": bool(_number(r"offset (\d+)", head)) or "flags [+" in head,
    }


def _class_of(head: str) -> int | None:
    """`tos 0x10`, `class 0xb8`; tcpdump leaves IPv6's out where it is 0."""
    found = re.search(r"\b(?:tos|class) 0x([0-9a-fA-F]{1,2})\b", head)
    return int(found[1], 16) if found else None


def _total(head: str, front: str, found: Packet) -> int:
    """Bytes of the IP packet: its header's own word, else the frame's length without its header,
    else the payload."""
    said = _number(r"\b(?:length|len) (\d+)", head) if "payload length" not in head else None
    if payload := _number(r"payload length: (\d+)", head):
        return payload + 40
    frame = _number(r"\(0x0?800\), length (\d+): ", front) or _number(
        r"\(0x86dd\), length (\d+): ", front
    )
    return said or (frame - 14 if frame else 0) or found.payload


_WORDS = re.compile(
    r"(?:\[(?:bad )?(?:tcp|udp) (?:sum|cksum)[^\]]*\] |\[no cksum\] )?"
    r"(?:Flags \[|tcp \d|[SFRPUEW.]{1,5} (?:\d+:\d+\(\d+\)|ack \d|win \d))"
)
_NO_FLOW = re.compile(
    r"(?:ESP|AH|GREv?\d?|IP6? |igmp|OSPF|VRRP|CARP|PIM|IPCOMP|ip-proto-|L2TP|EIGRP|sctp|etherip)",
    re.I,
)

# Without -v a fragment that is not the first has no more than this: "IP 10.0.9.53 > 10.0.1.4:
# ip-proto-17"
_LATER = re.compile(r"ip-proto-(?P<number>\d{1,3})\s*$")
_NUMBERED = {"1": Protocol.ICMP, "6": Protocol.TCP, "17": Protocol.UDP}


def _protocol(head: str, after: str, dport: str | None) -> Protocol | None:
    said = re.search(r"(?:proto|next-header) (\w+)", head)
    if said and said[1].upper() in ("TCP", "UDP"):
        return Protocol(said[1].lower())
    if _WORDS.match(after) or after.lstrip().startswith("[|tcp"):
        return Protocol.TCP
    if after.startswith("ICMP") or (said and said[1].upper().startswith("ICMP")):
        return Protocol.ICMP
    if dport is not None:
        return Protocol.UDP
    if found := _LATER.match(after):
        return _NUMBERED.get(found["number"])
    if _NO_FLOW.match(after) or said:
        return None
    return {"tcp": Protocol.TCP, "udp": Protocol.UDP}.get(after.split(" ")[0].strip(",|[]"))


def _flow(kind: Protocol, src: str, sport: str | None, dst: str, dport: str | None) -> Flow:
    ports = [_port(port, kind) for port in (sport, dport)]
    try:
        return Flow(kind, ip_address(src), ports[0], ip_address(dst), ports[1])
    except (BadFlow, ValueError) as why:
        raise Unparsed(f"{src} > {dst}") from why


def _port(port: str | None, kind: Protocol) -> int | None:
    if port is None or kind is Protocol.ICMP:
        return None
    found = port_number(port)
    if found is None:
        raise Unparsed(port)
    return found or None


def _tcp(base: Packet, after: str) -> Packet:
    """Only the words before the payload's own: `length 29: HTTP: GET /` could say anything."""
    words = (
        re.split(r"(?<=length )\d+:", after, maxsplit=1)[0] if "Flags [" in after else after[:300]
    )
    payload = (
        _number(r"\blength (\d+)", after)
        if "Flags [" in after
        else _number(r"\d+:\d+\((\d+)\)|^tcp (\d+)", words)
    )
    return replace(
        base,
        flags=_flags(words),
        seq=(
            _number(r"\bseq (\d+)", words)
            if "Flags [" in after
            else _number(r"^\S+ (\d+):\d+\(", words)
        ),
        ack=_number(r"\back (\d+)", words),
        payload=payload or 0,
        mss=_number(r"\bmss (\d+)", words),
    )


def _flags(words: str) -> str:
    if found := re.search(r"Flags \[([^\]]*)\]", words):
        return found[1].replace("none", "")
    found = re.match(r"([SFRPUEW.]{1,5}) ", words)
    if not found:
        return ""
    letters = found[1].replace(".", "") if found[1] != "." else ""
    return letters + ("." if " ack " in words[:200] else "")  # BSD writes the acknowledgement apart


def _udp(base: Packet, after: str) -> Packet:
    return replace(
        base, payload=_number(r"\blength (\d+)", after) or _number(r"\((\d+)\)$", after) or 0
    )


def _icmp(base: Packet, after: str) -> Packet:
    quoted = _quoted(base, after)
    return replace(
        base,
        payload=_number(r"\blength (\d+)", after) or 0,
        icmp=next((kind for pattern, kind in _KINDS if re.search(pattern, after[:200])), None),
        icmp_mtu=_number(r"\bmtu (\d+)", after[:200]),
        icmp_id=_number(r"\bid (\d+)", after[:200]) if "echo" in after[:40] else None,
        quoted=quoted,
    )


_REFUSED = re.compile(
    r"ICMP6?,? (?:destination unreachable, unreachable port, )?"
    rf"(?P<to>{_ADDRESS}) (?P<kind>tcp|udp) port (?P<port>{_PORT}) unreachable"
)


def _quoted(base: Packet, after: str) -> Flow | None:
    """The packet that an error is about: printed behind it with -v, else as far as its own words
    tell."""
    if "echo" in after[:40] or base.flow is None:
        return None
    if pair := _PAIR.search(after):
        kind = _protocol(after[: pair.start()][-200:], after[pair.end() :], pair["dstport"])
        return (
            _flow(kind, pair["src"], pair["srcport"], pair["dst"], pair["dstport"])
            if kind
            else None
        )
    found = _REFUSED.match(after)
    if not found:
        return _between(base.flow, after)
    return _flow(Protocol(found["kind"]), str(base.flow.dst), None, found["to"], found["port"])


# ICMP host 10.0.0.9 unreachable - admin prohibited filter / ICMP net 10.0.0.9 unreachable
# ICMP 10.0.8.20 unreachable - need to frag (mtu 1400)
# ICMP6, destination unreachable, unreachable prohibited 2001:db8::9
_UNREACHED = re.compile(
    rf"ICMP (?:(?:net|host) )?(?P<to>{_ADDRESS}) unreachable\b"
    r"|ICMP6, destination unreachable, unreachable (?:prohibited|route|address)"
    rf" (?P<six>{_ADDRESS})"
)


def _between(flow: Flow, after: str) -> Flow | None:
    """Without -v: between whom, and not which packet; written as ICMP's, which have no ports."""
    found = _UNREACHED.match(after)
    if not found:
        return None
    return _flow(
        Protocol.ICMP, str(flow.dst), None, (found["to"] or found["six"]).rstrip(","), None
    )


def _number(pattern: str, text: str) -> int | None:
    found = re.search(pattern, text)
    digits = next((group for group in found.groups() if group), None) if found else None
    return int(digits) if digits and len(digits) < 12 else None


_TUNNELS = re.compile(
    r"(?P<words>GREv?\d?|VXLAN|Geneve|IP6? (?=\())|(?P<ipip>IP6? (?=[\da-fA-F(]))"
)


def _tunnelled(base: Packet, outer: Packet, pair: re.Match[str], rest: str) -> Packet:
    """With what it carries, where it is a tunnel's and tcpdump printed that behind it."""
    after = rest[pair.end() :]
    found = _TUNNELS.match(after)
    inner = _PAIR.search(after) if found else None
    if found is None or inner is None:
        return outer
    front = after[: inner.start()]
    carried = _ip(
        replace(base, source_mac=None, destination_mac=None), inner, front, after[inner.end() :]
    )
    network = _number(r"\bvni (?:0x)?(\d+)", front)
    said = (found["words"] or found["ipip"]).strip()
    words = {"IP": "IPIP", "IP6": "6in4", "GREv0": "GRE"}.get(said, said)
    return replace(outer, inside=carried, tunnel=f"{words} {network}" if network else words)


_KINDS: tuple[tuple[str, tuple[int, int]], ...] = (
    (r"ICMP echo request", (8, 0)),
    (r"ICMP echo reply", (0, 0)),
    (r"ICMP6, echo request", (128, 0)),
    (r"ICMP6, echo reply", (129, 0)),
    (r"need to frag", (3, 4)),
    (r"ICMP6, packet too big", (2, 0)),
    (r"ICMP6, destination unreachable.*port", (1, 4)),
    (r"ICMP6, destination unreachable.*prohib", (1, 1)),
    (r"ICMP6, destination unreachable.*unreachable address", (1, 3)),
    (r"ICMP6, destination unreachable", (1, 0)),
    (r"port \S+ unreachable", (3, 3)),
    (r"protocol \d+ unreachable", (3, 2)),
    (r"ICMP net \S+ unreachable - admin prohibited", (3, 9)),
    (r"ICMP host \S+ unreachable - admin prohibited(?! filter)", (3, 10)),
    (r"admin prohibited", (3, 13)),
    (r"ICMP net", (3, 0)),
    (r"ICMP host", (3, 1)),
    (r"ICMP time exceeded", (11, 0)),
    (r"ICMP ip reassembly time exceeded", (11, 1)),
    (r"ICMP6, time exceeded \(reassembly\)|ICMP6, time exceeded in-reassembly", (3, 1)),
    (r"ICMP6, time exceeded", (3, 0)),
    (r"ICMP redirect", (5, 1)),
)
