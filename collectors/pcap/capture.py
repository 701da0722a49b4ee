"""What did a capture point see? Reads pcap and pcapng files of every common kind, also when they
end too early."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from collectors.model.answer import ParseResult
from collectors.model.records import Packet
from collectors.pcap.garbage_collection import uncollected
from collectors.pcap.making import Frame, Undecoded
from collectors.pcap.packets import Decoder

_MOST_LISTED = 200  # unreadable packets that are named one by one

# (byte order, seconds per tick of the fraction) by the first four bytes
_MAGIC = {
    b"\xd4\xc3\xb2\xa1": ("<", 1e-6, 16),
    b"\xa1\xb2\xc3\xd4": (">", 1e-6, 16),
    b"\x4d\x3c\xb2\xa1": ("<", 1e-9, 16),
    b"\xa1\xb2\x3c\x4d": (">", 1e-9, 16),
    b"\x34\xcd\xb2\xa1": ("<", 1e-6, 24),  # a variant with eight more bytes per packet
    b"\xa1\xb2\xcd\x34": (">", 1e-6, 24),
}
_SECTION = b"\x0a\x0d\x0d\x0a"


def is_capture(data: bytes) -> bool:
    """Is this a capture file?"""
    return data[:4] in _MAGIC or data[:4] == _SECTION


def read_pcap(data: bytes, names: Mapping[int, str] | None = None) -> ParseResult:
    """All packets; what cannot be read is named in `unread`. `names` are the interfaces by their
    index."""
    decoder = Decoder(data, names or {})
    packets: list[Packet] = []
    unread: list[str] = []
    try:
        with uncollected():
            _read(data, decoder, packets, unread)
    except Undecoded as why:
        unread.append(str(why))
    return ParseResult(tuple(packets), _bounded(unread))


def _read(data: bytes, decoder: Decoder, packets: list[Packet], unread: list[str]) -> None:
    for number, frame in enumerate(frames(data), 1):
        try:
            packets.append(decoder.packet(frame))
        except Undecoded as why:
            unread.append(f"packet {number}: {why}")


def _bounded(unread: list[str]) -> tuple[str, ...]:
    more = len(unread) - _MOST_LISTED
    return (
        tuple(unread)
        if more <= 0
        else (*unread[:_MOST_LISTED], f"and {more} more packets that could not be read")
    )


def frames(data: bytes) -> Iterator[Frame]:
    """Every frame of the file in its order."""
    if not data:
        return
    if data[:4] == _SECTION:
        yield from _pcapng(data)
    elif data[:4] in _MAGIC:
        yield from _pcap(data)
    else:
        raise Undecoded("this is not a capture file")


def _pcap(data: bytes) -> Iterator[Frame]:
    order, tick, size = _MAGIC[data[:4]]
    if len(data) < 24:
        raise Undecoded("the capture ends in its own heading")
    link = struct.unpack_from(f"{order}I", data, 20)[0] & 0x0FFFFFFF
    head = struct.Struct(f"{order}IIII").unpack_from
    at, end = 24, len(data)
    while at + size <= end:
        seconds, fraction, kept, length = head(data, at)
        at += size
        if kept > 0x400000:
            raise Undecoded(
                f"a packet of {kept} bytes cannot be: the file is damaged from byte {at - size} on"
            )
        yield Frame(seconds + fraction * tick, at, min(at + kept, end), length, link)
        at += kept


@dataclass(slots=True)
class _Port:
    """One interface of a pcapng section."""

    link: int
    name: str | None = None
    tick: float = 1e-6


def _pcapng(data: bytes) -> Iterator[Frame]:
    at, order, ports = 0, "<", list[_Port]()
    while at + 12 <= len(data):
        if data[at : at + 4] == _SECTION:
            order = "<" if data[at + 8 : at + 12] == b"\x4d\x3c\x2b\x1a" else ">"
            ports = []
        kind, size = struct.unpack_from(f"{order}II", data, at)
        if size < 12 or size % 4:
            raise Undecoded(f"the file is damaged from byte {at} on")
        body, end = at + 8, min(at + size - 4, len(data))
        if kind == 1:
            ports.append(_port(data, body, end, order))
        elif kind in (2, 3, 6) and (frame := _block(kind, data, body, end, order, ports)):
            yield frame
        at += size


def _port(data: bytes, body: int, end: int, order: str) -> _Port:
    port = _Port(struct.unpack_from(f"{order}H", data, body)[0])
    for code, value in _options(data, body + 8, end, order):
        if code == 2:
            port.name = value.rstrip(b"\0").decode("utf-8", "replace")
        elif code == 9 and value:
            port.tick = 2.0 ** -(value[0] & 0x7F) if value[0] & 0x80 else 10.0 ** -value[0]
    return port


def _options(data: bytes, at: int, end: int, order: str) -> Iterator[tuple[int, bytes]]:
    while at + 4 <= end:
        code, size = struct.unpack_from(f"{order}HH", data, at)
        if code == 0:
            return
        yield code, data[at + 4 : min(at + 4 + size, end)]
        at += 4 + size + (-size % 4)


def _block(
    kind: int, data: bytes, body: int, end: int, order: str, ports: list[_Port]
) -> Frame | None:
    """A packet block: enhanced (6), simple (3) or the obsolete one (2)."""
    if kind == 3:
        index, high, low, start = 0, 0, 0, body + 4
        length = struct.unpack_from(f"{order}I", data, body)[0] if body + 4 <= end else 0
        kept = min(length, end - start)
    elif body + 20 > end:
        return None
    else:
        index, high, low, kept, length = struct.unpack_from(f"{order}IIIII", data, body)
        index, start = (index if kind == 6 else index & 0xFFFF), body + 20
    if index >= len(ports):
        raise Undecoded("a packet of an interface that the file does not describe")
    port, stop = ports[index], min(start + kept, end)
    outgoing = _direction(data, stop + (-kept % 4), end, order) if kind == 6 else None
    return Frame(
        ((high << 32) | low) * port.tick, start, stop, length, port.link, port.name, outgoing
    )


def _direction(data: bytes, at: int, end: int, order: str) -> bool | None:
    for code, value in _options(data, at, end, order):
        if code == 2 and len(value) == 4:
            return {1: False, 2: True}.get(struct.unpack(f"{order}I", value)[0] & 3)
    return None
