"""Captures made by hand: frames of every link type, and packets in them."""

from __future__ import annotations

import struct
from ipaddress import ip_address

from collectors.model.flow import Flow
from collectors.model.records import Packet
from collectors.pcap.capture import read_pcap

SRC, DST = ip_address("192.0.2.20").packed, ip_address("203.0.113.10").packed
SIX, SIX_TO = ip_address("2001:db8::1").packed, ip_address("2001:db8::2").packed
FORWARD = Flow.parse("tcp 192.0.2.20:43122 > 203.0.113.10:443")


def pcap(*frames: bytes, link: int = 1, order: str = "<", nano: bool = False) -> bytes:
    """A capture file of these frames, a second apart."""
    magic = 0xA1B23C4D if nano else 0xA1B2C3D4
    head = struct.pack(f"{order}IHHiIII", magic, 2, 4, 0, 0, 262144, link)
    records = (
        struct.pack(f"{order}IIII", 1000 + n, 500, len(f), len(f)) + f for n, f in enumerate(frames)
    )
    return head + b"".join(records)


def tcp(
    flags: int = 2, payload: bytes = b"", options: bytes = b"", sport: int = 43122, dport: int = 443
) -> bytes:
    offset = (5 + len(options) // 4) << 4
    return (
        struct.pack(">HHIIBBHHH", sport, dport, 1000, 2000, offset, flags, 64240, 0, 0)
        + options
        + payload
    )


def udp(body: bytes, dport: int) -> bytes:
    return struct.pack(">HHHH", 5000, dport, 8 + len(body), 0) + body


def ipv4(body: bytes, protocol: int = 6, place: int = 0x4000, total: int | None = None) -> bytes:
    size = 20 + len(body) if total is None else total
    return struct.pack(">BBHHHBBH4s4s", 0x45, 0, size, 77, place, 63, protocol, 0, SRC, DST) + body


def ipv6(body: bytes, protocol: int = 6) -> bytes:
    return struct.pack(">IHBB16s16s", 6 << 28, len(body), protocol, 62, SIX, SIX_TO) + body


def ethernet(body: bytes, kind: int = 0x0800) -> bytes:
    return bytes.fromhex("020000000002020000000001") + struct.pack(">H", kind) + body


def vxlan(frame: bytes, network: int = 42) -> bytes:
    return struct.pack(">II", 8 << 24, network << 8) + frame


def only(data: bytes, names: dict[int, str] | None = None) -> Packet:
    reading = read_pcap(data, names)
    assert reading.unread == () and len(reading.records) == 1
    packet = reading.records[0]
    assert isinstance(packet, Packet)
    return packet


IP = ipv4(tcp(24, b"hello"))
LINKS = {
    "raw": (101, IP),
    "raw ipv4": (228, IP),
    "null": (0, struct.pack("<I", 2) + IP),
    "loop": (108, struct.pack(">I", 2) + IP),
    "ppp": (9, b"\xff\x03\x00\x21" + IP),
    "vlan": (1, ethernet(struct.pack(">HH", 5, 0x0800) + IP, 0x8100)),
    "double vlan": (1, ethernet(struct.pack(">HHHH", 5, 0x8100, 6, 0x0800) + IP, 0x88A8)),
    "pppoe": (1, ethernet(struct.pack(">BBHHH", 0x11, 0, 1, len(IP) + 2, 0x0021) + IP, 0x8864)),
    "mpls": (1, ethernet(b"\0\1\0\x40\0\2\1\x40" + IP, 0x8847)),
    "hdlc": (104, b"\x0f\0\x08\0" + IP),
    "sll": (113, struct.pack(">HHH8sH", 4, 1, 6, b"\x02\0\0\0\0\x09\0\0", 0x0800) + IP),
    "sll2": (276, struct.pack(">HHIHBB8s", 0x0800, 0, 7, 1, 0, 6, b"\x02\0\0\0\0\x09\0\0") + IP),
}
