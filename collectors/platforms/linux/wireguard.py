"""`wg show`: which peer of a tunnel stands for which addresses, and when it was last heard."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from ipaddress import ip_address, ip_network

from collectors.model.answer import ParseResult
from collectors.model.flow import Address
from collectors.model.records import Network
from collectors.model.tunnels import Peer
from collectors.platforms.reading import WIDEST

_HEAD = re.compile(r"(?P<kind>interface|peer): (?P<name>\S{1,60})")
_FIELD = re.compile(r"\s*(?P<name>[a-z][a-z ]{1,30}): (?P<value>.*)")
_UNITS = {"second": 1, "minute": 60, "hour": 3600, "day": 86_400, "year": 31_536_000}
_MOST = 10_000  # peers and networks


def is_wireguard(text: str) -> bool:
    """Is this the output of `wg show` or of `wg`?"""
    return bool(
        re.match(r"\s*interface: \S+\n\s+(?:public key|listening port|private key): ", text)
    )


def read_wireguard(lines: list[str]) -> ParseResult:
    """Every peer with where it is and what is sent to it; keys are left out but for a peer's first
    letters."""
    paragraphs: list[_Paragraph] = []
    unread = [line for line in lines[:_MOST] if not _understood(line, paragraphs)]
    peers: list[Peer] = []
    interface = _Paragraph("interface", "")
    for one in paragraphs:
        if one.kind == "interface":
            interface = one
        else:
            peers.append(_peer(interface, one))
    return ParseResult(tuple(peers), tuple(unread))


@dataclass
class _Paragraph:
    """An interface, or a peer of the interface above it."""

    kind: str
    name: str
    fields: dict[str, str] = field(default_factory=dict)


def _understood(line: str, paragraphs: list[_Paragraph]) -> bool:
    if head := _HEAD.fullmatch(line.strip()):
        paragraphs.append(_Paragraph(head["kind"], head["name"]))
        return True
    found = _FIELD.fullmatch(line[:WIDEST])
    if found and paragraphs:
        paragraphs[-1].fields[found["name"]] = found["value"].strip()
    return bool(found and paragraphs)


def _peer(interface: _Paragraph, peer: _Paragraph) -> Peer:
    endpoint, port = _endpoint(peer.fields.get("endpoint", ""))
    allowed = tuple(_networks(peer.fields.get("allowed ips", "")))
    listening = _port(interface.fields.get("listening port", ""))
    heard = _ago(peer.fields.get("latest handshake", ""))
    return Peer(interface.name, peer.name[:8], endpoint, port, allowed, listening, heard)


# 198.51.100.7:51820 / [2001:db8::7]:51820 / (none)
def _endpoint(text: str) -> tuple[Address | None, int | None]:
    host, _, port = text.rpartition(":")
    try:
        return ip_address(host.strip("[]").partition("%")[0]), _port(port)
    except ValueError:
        return None, None


def _port(text: str) -> int | None:
    if not (text.isascii() and text.isdigit()) or len(text) > 5:
        return None
    number = int(text)
    return number if 0 < number < 65_536 else None


def _networks(text: str) -> Iterator[Network]:
    """`10.8.0.2/32, 10.20.0.0/16`, `(none)`."""
    for word in text.split(", ")[:_MOST]:
        try:
            yield ip_network(word.strip(), strict=False)
        except ValueError:
            continue


# 1 minute, 3 seconds ago / Now
def _ago(text: str) -> int | None:
    if text.strip().lower() == "now":
        return 0
    found = re.findall(r"\b(\d{1,6}) (second|minute|hour|day|year)s?\b", text)
    return sum(int(count) * _UNITS[unit] for count, unit in found) if found else None
