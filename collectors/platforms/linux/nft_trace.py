"""`nft monitor trace`: which packet met which rule, and how each chain ended."""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import ip_address

from collectors.model.answer import ParseResult, Unparsed
from collectors.model.flow import BadFlow, Flow, Protocol
from collectors.model.records import LogLine
from collectors.platforms.reading import each

# trace id 6c1f0a2e ip raw PREROUTING packet: iif "eth0" ip saddr 10.0.2.55 ip daddr 172.20.0.10 ..
# tcp sport 40112
_LINE = re.compile(
    r"trace id (?P<id>[0-9a-f]{1,16}) (?P<family>\w+) (?P<table>\S+) (?P<chain>\S+) "
    r"(?P<kind>packet|rule|verdict|policy|unknown)\b:?(?P<rest>.*)"
)
_VERDICT = re.compile(r"\(verdict (?P<verdict>[^()]*)\)")
_ENDINGS = ("drop", "reject")


@dataclass
class _Packet:
    """The packet of one trace, as its newest `packet:` line tells it."""

    iif: str | None
    oif: str | None
    flow: Flow | None
    flags: str
    mark: int | None = None


def is_trace(text: str) -> bool:
    """Is this the output of `nft monitor trace`?"""
    return bool(
        re.search(
            r"^trace id [0-9a-f]+ \w+ \S+ \S+ (?:packet|rule|verdict|policy)\b", text[:20_000], re.M
        )
    )


def read_trace(lines: list[str]) -> ParseResult:
    """One line of a log for each packet that comes to a hook, and one for what ended it."""
    packets: dict[str, _Packet] = {}  # by the number of the trace
    return each(lines, lambda line: _line(line.strip(), packets))


def _line(line: str, packets: dict[str, _Packet]) -> LogLine | None:
    found = _LINE.fullmatch(line)
    if not found:
        raise Unparsed(line)
    place = f"{found['family']} {found['table']} {found['chain']}"
    if found["kind"] == "packet":
        before = packets.get(found["id"])
        packet = packets[found["id"]] = _packet(found["rest"], before.mark if before else None)
        return _log(packet, f"trace {place}", line)
    if found["id"] in packets:
        packets[found["id"]].mark = _mark(found["rest"], packets[found["id"]].mark)
    ending = _ending(found)
    if ending not in _ENDINGS or found["id"] not in packets:
        return None
    strange = ", ct state invalid" if re.search(r"\bct state invalid\b", found["rest"]) else ""
    return _log(packets[found["id"]], f"trace {place} {ending}{strange}", line)


def _log(packet: _Packet, prefix: str, text: str) -> LogLine:
    return LogLine(
        None, prefix, packet.iif, packet.oif, packet.flow, packet.flags, text, mark=packet.mark
    )


def _ending(found: re.Match[str]) -> str:
    words = found["rest"] if found["kind"] in ("policy", "verdict") else ""
    named = _VERDICT.search(found["rest"])
    if named and found["kind"] != "policy":
        words = named["verdict"]
    return "".join(words.split()[:1])


def _packet(text: str, mark: int | None) -> _Packet:
    return _Packet(
        _name("iif", text), _name("oif", text), _flow(text), _flags(text), _mark(text, mark)
    )


def _mark(text: str, before: int | None) -> int | None:
    """... policy accept meta mark 0x00000080: shown after each rule; before the first one it is not
    known."""
    found = re.search(r"\bmeta mark 0x([0-9a-f]{1,8})\b(?! set)", text)
    return int(found[1], 16) if found else before


def _name(key: str, text: str) -> str | None:
    found = re.search(rf'\b{key} "([^"]{{1,40}})"', text)
    return found[1] if found else None


def _flow(text: str) -> Flow | None:
    ends = [re.search(rf"\bip6? {key} (\S+)", text) for key in ("saddr", "daddr")]
    ports = re.search(r"\b(tcp|udp) sport (\d+) (?:tcp|udp) dport (\d+)", text)
    if not ends[0] or not ends[1]:
        return None
    source, target = ip_address(ends[0][1]), ip_address(ends[1][1])
    try:
        if ports:
            return Flow(Protocol(ports[1]), source, int(ports[2]), target, int(ports[3]))
        icmp = re.search(r"\bicmp(?:v6)? type\b|\bl4proto (?:ipv6-)?icmp", text)
        return Flow(Protocol.ICMP, source, None, target, None) if icmp else None
    except BadFlow:
        return None


_LETTERS = {"syn": "S", "fin": "F", "rst": "R", "psh": "P", "ack": "."}


def _flags(text: str) -> str:
    """`tcp flags == 0x12` and `tcp flags == syn | ack` as tcpdump writes them."""
    found = re.search(r"\btcp flags (?:== )?(0x[0-9a-f]+|[a-z]+(?:(?: ?\| ?|,)[a-z]+)*)", text)
    if not found:
        return ""
    names = re.split(r" ?\| ?|,", found[1])
    if found[1].startswith("0x"):
        bits = int(found[1], 16)
        names = [
            name for at, name in enumerate(("fin", "syn", "rst", "psh", "ack")) if bits >> at & 1
        ]
    return "".join(letter for name, letter in _LETTERS.items() if name in names)
