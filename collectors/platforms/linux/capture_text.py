"""What tcpdump prints for people, as packets: for output that was pasted rather than captured."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime
from ipaddress import ip_address

from collectors.model.flow import BadFlow, Flow, Protocol
from collectors.model.platform import Reading, Unparsed
from collectors.model.records import Packet
from collectors.platforms.linux.counted import whole_numbers
from collectors.platforms.reading import each, lines_of

# 14:13:01.000001 eth0  In  IP 192.0.2.20.43122 > 203.0.113.10.443: Flags [S], seq 1000, ...
_LINE = re.compile(
    r"(?:(?P<date>\d{4}-\d\d-\d\d) )?(?:(?P<clock>\d\d:\d\d:\d\d(?:\.\d+)?)|(?P<epoch>\d{9,}\.\d+))?\s*"
    r"(?:(?P<iface>[\w.@-]+)\s+(?P<way>In|Out|B|M|P|Bcast|Mcast)\s+)?(?P<rest>(?:[0-9a-f:]{17} .*?: )?(?:IP6?|ARP,).*)"
)
_END = (
    r"(?P<{0}>[0-9a-fA-F:]{{2,39}}(?:\.\d{{1,3}}){{3}}|(?:\d{{1,3}}\.){{3}}\d{{1,3}}|[0-9a-fA-F:]{{2,39}})"
    r"(?:\.(?P<{0}port>\d{{1,5}}))?"
)
_IP = re.compile(rf".*?\bIP6?\b(?: \((?P<head>.*?)\))?\s+{_END.format('src')} > {_END.format('dst')}: (?P<body>.*)")
_ARP = re.compile(
    r".*?\bARP, (?P<what>Request who-has|Reply) (?P<target>[\d.]+)(?: \([^)]*\))? "
    r"(?P<verb>tell|is-at) (?P<who>[\w.:]+)"
)
_QUIET = re.compile(r"tcpdump: |listening on |dropped privs|\d+ packets? (captured|received|dropped)|\^C")


def read(text: str) -> Reading:
    """One packet per line; a line that continues a verbose one is joined to it. Sequence numbers become whole."""
    folded = re.sub(r"\)\n\s+(?=\S+ > )", ") ", text)
    found = each(lines_of(folded), _packet)
    return replace(found, records=whole_numbers(found.records))


def _packet(line: str) -> Packet | None:
    if _QUIET.match(line):
        return None
    found = _LINE.fullmatch(line.strip())
    if not found:
        raise Unparsed(line)
    if arp := _ARP.match(found["rest"]):
        return _arp(arp, found)
    if ip := _IP.fullmatch(found["rest"]):
        return _ip(ip, found)
    raise Unparsed(line)


def _time(found: re.Match[str]) -> float:
    """Seconds of the epoch, or of the day where no date was printed."""
    if found["epoch"]:
        return float(found["epoch"])
    if not found["clock"]:
        return 0.0
    hours, minutes, rest = found["clock"].split(":")
    day = datetime.fromisoformat(f"{found['date']}T00:00:00+00:00").timestamp() if found["date"] else 0.0
    return day + int(hours) * 3600 + int(minutes) * 60 + float(rest)


def _outgoing(found: re.Match[str]) -> bool | None:
    return None if found["way"] is None else found["way"] == "Out"


def _arp(arp: re.Match[str], found: re.Match[str]) -> Packet:
    what = "request who-has" if arp["what"].startswith("Request") else "reply"
    words = f"{what} {arp['target']} {arp['verb']} {arp['who'].rstrip(',')}"
    return Packet(_time(found), found["iface"], _outgoing(found), None, 28, arp=words)


def _ip(ip: re.Match[str], found: re.Match[str]) -> Packet:
    body, head = ip["body"], ip["head"] or ""
    flow = _flow(_protocol(body, ip["dstport"]), ip)
    payload = _number(r"length (\d+)", body) or 0
    icmp = body.startswith("ICMP")
    return Packet(
        time=_time(found),
        interface=found["iface"],
        outgoing=_outgoing(found),
        flow=flow,
        length=_number(r"length (\d+)", head) or payload,
        ttl=_number(r"ttl (\d+)", head),
        ip_id=_number(r"\bid (\d+)", head),
        flags=_flags(body),
        seq=_number(r"\bseq (\d+)", body) if flow.protocol is Protocol.TCP else None,
        ack=_number(r"\back (\d+)", body),
        payload=payload,
        mss=_number(r"mss (\d+)", body),
        dont_fragment="DF" in head,
        icmp=next((kind for pattern, kind in _KINDS if re.search(pattern, body)), None) if icmp else None,
        icmp_mtu=_number(r"mtu (\d+)", body) if icmp else None,
        icmp_id=_number(r"\bid (\d+)", body) if icmp else None,
    )


def _protocol(body: str, dport: str | None) -> Protocol:
    if body.startswith("Flags ["):
        return Protocol.TCP
    return Protocol.ICMP if body.startswith("ICMP") or dport is None else Protocol.UDP


def _flow(kind: Protocol, ip: re.Match[str]) -> Flow:
    ported = kind is not Protocol.ICMP
    ports = [int(ip[f"{end}port"] or 0) or None if ported else None for end in ("src", "dst")]
    try:
        return Flow(kind, ip_address(ip["src"]), ports[0], ip_address(ip["dst"]), ports[1])
    except BadFlow as why:
        raise Unparsed(ip.group()) from why


def _flags(body: str) -> str:
    found = re.match(r"Flags \[([^\]]*)\]", body)
    return found[1].replace("none", "") if found else ""


def _number(pattern: str, text: str) -> int | None:
    found = re.search(pattern, text)
    return int(found[1]) if found else None


_KINDS = (
    (r"ICMP echo request", (8, 0)),
    (r"ICMP echo reply", (0, 0)),
    (r"ICMP6, echo request", (128, 0)),
    (r"ICMP6, echo reply", (129, 0)),
    (r"need to frag", (3, 4)),
    (r"ICMP6, packet too big", (2, 0)),
    (r"ICMP6, destination unreachable.*port", (1, 4)),
    (r"ICMP6, destination unreachable", (1, 0)),
    (r"port \d+ unreachable", (3, 3)),
    (r"admin prohibited", (3, 13)),
    (r"ICMP net", (3, 0)),
    (r"ICMP host", (3, 1)),
    (r"ICMP time exceeded", (11, 0)),
    (r"ICMP6, time exceeded", (3, 0)),
    (r"ICMP redirect", (5, 1)),
)
