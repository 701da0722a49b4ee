"""What does one captured frame carry? Links, IPv4, IPv6, TCP, UDP, ICMP errors, ARP and neighbour discovery."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, field, fields, make_dataclass, replace
from ipaddress import IPv4Address, IPv6Address
from struct import Struct
from typing import TYPE_CHECKING, Any

from collectors.model.flow import Flow, Protocol
from collectors.model.records import Packet

if TYPE_CHECKING:
    from collectors.capture import Frame

_U16 = Struct(">H").unpack_from
_U32 = Struct(">I").unpack_from
_IP4 = Struct(">BxHHHBB2x4s4s").unpack_from
_IP6 = Struct(">4xHBB16s16s").unpack_from
_TCP = Struct(">HHIIBB").unpack_from
_SLL2 = Struct(">HxxIHBB8s").unpack_from
_SLL = Struct(">HHH8sH").unpack_from
# link header, IPv4 without options, TCP: addresses and ports lie side by side and make one key
_QUICK_ETHERNET = Struct(">6s6sHBxHHHBB2x12sIIBB").unpack_from
_QUICK_SLL2 = Struct(">HxxIHBB8sBxHHHBB2x12sIIBB").unpack_from

_OTHERS = 3  # packet type of the cooked headers: the frame was for another machine
_VLANS = frozenset({0x8100, 0x88A8, 0x9100})
_IPV4, _IPV6, _ARP = 0x0800, 0x86DD, 0x0806
_PROTOCOLS = {6: Protocol.TCP, 17: Protocol.UDP, 1: Protocol.ICMP, 58: Protocol.ICMP}
_SKIPPED = frozenset({0, 43, 60, 135, 139, 140})  # IPv6 extension headers with a length of their own
_ERRORS4 = frozenset({3, 4, 5, 11, 12})
_ERRORS6 = frozenset({1, 2, 3, 4})
_FAMILIES = {2: _IPV4, 24: _IPV6, 28: _IPV6, 30: _IPV6, 10: _IPV6}
_FLAGS = tuple("".join(letter for bit, letter in enumerate("FSRP.UEW") if flags >> bit & 1) for flags in range(256))


def _draft_class() -> type[Any]:
    """A twin of Packet that is not frozen: its constructor takes a fifth of the time."""
    told = [(f.name, object, field(default=f.default) if f.default is not MISSING else field()) for f in fields(Packet)]
    return make_dataclass("Draft", told, slots=True, eq=False)


_Draft = _draft_class()


def _made(*values: object) -> Packet:
    """A Packet of these fields in their order. 100,000 of them are made per capture point."""
    packet = _Draft(*values)
    packet.__class__ = Packet
    return packet  # type: ignore[no-any-return]


class Undecoded(ValueError):
    """A frame that cannot be read; the text says why."""


class Decoder:
    """Decodes the frames of one file. Flows and MACs are made once each: captures repeat them."""

    def __init__(self, data: bytes, names: Mapping[int, str]) -> None:
        self.data = data
        self.names = dict(names)
        self.flows: dict[tuple[int, bytes, int, bytes, int], Flow] = {}
        self.tcp_flows: dict[bytes, Flow] = {}
        self.macs: dict[bytes, str] = {}

    def packet(self, frame: Frame) -> Packet:
        """The packet in a frame. Raises Undecoded."""
        quick = _QUICK.get(frame.link)
        if quick is not None and (packet := quick(self, frame)) is not None:
            return packet
        link = _LINKS.get(frame.link)
        if link is None:
            raise Undecoded(f"link type {frame.link} is not known")
        return link(self, frame)

    def mac(self, raw: bytes) -> str:
        """`02:00:00:00:00:01`."""
        text = self.macs.get(raw)
        if text is None:
            text = self.macs[raw] = raw.hex(":")
        return text

    def flow(self, protocol: int, src: bytes, sport: int, dst: bytes, dport: int) -> Flow | None:
        """The flow of these raw fields; None for a protocol that has no flow."""
        key = (protocol, src, sport, dst, dport)
        found = self.flows.get(key)
        if found is None and protocol in _PROTOCOLS:
            kind = IPv4Address if len(src) == 4 else IPv6Address
            found = Flow(_PROTOCOLS[protocol], kind(src), sport or None, kind(dst), dport or None)
            self.flows[key] = found
        return found

    # --- the common case at once: IPv4 without options, TCP, not a fragment ---

    def quick_ethernet(self, frame: Frame) -> Packet | None:
        time, at, end, _, _, interface, outgoing = frame
        if end < at + 54:
            return None
        (
            to, source, kind, version, total, ip_id, place, ttl, protocol, key, seq, ack, offset, flags
        ) = _QUICK_ETHERNET(self.data, at)  # fmt: skip
        if kind != _IPV4 or version != 0x45 or protocol != 6 or place & 0x3FFF or not total:
            return None
        macs, head = self.macs, offset >> 4 << 2
        return _made(
            time, interface, outgoing, self.tcp_flows.get(key) or self.tcp_flow(key), total, ttl, ip_id,
            _FLAGS[flags], seq, ack, total - 20 - head if total > 20 + head else 0,
            self.mss(at + 54, min(at + 34 + head, end)) if flags & 2 else None,
            place == 0x4000, False, None, None, None, None, None,
            macs.get(source) or self.mac(source), macs.get(to) or self.mac(to),
        )  # fmt: skip

    def quick_cooked2(self, frame: Frame) -> Packet | None:
        time, at, end, _, _, _, _ = frame
        if end < at + 60:
            return None
        (
            kind, index, _, way, size, address,
            version, total, ip_id, place, ttl, protocol, key, seq, ack, offset, flags,
        ) = _QUICK_SLL2(self.data, at)  # fmt: skip
        if kind != _IPV4 or version != 0x45 or protocol != 6 or place & 0x3FFF or not total or index not in self.names:
            return None
        if way == _OTHERS:
            return None
        head = offset >> 4 << 2
        return _made(
            time, self.names[index], way == 4, self.tcp_flows.get(key) or self.tcp_flow(key), total, ttl, ip_id,
            _FLAGS[flags], seq, ack, total - 20 - head if total > 20 + head else 0,
            self.mss(at + 60, min(at + 40 + head, end)) if flags & 2 else None,
            place == 0x4000, False, None, None, None, None, None,
            self.mac(address[:6]) if size == 6 else None, None,
        )  # fmt: skip

    def tcp_flow(self, key: bytes) -> Flow | None:
        """The flow of twelve bytes: both addresses, both ports."""
        flow = self.flow(6, key[:4], _U16(key, 8)[0], key[4:8], _U16(key, 10)[0])
        if flow is not None:
            self.tcp_flows[key] = flow
        return flow

    # --- links ---

    def ethernet(self, frame: Frame) -> Packet:
        at = frame.start
        if frame.end < at + 14:
            raise Undecoded("it ends in its Ethernet header")
        macs = (self.mac(self.data[at + 6 : at + 12]), self.mac(self.data[at : at + 6]))
        return self.network(_U16(self.data, at + 12)[0], at + 14, frame, frame.interface, frame.outgoing, macs)

    def cooked(self, frame: Frame) -> Packet:
        if frame.end < frame.start + 16:
            raise Undecoded("it ends in its cooked header")
        kind, _, size, address, protocol = _SLL(self.data, frame.start)
        macs = (self.mac(address[:6]) if size == 6 else None, None)
        packet = self.network(protocol, frame.start + 16, frame, frame.interface, kind == 4, macs)
        return replace(packet, overheard=True) if kind == _OTHERS else packet

    def cooked2(self, frame: Frame) -> Packet:
        if frame.end < frame.start + 20:
            raise Undecoded("it ends in its cooked header")
        protocol, index, _, kind, size, address = _SLL2(self.data, frame.start)
        name = self.names.get(index)
        if name is None:
            name = self.names[index] = f"#{index}"
        macs = (self.mac(address[:6]) if size == 6 else None, None)
        packet = self.network(protocol, frame.start + 20, frame, name, kind == 4, macs)
        return replace(packet, overheard=True) if kind == _OTHERS else packet

    def raw(self, frame: Frame) -> Packet:
        if frame.end <= frame.start:
            raise Undecoded("it is empty")
        kind = _IPV4 if self.data[frame.start] >> 4 == 4 else _IPV6
        return self.network(kind, frame.start, frame, frame.interface, frame.outgoing, (None, None))

    def loopback(self, frame: Frame) -> Packet:
        if frame.end < frame.start + 4:
            raise Undecoded("it ends in its loopback header")
        word = self.data[frame.start : frame.start + 4]
        family = max(word[0], word[3])  # in the byte order of the machine that captured it
        kind = _FAMILIES.get(family, 0)
        return self.network(kind, frame.start + 4, frame, frame.interface, frame.outgoing, (None, None))

    def ppp(self, frame: Frame) -> Packet:
        at = frame.start + (2 if self.data[frame.start : frame.start + 2] == b"\xff\x03" else 0)
        if frame.end < at + 2:
            raise Undecoded("it ends in its PPP header")
        kind = {0x0021: _IPV4, 0x0057: _IPV6}.get(_U16(self.data, at)[0], 0)
        return self.network(kind, at + 2, frame, frame.interface, frame.outgoing, (None, None))

    # --- network ---

    def network(
        self,
        kind: int,
        at: int,
        frame: Frame,
        interface: str | None,
        outgoing: bool | None,
        macs: tuple[str | None, str | None],
    ) -> Packet:
        """What the link's header announced."""
        while kind in _VLANS and frame.end >= at + 4:
            kind, at = _U16(self.data, at + 2)[0], at + 4
        if kind == 0x8864 and frame.end >= at + 8:  # PPPoE session
            kind, at = {0x0021: _IPV4, 0x0057: _IPV6}.get(_U16(self.data, at + 6)[0], 0), at + 8
        if kind == _IPV4:
            return self.ipv4(at, frame, interface, outgoing, macs)
        if kind == _IPV6:
            return self.ipv6(at, frame, interface, outgoing, macs)
        if kind == _ARP:
            return self.arp(at, frame, interface, outgoing, macs)
        raise Undecoded(f"it carries protocol 0x{kind:04x}")

    def ipv4(
        self,
        at: int,
        frame: Frame,
        interface: str | None,
        outgoing: bool | None,
        macs: tuple[str | None, str | None],
    ) -> Packet:
        if frame.end < at + 20:
            raise Undecoded("it ends in its IPv4 header")
        version, total, ip_id, place, ttl, protocol, src, dst = _IP4(self.data, at)
        head = (version & 15) * 4
        if version >> 4 != 4 or head < 20:
            raise Undecoded("its IPv4 header is damaged")
        total = total or frame.length - (at - frame.start)  # 0 = the network card cut it later
        common = (frame.time, interface, outgoing, total, ttl, ip_id, bool(place & 0x4000), bool(place & 0x3FFF), macs)
        body = at + head
        if place & 0x1FFF:  # a later fragment has no ports
            return _bare(common, self.flow(protocol, src, 0, dst, 0))
        return self.transport(protocol, body, min(frame.end, at + total), at + total - body, src, dst, common)

    def ipv6(
        self,
        at: int,
        frame: Frame,
        interface: str | None,
        outgoing: bool | None,
        macs: tuple[str | None, str | None],
    ) -> Packet:
        data = self.data
        if frame.end < at + 40:
            raise Undecoded("it ends in its IPv6 header")
        if data[at] >> 4 != 6:
            raise Undecoded("its IPv6 header is damaged")
        size, protocol, ttl, src, dst = _IP6(data, at)
        body, last = at + 40, at + 40 + (size or frame.length - (at - frame.start) - 40)
        ip_id, fragment, later = None, False, False
        while (protocol in _SKIPPED or protocol in (44, 51)) and frame.end >= body + 8:
            following = data[body]
            if protocol == 44:
                place, ip_id = _U16(data, body + 2)[0], _U32(data, body + 4)[0]
                fragment, later = bool(place & 0xFFF9), bool(place & 0xFFF8)
                body += 8
            else:
                body += (data[body + 1] + 2) * 4 if protocol == 51 else (data[body + 1] + 1) * 8
            protocol = following
            if later:
                break
        common = (frame.time, interface, outgoing, last - at, ttl, ip_id, True, fragment, macs)
        if later:
            return _bare(common, self.flow(protocol, src, 0, dst, 0))
        return self.transport(protocol, body, min(frame.end, last), last - body, src, dst, common)

    # --- transport ---

    def transport(self, protocol: int, at: int, end: int, size: int, src: bytes, dst: bytes, common: _Common) -> Packet:
        """`size` is what the packet says of itself, `end` is where the capture stops."""
        if protocol == 6:
            return self.tcp(at, end, size, src, dst, common)
        if protocol == 17:
            ports = (_U16(self.data, at)[0], _U16(self.data, at + 2)[0]) if end >= at + 4 else (0, 0)
            return _bare(common, self.flow(17, src, ports[0], dst, ports[1]), max(size - 8, 0))
        if protocol == 1:
            return self.icmp(at, end, size, src, dst, common)
        if protocol == 58:
            return self.icmp6(at, end, size, src, dst, common)
        return _bare(common, None, max(size, 0))

    def tcp(self, at: int, end: int, size: int, src: bytes, dst: bytes, common: _Common) -> Packet:
        data = self.data
        if end < at + 14:
            ports = (_U16(data, at)[0], _U16(data, at + 2)[0]) if end >= at + 4 else (0, 0)
            return _bare(common, self.flow(6, src, ports[0], dst, ports[1]))
        sport, dport, seq, ack, offset, flags = _TCP(data, at)
        head = offset >> 4 << 2
        key = (6, src, sport, dst, dport)
        flow = self.flows.get(key) or self.flow(*key)
        time, interface, outgoing, length, ttl, ip_id, whole, fragment, macs = common
        return _made(
            time, interface, outgoing, flow, length, ttl, ip_id, _FLAGS[flags], seq, ack,
            size - head if size > head else 0,
            self.mss(at + 20, min(at + head, end)) if flags & 2 else None,
            whole, fragment, None, None, None, None, None, *macs,
        )  # fmt: skip

    def mss(self, at: int, end: int) -> int | None:
        """The largest segment that the sender of a SYN wants."""
        data = self.data
        while at + 1 < end and data[at] != 0:
            if data[at] == 1:
                at += 1
            elif data[at] == 2 and at + 4 <= end:
                return int(_U16(data, at + 2)[0])
            else:
                at += max(data[at + 1], 2)
        return None

    def icmp(self, at: int, end: int, size: int, src: bytes, dst: bytes, common: _Common) -> Packet:
        flow = self.flow(1, src, 0, dst, 0)
        if end < at + 2:
            return _bare(common, flow)
        kind, code = self.data[at], self.data[at + 1]
        rest = _U32(self.data, at + 4)[0] if end >= at + 8 else 0
        quoted = self.quoted(at + 8, end) if kind in _ERRORS4 else None
        mtu = (rest & 0xFFFF) or None if (kind, code) == (3, 4) else None
        echo = rest >> 16 if kind in (0, 8) else None
        return _control(common, flow, (kind, code), mtu, echo, quoted, None, size - 8)

    def icmp6(self, at: int, end: int, size: int, src: bytes, dst: bytes, common: _Common) -> Packet:
        flow = self.flow(58, src, 0, dst, 0)
        if end < at + 2:
            return _bare(common, flow)
        kind, code = self.data[at], self.data[at + 1]
        rest = _U32(self.data, at + 4)[0] if end >= at + 8 else 0
        quoted = self.quoted(at + 8, end) if kind in _ERRORS6 else None
        echo = rest >> 16 if kind in (128, 129) else None
        asked = self.discovery(kind, at, end, src) if kind in (135, 136) else None
        return _control(common, flow, (kind, code), rest if kind == 2 else None, echo, quoted, asked, size - 8)

    def discovery(self, kind: int, at: int, end: int, src: bytes) -> str | None:
        """Neighbour discovery in the words of ARP."""
        if end < at + 24:
            return None
        target = IPv6Address(self.data[at + 8 : at + 24])
        if kind == 135:
            return f"request who-has {target} tell {IPv6Address(src)}"
        option = self.data[at + 24 : min(at + 32, end)]
        owner = self.mac(option[2:8]) if len(option) == 8 and option[0] == 2 else "?"
        return f"reply {target} is-at {owner}"

    def quoted(self, at: int, end: int) -> Flow | None:
        """The flow of the packet that an error complains about."""
        data = self.data
        if end >= at + 20 and data[at] >> 4 == 4:
            _, _, _, place, _, protocol, src, dst = _IP4(data, at)
            body = at + (data[at] & 15) * 4
            return self._inner(protocol, src, dst, body, end, bool(place & 0x1FFF))
        if end >= at + 40 and data[at] >> 4 == 6:
            _, protocol, _, src, dst = _IP6(data, at)
            body = at + 40
            while protocol in _SKIPPED | {44} and end >= body + 8:
                protocol, body = data[body], body + (8 if protocol == 44 else (data[body + 1] + 1) * 8)
            return self._inner(protocol, src, dst, body, end, False)
        return None

    def _inner(self, protocol: int, src: bytes, dst: bytes, body: int, end: int, later: bool) -> Flow | None:
        if protocol in (6, 17) and not later and end >= body + 4:
            return self.flow(protocol, src, _U16(self.data, body)[0], dst, _U16(self.data, body + 2)[0])
        return self.flow(protocol, src, 0, dst, 0)

    def arp(
        self,
        at: int,
        frame: Frame,
        interface: str | None,
        outgoing: bool | None,
        macs: tuple[str | None, str | None],
    ) -> Packet:
        data = self.data
        if frame.end < at + 28 or data[at + 4] != 6 or data[at + 5] != 4:
            raise Undecoded("its ARP is not about Ethernet and IPv4, or it is cut")
        owner, sender = self.mac(data[at + 8 : at + 14]), IPv4Address(data[at + 14 : at + 18])
        target = IPv4Address(data[at + 24 : at + 28])
        asks = _U16(data, at + 6)[0] == 1
        text = f"request who-has {target} tell {sender}" if asks else f"reply {sender} is-at {owner}"
        length = frame.length - (at - frame.start)
        return Packet(
            frame.time, interface, outgoing, None, length, arp=text,
            source_mac=macs[0] or owner, destination_mac=macs[1],
        )  # fmt: skip


_Common = tuple[float, str | None, bool | None, int, int | None, int | None, bool, bool, tuple[str | None, str | None]]


def _bare(common: _Common, flow: Flow | None, payload: int = 0) -> Packet:
    """A packet of which only addresses and ports are known."""
    time, interface, outgoing, length, ttl, ip_id, whole, fragment, macs = common
    return _made(
        time, interface, outgoing, flow, length, ttl, ip_id, "", None, None, payload, None, whole, fragment,
        None, None, None, None, None, *macs,
    )  # fmt: skip


def _control(
    common: _Common,
    flow: Flow | None,
    kind: tuple[int, int],
    mtu: int | None,
    echo: int | None,
    quoted: Flow | None,
    asked: str | None,
    payload: int,
) -> Packet:
    time, interface, outgoing, length, ttl, ip_id, whole, fragment, macs = common
    return _made(
        time, interface, outgoing, flow, length, ttl, ip_id, "", None, None, max(payload, 0), None, whole, fragment,
        kind, mtu, echo, quoted, asked, *macs,
    )  # fmt: skip


_LINKS = {
    1: Decoder.ethernet, 113: Decoder.cooked, 276: Decoder.cooked2, 101: Decoder.raw, 12: Decoder.raw, 14: Decoder.raw,
    228: Decoder.raw, 229: Decoder.raw, 0: Decoder.loopback, 108: Decoder.loopback, 9: Decoder.ppp, 50: Decoder.ppp,
}  # fmt: skip
_QUICK = {1: Decoder.quick_ethernet, 276: Decoder.quick_cooked2}
