"""What all readers of a flow in one line share: addresses, ports, flags, and which end is the client."""

from __future__ import annotations

import re
from collections.abc import Iterator
from ipaddress import IPv6Address, ip_address

from collectors.model.flow import BadFlow, Flow
from collectors.model.services import is_service, port_number

V4 = r"(?:\d{1,3}\.){3}\d{1,3}"
V6 = rf"(?:[0-9A-Fa-f]{{0,4}}:){{2,7}}(?:{V4}|[0-9A-Fa-f]{{0,4}})"
IP = rf"(?:{V4}|{V6})"

_NUMBERS = {"6": "tcp", "17": "udp", "1": "icmp", "58": "icmp", "t": "tcp", "u": "udp"}
_WELL_KNOWN = 1024
_EPHEMERAL = 32768


class Missing(BadFlow):
    """The line is understood, and does not tell a whole flow; the sentence says what is missing."""


def end(name: str) -> str:
    """A pattern for an address with its port: 192.0.2.20:443, [2001:db8::1]:443,
    192.0.2.20%eth0.443."""
    return rf"\[?(?P<{name}>{IP})(?:%[\w.-]+)?\]?(?:%[\w.-]+)?[:.](?P<{name}port>\d{{1,5}}|\*)"


def slashed(name: str) -> str:
    """192.0.2.20/443, as Cisco and Juniper write it; the interface's name in front is not part of
    it."""
    return rf"(?:[\w.-]+:)?(?P<{name}>{IP})/(?P<{name}port>\d{{1,5}})"


def make(
    protocol: str | None, src: str, sport: str | int | None, dst: str, dport: str | int | None
) -> Flow:
    """A flow from the words of a line. Raises BadFlow."""
    kind = _protocol(protocol)
    if kind.startswith(("icmp", "ipv6-icmp")):
        return Flow.build("icmp", plain(src), None, plain(dst), None)
    if kind not in ("tcp", "udp"):
        raise Missing(f"this is about {_named(kind)}, and Bothways follows tcp, udp and icmp")
    ports = [_port(port, kind) for port in (sport, dport)]
    if ports[1] is None:
        # raises where the addresses make no flow either
        Flow.build("icmp", plain(src), None, plain(dst), None)
        raise Missing(f"the addresses are {plain(src)} and {plain(dst)}, but the line has no ports")
    return Flow.build(kind, plain(src), ports[0], plain(dst), ports[1])


def of(found: re.Match[str]) -> Flow:
    """The flow of a match with the groups proto, src, srcport, dst, dstport."""
    return make(found["proto"], found["src"], found["srcport"], found["dst"], found["dstport"])


def _protocol(text: str | None) -> str:
    name = (text or "tcp").lower().strip("\"'")
    return re.sub(r"^(tcp|udp)[46]$", r"\1", _NUMBERS.get(name, name))


def _named(kind: str) -> str:
    return {
        "47": "GRE",
        "50": "ESP",
        "51": "AH",
        "89": "OSPF",
        "112": "VRRP",
        "2": "IGMP",
        "4": "IP in IP",
    }.get(kind, f"protocol {kind[:20]}")


def _port(port: str | int | None, kind: str) -> str | int | None:
    if port in (None, "", "0", 0, "*"):
        return None
    text = str(port)
    return text if text.isdigit() else port_number(text)


def plain(address: str) -> str:
    """Without zone and brackets; ::ffff:192.0.2.1 is 192.0.2.1."""
    text = address.strip("[]").partition("%")[0]
    try:
        found = ip_address(text)
    except ValueError:
        return text
    mapped = found.ipv4_mapped if isinstance(found, IPv6Address) else None
    return str(mapped or found)


def toward_server(flow: Flow, reply: bool | None = None) -> Flow:
    """As the client sent it: a reply is turned round; where the line does not say, the ports
    tell."""
    if flow.sport is None:
        return flow
    if reply is None and flow.dport:
        reply = _served(flow.sport, flow.dport)
    return flow.reversed() if reply else flow


def _served(sport: int, dport: int) -> bool:
    """Is the source port the server's? Below 1024 some clients live too: there the known service
    decides."""
    if max(sport, dport) < _WELL_KNOWN:
        return is_service(sport) and not is_service(dport)
    if sport < _WELL_KNOWN:
        return True
    return sport < _EPHEMERAL <= dport


_LETTERS = re.compile(r"\bflags?:?\s*\[([A-Za-z.+ ]{0,12})\]", re.I)
_SYN_ACK = re.compile(r"(?<![\w-])SYN(?:[-+/|,& ]{0,3}|[\"']?,\s?[\"']?)ACK(?![\w=]|-?sent)", re.I)
_SYN = re.compile(
    r"(?<![\w-])syn(?![\w=]|-(?:sent|rec|rcv)|[ -](?:timeout|flood|cookie|attack|proxy))", re.I
)
_ACK = re.compile(r"(?<![\w-])ack(?![\w=])", re.I)


def is_reply(text: str) -> bool | None:
    """Do the TCP flags of the line say SYN-ACK (True) or SYN alone (False)? A flag is a word
    without `=`."""
    if letters := _LETTERS.search(text):
        return letters_reply(letters[1])
    if _SYN_ACK.search(text):
        return True
    if _SYN.search(text):
        return bool(_ACK.search(text))
    return None


def letters_reply(flags: str) -> bool | None:
    """The same for flags as letters: S, SA, S., AS."""
    letters = set(flags.upper())
    if "S" not in letters:
        return None
    return not letters.isdisjoint("A.")


def addresses(line: str) -> Iterator[str]:
    """Every valid address of the line that can be an end of a flow, once each."""
    seen: set[str] = set()
    for word in re.findall(rf"(?<![\w.]){IP}(?![\w])", line):
        text = plain(word)
        if usable(text) and text not in seen:
            seen.add(text)
            yield text


def usable(text: str) -> bool:
    """Is this an address that a packet can have, rather than 0.0.0.0, a mask or the time of day?"""
    try:
        found = ip_address(text)
    except ValueError:
        return False
    return not found.is_unspecified
