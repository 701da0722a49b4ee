"""What is shared in decoding: the frame, header layouts, names of protocols, and how packets are
made fast."""

from __future__ import annotations

from dataclasses import MISSING, field, fields, make_dataclass
from struct import Struct
from typing import Any, NamedTuple

from collectors.model.flow import Flow, Protocol
from collectors.model.records import Packet

U16 = Struct(">H").unpack_from
U32 = Struct(">I").unpack_from
IP4 = Struct(">BBHHHBB2x4s4s").unpack_from
IP6 = Struct(">4xHBB16s16s").unpack_from
TCP = Struct(">HHIIBB").unpack_from

OTHERS = 3  # packet type of the cooked headers: the frame was for another machine
VLANS = frozenset({0x8100, 0x88A8, 0x9100})
LABELS = frozenset({0x8847, 0x8848})
SMALLEST_TYPE = 0x0600  # below it stands the length of a frame of IEEE 802.3
SNAP = frozenset({b"\xaa\xaa\x03\0\0\0", b"\xaa\xaa\x03\0\0\xf8"})  # an Ethernet type follows
IPV4, IPV6, ARP = 0x0800, 0x86DD, 0x0806
PROTOCOLS = {6: Protocol.TCP, 17: Protocol.UDP, 1: Protocol.ICMP, 58: Protocol.ICMP}
PROTOCOLS |= {4: Protocol.IPENCAP, 41: Protocol.IPV6, 47: Protocol.GRE, 50: Protocol.ESP}
SKIPPED = frozenset({0, 43, 60, 135, 139, 140})  # IPv6 extension headers with a length of their own
ERRORS4 = frozenset({3, 4, 5, 11, 12})
ERRORS6 = frozenset({1, 2, 3, 4})
FAMILIES = {2: IPV4, 24: IPV6, 28: IPV6, 30: IPV6, 10: IPV6}
FLAGS = tuple(
    "".join(letter for bit, letter in enumerate("FSRP.UEW") if flags >> bit & 1)
    for flags in range(256)
)


def _draft_class() -> type[Any]:
    """A twin of Packet that is not frozen: its constructor takes a fifth of the time."""
    specs = [
        (f.name, object, field(default=f.default) if f.default is not MISSING else field())
        for f in fields(Packet)
    ]
    return make_dataclass("Draft", specs, slots=True, eq=False)


_Draft = _draft_class()


def made(*values: object) -> Packet:
    """A Packet of these fields in their order. 100,000 of them are made per capture point."""
    packet = _Draft(*values)
    packet.__class__ = Packet
    return packet  # type: ignore[no-any-return]


class Frame(NamedTuple):
    """One captured frame: where it lies in the file, and what the file says about it."""

    time: float
    start: int
    end: int
    length: int  # as it was on the wire
    link: int  # link type
    interface: str | None = None
    outgoing: bool | None = None


class Undecoded(ValueError):
    """A frame that cannot be read; the text says why."""


Macs = tuple[str | None, str | None]
Common = tuple[
    float, str | None, bool | None, int, int | None, int | None, bool, bool, Macs, int | None
]


def bare(common: Common, flow: Flow | None, payload: int = 0) -> Packet:
    """A packet of which only addresses and ports are known."""
    time, interface, outgoing, length, ttl, ip_id, whole, fragment, macs, tos = common
    return made(
        time, interface, outgoing, flow, length, ttl, ip_id, "", None, None, payload, None, whole, fragment,
        None, None, None, None, None, *macs, tos,
    )  # fmt: skip


def control(
    common: Common,
    flow: Flow | None,
    kind: tuple[int, int],
    mtu: int | None,
    echo: int | None,
    quoted: Flow | None,
    asked: str | None,
    payload: int,
) -> Packet:
    """A packet of ICMP: an echo, or an error about another packet."""
    time, interface, outgoing, length, ttl, ip_id, whole, fragment, macs, tos = common
    return made(
        time, interface, outgoing, flow, length, ttl, ip_id, "", None, None, max(payload, 0), None, whole, fragment,
        kind, mtu, echo, quoted, asked, *macs, tos,
    )  # fmt: skip
