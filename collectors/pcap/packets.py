"""What does one captured frame carry? Links of every common kind, and the common case at once."""

from __future__ import annotations

from dataclasses import replace
from struct import Struct, unpack_from

from collectors.model.flow import Flow
from collectors.model.records import Packet
from collectors.pcap.layers import Layers
from collectors.pcap.making import FAMILIES, FLAGS, IPV4, IPV6, OTHERS, U16, Frame, Undecoded, made

__all__ = ["Decoder", "Undecoded"]

_SLL2 = Struct(">HxxIHBB8s").unpack_from
_SLL = Struct(">HHH8sH").unpack_from
# link header, IPv4 without options, TCP: addresses and ports lie side by side and make one key
_QUICK_ETHERNET = Struct(">6s6sHBBHHHBB2x12sIIBB").unpack_from
_QUICK_SLL2 = Struct(">HxxIHBB8sBBHHHBB2x12sIIBB").unpack_from

PAYLOAD = 9  # NFULA_PAYLOAD: the attribute of NFLOG that holds the packet


class Decoder(Layers):
    """Decodes the frames of one file."""

    def packet(self, frame: Frame) -> Packet:
        """The packet in a frame. Raises Undecoded."""
        quick = _QUICK.get(frame.link)
        if quick is not None and (packet := quick(self, frame)) is not None:
            return packet
        link = _LINKS.get(frame.link)
        if link is None:
            raise Undecoded(f"link type {frame.link} is not known")
        return link(self, frame)

    # --- the common case at once: IPv4 without options, TCP, not a fragment ---

    def quick_ethernet(self, frame: Frame) -> Packet | None:
        time, at, end, _, _, interface, outgoing = frame
        if end < at + 54:
            return None
        (
            to, source, kind, version, tos, total, ip_id, place, ttl, protocol, key, seq, ack, offset, flags
        ) = _QUICK_ETHERNET(self.data, at)  # fmt: skip
        if kind != IPV4 or version != 0x45 or protocol != 6 or place & 0x3FFF or not total:
            return None
        macs, head = self.macs, offset >> 4 << 2
        return made(
            time, interface, outgoing, self.tcp_flows.get(key) or self.tcp_flow(key), total, ttl, ip_id,
            FLAGS[flags], seq, ack, total - 20 - head if total > 20 + head else 0,
            self.mss(at + 54, min(at + 34 + head, end)) if flags & 2 else None,
            place == 0x4000, False, None, None, None, None, None,
            macs.get(source) or self.mac(source), macs.get(to) or self.mac(to), tos,
        )  # fmt: skip

    def quick_cooked2(self, frame: Frame) -> Packet | None:
        time, at, end, _, _, _, _ = frame
        if end < at + 60:
            return None
        (
            kind, index, _, way, size, address,
            version, tos, total, ip_id, place, ttl, protocol, key, seq, ack, offset, flags,
        ) = _QUICK_SLL2(self.data, at)  # fmt: skip
        if (
            kind != IPV4
            or version != 0x45
            or protocol != 6
            or place & 0x3FFF
            or not total
            or index not in self.names
        ):
            return None
        if way == OTHERS:
            return None
        head = offset >> 4 << 2
        return made(
            time, self.names[index], way == 4, self.tcp_flows.get(key) or self.tcp_flow(key), total, ttl, ip_id,
            FLAGS[flags], seq, ack, total - 20 - head if total > 20 + head else 0,
            self.mss(at + 60, min(at + 40 + head, end)) if flags & 2 else None,
            place == 0x4000, False, None, None, None, None, None,
            self.mac(address[:6]) if size == 6 else None, None, tos,
        )  # fmt: skip

    def tcp_flow(self, key: bytes) -> Flow | None:
        """The flow of twelve bytes: both addresses, both ports."""
        flow = self.flow(6, key[:4], U16(key, 8)[0], key[4:8], U16(key, 10)[0])
        if flow is not None:
            self.tcp_flows[key] = flow
        return flow

    # --- links ---

    def ethernet(self, frame: Frame) -> Packet:
        at = frame.start
        if frame.end < at + 14:
            raise Undecoded("it ends in its Ethernet header")
        macs = (self.mac(self.data[at + 6 : at + 12]), self.mac(self.data[at : at + 6]))
        return self.network(
            U16(self.data, at + 12)[0], at + 14, frame, frame.interface, frame.outgoing, macs
        )

    def cooked(self, frame: Frame) -> Packet:
        if frame.end < frame.start + 16:
            raise Undecoded("it ends in its cooked header")
        kind, _, size, address, protocol = _SLL(self.data, frame.start)
        macs = (self.mac(address[:6]) if size == 6 else None, None)
        packet = self.network(protocol, frame.start + 16, frame, frame.interface, kind == 4, macs)
        return replace(packet, overheard=True) if kind == OTHERS else packet

    def cooked2(self, frame: Frame) -> Packet:
        if frame.end < frame.start + 20:
            raise Undecoded("it ends in its cooked header")
        protocol, index, _, kind, size, address = _SLL2(self.data, frame.start)
        name = self.names.get(index)
        if name is None:
            name = self.names[index] = f"#{index}"
        macs = (self.mac(address[:6]) if size == 6 else None, None)
        packet = self.network(protocol, frame.start + 20, frame, name, kind == 4, macs)
        return replace(packet, overheard=True) if kind == OTHERS else packet

    def raw(self, frame: Frame) -> Packet:
        if frame.end <= frame.start:
            raise Undecoded("it is empty")
        kind = IPV4 if self.data[frame.start] >> 4 == 4 else IPV6
        return self.network(kind, frame.start, frame, frame.interface, frame.outgoing, (None, None))

    def loopback(self, frame: Frame) -> Packet:
        if frame.end < frame.start + 4:
            raise Undecoded("it ends in its loopback header")
        word = self.data[frame.start : frame.start + 4]
        family = max(word[0], word[3])  # in the byte order of the machine that captured it
        kind = FAMILIES.get(family, 0)
        return self.network(
            kind, frame.start + 4, frame, frame.interface, frame.outgoing, (None, None)
        )

    def ppp(self, frame: Frame) -> Packet:
        at = frame.start + (2 if self.data[frame.start : frame.start + 2] == b"\xff\x03" else 0)
        if frame.end < at + 2:
            raise Undecoded("it ends in its PPP header")
        kind = {0x0021: IPV4, 0x0057: IPV6}.get(U16(self.data, at)[0], 0)
        return self.network(kind, at + 2, frame, frame.interface, frame.outgoing, (None, None))

    def nflog(self, frame: Frame) -> Packet:
        """What a firewall's rule hands to programs: attributes, one of which is the packet."""
        at, end = frame.start + 4, frame.end
        # by the first attribute, which is short
        order = ">" if self.data[at : at + 1] == b"\0" else "<"
        while end >= at + 4:
            size, kind = unpack_from(f"{order}HH", self.data, at)
            if kind & 0x7FFF == PAYLOAD and size > 4:
                inner = frame._replace(start=at + 4, end=min(at + size, end), length=size - 4)
                return self.raw(inner)
            at += max(size + -size % 4, 4)
        raise Undecoded("it holds no packet")

    def hdlc(self, frame: Frame) -> Packet:
        if frame.end < frame.start + 4:
            raise Undecoded("it ends in its HDLC header")
        kind = U16(self.data, frame.start + 2)[0]
        return self.network(
            kind, frame.start + 4, frame, frame.interface, frame.outgoing, (None, None)
        )


_LINKS = {
    1: Decoder.ethernet, 113: Decoder.cooked, 276: Decoder.cooked2, 101: Decoder.raw, 12: Decoder.raw, 14: Decoder.raw,
    228: Decoder.raw, 229: Decoder.raw, 0: Decoder.loopback, 108: Decoder.loopback, 104: Decoder.hdlc,
    9: Decoder.ppp, 50: Decoder.ppp, 239: Decoder.nflog,
}  # fmt: skip
_QUICK = {1: Decoder.quick_ethernet, 276: Decoder.quick_cooked2}
