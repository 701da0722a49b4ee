"""Rows of a packet list that name what is said (TLS, HTTP) hide TCP's numbers: the rows around them
tell those."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from collectors.model.flow import Flow, Protocol
from collectors.model.records import Packet

# what tells that this row does not follow the one before it
_ASTRAY = re.compile(
    r"\[TCP (?:\w+ )?(?:Retransmission|Out-Of-Order|Previous segment|Keep-Alive|ACKed unseen)", re.I
)


@dataclass
class _Side:
    """One direction of a connection: the bytes of headers in its rows, and the number that comes
    next."""

    headers: int | None = None
    due: int | None = None


def filled(packets: Sequence[Packet], rows: Sequence[str]) -> list[Packet]:
    """The same packets; where a row hides how many bytes it says and from which on, what the others
    tell of it."""
    sides: dict[Flow, _Side] = {}
    for packet in packets:
        if packet.flow is not None and _empty(packet):
            side = sides.setdefault(packet.flow, _Side())
            # SACK blocks make it longer
            side.headers = min(packet.length, side.headers or packet.length)
    return list(_numbered(zip(packets, rows, strict=True), sides))


def _empty(packet: Packet) -> bool:
    """Is it nothing but headers, as large as those of data?"""
    return packet.seq is not None and packet.flags == "." and not packet.payload


def _numbered(pairs: Iterable[tuple[Packet, str]], sides: dict[Flow, _Side]) -> Iterator[Packet]:
    for packet, row in pairs:
        side = sides.setdefault(packet.flow, _Side()) if packet.flow is not None else _Side()
        if packet.seq is not None:
            side.due = max(side.due or 0, _next_number(packet, packet.seq))
        elif _hidden(packet) and _is_longer(packet, side):
            packet = _placed(packet, side, astray=_ASTRAY.search(row) is not None)
        yield packet


def _next_number(packet: Packet, seq: int) -> int:
    """SYN and FIN count as a byte."""
    counted = not {"S", "F"}.isdisjoint(packet.flags)
    return seq + packet.payload + counted


def _is_longer(packet: Packet, side: _Side) -> bool:
    """Does it hold more than its headers?"""
    return side.headers is not None and packet.length > side.headers


def _hidden(packet: Packet) -> bool:
    """Is it data of a connection, whose row names something else than TCP?"""
    return packet.flow is not None and packet.flow.protocol is Protocol.TCP and packet.flags == "P."


def _placed(packet: Packet, side: _Side, *, astray: bool) -> Packet:
    """Behind what came before; what was sent again or came late stands somewhere else."""
    size = packet.length - (side.headers or 0)
    if astray or side.due is None:
        return replace(packet, payload=size)
    start, side.due = side.due, side.due + size
    return replace(packet, payload=size, seq=start)
