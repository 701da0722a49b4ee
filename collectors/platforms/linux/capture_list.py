"""Rows of tshark and of Wireshark's packet list, as packets."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from ipaddress import ip_address

from collectors.model.answer import ParseResult, Unparsed
from collectors.model.flow import BadFlow, Flow, Protocol
from collectors.model.records import Packet
from collectors.model.services import port_number
from collectors.platforms.linux import list_numbers
from collectors.platforms.reading import each, lines_of

_IP = r"(?:\d{1,3}\.){3}\d{1,3}|[0-9a-fA-F]{0,4}(?::[0-9a-fA-F]{0,4}){2,7}"
#     1 0.000000000 192.168.2.19 → 10.45.0.1    TCP 78 51000 → 443 [SYN] Seq=0 Win=65535 Len=0
# MSS=1460
#       2 0.003112       10.45.0.1             192.168.2.19          TCP      74     443 → 51000
# [SYN, ACK] Seq=0 Ack=1
_ROW = re.compile(
    r"\s*(?:\d{1,9}\s+)?(?:(?P<date>\d{4}-\d\d-\d\d|[A-Z][a-z]{2} +\d{1,2}, \d{4})[ T])?"
    r"(?P<time>\d\d:\d\d:\d\d[.,]\d+|\d+[.,]\d+)(?: [A-Z]{3,5})?\s+"
    rf"(?P<src>{_IP})\s+(?:(?:→|->|\?)\s+)?(?P<dst>{_IP})\s+"
    r"(?P<proto>[A-Za-z][\w./-]{1,20})\s+(?P<length>\d{1,6})\s*(?P<info>.*)"
)
_HEADER = re.compile(r"^\s*\"?No\.\"?,?\s*\"?Time\b")
_OTHER = re.compile(
    r"\s*(?:\d{1,9}\s+)?\d[\d:.,-]*\s+\S.*\b(?:ARP|STP|LLDP|CDP|LACP|LOOP|0x[0-9a-f]{4})\b"
)
_DETAIL = re.compile(
    r"Frame \d+|Ethernet II|Linux cooked|Internet Protocol|Transmission Control|User"
    r" Datagram|\s+\S|0000|\["
    r"|[A-Z][\w ]+(?:Protocol|Layer|Security)"
)
_MAC = r"(?:[0-9a-f]{2}:){5}[0-9a-f]{2}"
_ETHERNET = re.compile(
    rf"Ethernet II, Src: .{{0,60}}?(?P<src>{_MAC})\)?, Dst: .{{0,60}}?(?P<dst>{_MAC})"
)
_PORTED = re.compile(
    r"(?:Transmission Control|User Datagram) Protocol, Src Port: (?:\S+ \()?(?P<src>\d{1,5})\)?, "
    r"Dst Port: (?:\S+ \()?(?P<dst>\d{1,5})"
)
_OWN = re.compile(r"Capturing on|Running as|\d+ packets?|\^C\d*|tshark:|\s*\*\* \(\w+:\d+\) ")
_UDP = frozenset({"UDP", "QUIC", "DNS", "MDNS", "NTP", "DHCP", "SSDP", "SNMP", "RADIUS", "ISAKMP"})


def is_list(text: str) -> bool:
    """Is this a list of packets rather than tcpdump's text?"""
    lines = text[:20_000].split("\n")[:60]
    return any(_HEADER.match(line) or _ROW.match(_columns(line)) for line in lines)


def read(text: str, interface: str | None) -> ParseResult:
    """One packet for each row; what an export says below a row is added to it. Numbers count from
    the first."""
    unread: list[str] = []
    rows = list(_rows(lines_of(text), unread))
    found = each([row for row, _ in rows], lambda line: _packet(line, interface))
    unread.extend(found.unread)
    packets = [p for p in found.records if isinstance(p, Packet)]
    if len(packets) == len(rows):
        packets = [
            _detailed(packet, below) for packet, (_, below) in zip(packets, rows, strict=True)
        ]
    named = list(_with_ports(packets))
    numbered = (
        list_numbers.filled(named, [row for row, _ in rows]) if len(named) == len(rows) else named
    )
    return ParseResult(tuple(_with_quotes(numbered)), tuple(unread))


def _rows(lines: Iterable[str], unread: list[str]) -> Iterator[tuple[str, list[str]]]:
    """Each row with the lines below it."""
    row, below = "", list[str]()
    for line in (_columns(line) for line in lines):
        if _ROW.match(line):
            if row:
                yield row, below
            row, below = line, []
        elif row and _DETAIL.match(line):
            below.append(line)
        elif not (_HEADER.match(line) or _OTHER.match(line) or _OWN.match(line)):
            unread.append(line)
    if row:
        yield row, below


def _columns(line: str) -> str:
    """A row of the export as CSV, with blanks between its columns."""
    if not line.startswith('"'):
        return line.replace("\t", "  ")
    return "  ".join(next(csv.reader([line[:4000]]), []))


def _packet(line: str, interface: str | None) -> Packet:
    row = _ROW.match(line)
    if row is None:
        raise Unparsed(line)
    base = Packet(_time(row), interface, None, None, max(int(row["length"]) - 14, 0))
    kind = row["proto"].upper()
    if kind.startswith("ICMP"):
        return _icmp(base, row)
    ports = re.match(
        r"(?:\[[^\]]*\]\s*){0,3}(?P<src>\w[\w-]*)\s+(?:→|->|>|\?)\s+(?P<dst>\w[\w-]*)", row["info"]
    )
    if ports is None:
        return replace(base, flow=_flow(_protocol(kind), row, None, None))
    found = replace(base, flow=_flow(_protocol(kind), row, ports["src"], ports["dst"]))
    return (
        _tcp(found, row["info"])
        if kind == "TCP"
        else replace(found, payload=_field("Len", row["info"]) or 0)
    )


def _time(row: re.Match[str]) -> float:
    text = row["time"].replace(",", ".")
    if ":" not in text:
        return float(text)
    hours, minutes, seconds = text.split(":")
    return _day(row["date"]) + int(hours) * 3600 + int(minutes) * 60 + float(seconds)


def _day(date: str | None) -> float:
    if not date:
        return 0.0
    form = "%Y-%m-%d" if date[0].isdigit() else "%b %d, %Y"
    return datetime.strptime(f"{date} +0000", f"{form} %z").timestamp()


def _protocol(kind: str) -> Protocol:
    return Protocol.UDP if kind in _UDP else Protocol.TCP


def _flow(kind: Protocol, row: re.Match[str], sport: str | None, dport: str | None) -> Flow:
    ports = [port_number(port) if port else None for port in (sport, dport)]
    try:
        return Flow(kind, ip_address(row["src"]), ports[0], ip_address(row["dst"]), ports[1])
    except (BadFlow, ValueError) as why:
        raise Unparsed(row.group()) from why


_LETTERS = {
    "FIN": "F",
    "SYN": "S",
    "RST": "R",
    "PSH": "P",
    "ACK": ".",
    "URG": "U",
    "ECE": "E",
    "CWR": "W",
    "ECN": "E",
}


def _tcp(base: Packet, info: str) -> Packet:
    found = re.search(r"\[((?:(?:FIN|SYN|RST|PSH|ACK|URG|ECE|ECN|CWR|AE)(?:, )?)+)\]", info)
    words = found[1].split(", ") if found else []
    return replace(
        base,
        flags="".join(letter for name, letter in _LETTERS.items() if name in words),
        seq=_field("Seq", info),
        ack=_field("Ack", info),
        payload=_field("Len", info) or 0,
        mss=_field("MSS", info),
    )


def _field(name: str, info: str) -> int | None:
    found = re.search(rf"\b{name}=(\d{{1,10}})", info)
    return int(found[1]) if found else None


def _icmp(base: Packet, row: re.Match[str]) -> Packet:
    info, six = row["info"], ":" in row["src"]
    kinds = (
        ("Echo (ping) request", (128, 0) if six else (8, 0)), ("Echo (ping) reply", (129, 0) if six else (0, 0)),
        ("Fragmentation needed", (3, 4)), ("Packet Too Big", (2, 0)), ("Port unreachable", (1, 4) if six else (3, 3)),
        ("administratively", (1, 1) if six else (3, 13)), ("Address unreachable", (1, 3)), ("No route", (1, 0)),
        ("Host unreachable", (3, 1)), ("Network unreachable", (3, 0)),
        ("Time-to-live exceeded", (11, 0)), ("Redirect", (5, 1)),
    )  # fmt: skip
    flow = _flow(Protocol.ICMP, row, None, None)
    return replace(
        base, flow=flow, icmp=next((kind for words, kind in kinds if words in info), None)
    )


# --- what an export says below a row, and rows whose protocol hides the ports ---


def _detailed(packet: Packet, below: list[str]) -> Packet:
    for line in below[:40]:
        if found := _ETHERNET.search(line):
            packet = replace(packet, source_mac=found["src"], destination_mac=found["dst"])
        elif ports := _PORTED.search(line):
            packet = _with_named_ports(packet, ports)
    return packet


def _with_named_ports(packet: Packet, ports: re.Match[str]) -> Packet:
    """Its ports, where the row itself did not name them."""
    flow = packet.flow
    if flow is None or flow.dport is not None:
        return packet
    return replace(packet, flow=replace(flow, sport=int(ports["src"]), dport=int(ports["dst"])))


def _with_ports(packets: list[Packet]) -> Iterator[Packet]:
    """A row of TLS or HTTP belongs to the only connection of its two addresses; where there are
    more, to none."""
    known = {packet.flow: packet.flow for packet in packets if packet.flow and packet.flow.dport}
    for packet in packets:
        flow = packet.flow
        if flow is None:
            yield packet
        elif flow.protocol is Protocol.ICMP or flow.dport is not None:
            yield replace(packet, flow=known.get(flow, flow))
        else:
            yield _of_only_connection(packet, flow, known)


def _of_only_connection(packet: Packet, flow: Flow, known: Iterable[Flow]) -> Packet:
    both_ways = (one for flow in known for one in (flow, flow.reversed()))
    pairs = {one for one in both_ways if _between(one, flow)}
    if len(pairs) != 1:
        return replace(packet, flow=None)
    flags = "P." if flow.protocol is Protocol.TCP else ""
    return replace(packet, flow=pairs.pop(), flags=flags)


def _between(one: Flow, flow: Flow) -> bool:
    return (one.protocol, one.src, one.dst) == (flow.protocol, flow.src, flow.dst)


_ERRORS = {4: frozenset({3, 11}), 6: frozenset({1, 2, 3})}


def _with_quotes(packets: list[Packet]) -> Iterator[Packet]:
    """A row of an ICMP error names no packet. Where its receiver sent to one address only, it is
    about those."""
    sent: dict[object, set[Flow]] = {}
    for packet in packets:
        flow = packet.flow
        if flow is not None and not _is_error(packet):
            own = Flow(Protocol.ICMP, flow.src, None, flow.dst, None)
            sent.setdefault(flow.src, set()).add(own)
    for packet in packets:
        quoted = _quoted(packet, sent)
        yield replace(packet, quoted=quoted) if quoted is not None else packet


def _quoted(packet: Packet, sent: dict[object, set[Flow]]) -> Flow | None:
    if packet.flow is None or not _is_error(packet):
        return None
    flows = sent.get(packet.flow.dst, set())
    return next(iter(flows)) if len(flows) == 1 else None


def _is_error(packet: Packet) -> bool:
    """Does somebody say that a packet went no further?"""
    version = packet.flow.version if packet.flow is not None else 4
    return packet.icmp is not None and packet.icmp[0] in _ERRORS[version]
