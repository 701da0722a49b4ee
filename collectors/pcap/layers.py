"""Network and transport headers of a captured packet: IPv4, IPv6, TCP, UDP, ICMP errors, ARP,
discovery."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from ipaddress import IPv4Address, IPv6Address

from collectors.model.flow import Flow
from collectors.model.records import Packet
from collectors.pcap.making import (
    ARP,
    ERRORS4,
    ERRORS6,
    FLAGS,
    IP4,
    IP6,
    IPV4,
    IPV6,
    LABELS,
    PROTOCOLS,
    SKIPPED,
    SMALLEST_TYPE,
    SNAP,
    TCP,
    U16,
    U32,
    VLANS,
    Common,
    Frame,
    Undecoded,
    bare,
    control,
    made,
)
from collectors.pcap.tunnels import ETHERNET, Content, in_ip, in_udp

DEEPEST = 4  # tunnels in tunnels


class Layers:
    """Decodes network and transport headers. Flows and MACs are made once each: captures repeat
    them."""

    def __init__(self, data: bytes, names: Mapping[int, str]) -> None:
        self.data = data
        self.names = dict(names)
        self.flows: dict[tuple[int, bytes, int, bytes, int], Flow] = {}
        self.tcp_flows: dict[bytes, Flow] = {}
        self.macs: dict[bytes, str] = {}
        self.depth = 0  # tunnels around what is being decoded

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
        if found is None and protocol in PROTOCOLS:
            kind = IPv4Address if len(src) == 4 else IPv6Address
            found = Flow(PROTOCOLS[protocol], kind(src), sport or None, kind(dst), dport or None)
            self.flows[key] = found
        return found

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
        while kind in VLANS and frame.end >= at + 4:
            kind, at = U16(self.data, at + 2)[0], at + 4
        if kind == 0x8864 and frame.end >= at + 8:  # PPPoE session
            kind, at = {0x0021: IPV4, 0x0057: IPV6}.get(U16(self.data, at + 6)[0], 0), at + 8
        if kind == IPV4:
            return self.ipv4(at, frame, interface, outgoing, macs)
        if kind == IPV6:
            return self.ipv6(at, frame, interface, outgoing, macs)
        if kind == ARP:
            return self.arp(at, frame, interface, outgoing, macs)
        if kind < SMALLEST_TYPE and self.data[at : at + 6] in SNAP and frame.end >= at + 8:
            return self.network(U16(self.data, at + 6)[0], at + 8, frame, interface, outgoing, macs)
        if kind in LABELS:
            return self.labelled(at, frame, interface, outgoing, macs)
        return Packet(
            frame.time, interface, outgoing, None, frame.length - (at - frame.start),
            source_mac=macs[0], destination_mac=macs[1],
        )  # fmt: skip

    def labelled(
        self,
        at: int,
        frame: Frame,
        interface: str | None,
        outgoing: bool | None,
        macs: tuple[str | None, str | None],
    ) -> Packet:
        """Behind MPLS labels; the last one says so, and what follows begins with its IP version."""
        while frame.end >= at + 4 and not self.data[at + 2] & 1:
            at += 4
        if frame.end < at + 5:
            raise Undecoded("it ends in its MPLS labels")
        kind = {4: IPV4, 6: IPV6}.get(self.data[at + 4] >> 4, 0)
        return self.network(kind, at + 4, frame, interface, outgoing, macs)

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
        version, tos, total, ip_id, place, ttl, protocol, src, dst = IP4(self.data, at)
        head = (version & 15) * 4
        if version >> 4 != 4 or head < 20:
            raise Undecoded("its IPv4 header is damaged")
        total = total or frame.length - (at - frame.start)  # 0 = the network card cut it later
        whole, fragment = bool(place & 0x4000), bool(place & 0x3FFF)
        common = (frame.time, interface, outgoing, total, ttl, ip_id, whole, fragment, macs, tos)
        body = at + head
        if place & 0x1FFF:  # a later fragment has no ports
            return bare(common, self.flow(protocol, src, 0, dst, 0))
        return self.transport(
            protocol, body, min(frame.end, at + total), at + total - body, src, dst, common
        )

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
        size, protocol, ttl, src, dst = IP6(data, at)
        body, last = at + 40, at + 40 + (size or frame.length - (at - frame.start) - 40)
        ip_id, fragment, later = None, False, False
        while (protocol in SKIPPED or protocol in (44, 51)) and frame.end >= body + 8:
            following = data[body]
            if protocol == 44:
                place, ip_id = U16(data, body + 2)[0], U32(data, body + 4)[0]
                fragment, later = bool(place & 0xFFF9), bool(place & 0xFFF8)
                body += 8
            else:
                body += (data[body + 1] + 2) * 4 if protocol == 51 else (data[body + 1] + 1) * 8
            protocol = following
            if later:
                break
        tos = U16(data, at)[0] >> 4 & 0xFF
        common = (frame.time, interface, outgoing, last - at, ttl, ip_id, True, fragment, macs, tos)
        if later:
            return bare(common, self.flow(protocol, src, 0, dst, 0))
        return self.transport(protocol, body, min(frame.end, last), last - body, src, dst, common)

    # --- transport ---

    def transport(
        self, protocol: int, at: int, end: int, size: int, src: bytes, dst: bytes, common: Common
    ) -> Packet:
        """`size` is what the packet says of itself, `end` is where the capture stops."""
        if protocol == 6:
            return self.tcp(at, end, size, src, dst, common)
        if protocol == 17:
            ports = (U16(self.data, at)[0], U16(self.data, at + 2)[0]) if end >= at + 4 else (0, 0)
            packet = bare(common, self.flow(17, src, ports[0], dst, ports[1]), max(size - 8, 0))
            return self.opened(packet, in_udp(self.data, at, end, ports[1]), at + size, end)
        if protocol == 1:
            return self.icmp(at, end, size, src, dst, common)
        if protocol == 58:
            return self.icmp6(at, end, size, src, dst, common)
        content = in_ip(self.data, protocol, at, end, 4 if len(src) == 4 else 6)
        return self.opened(
            bare(common, self.flow(protocol, src, 0, dst, 0), max(size, 0)), content, at + size, end
        )

    def opened(self, outer: Packet, content: Content | None, last: int, end: int) -> Packet:
        """The packet, and where it is a tunnel's what it carries; tunnels in tunnels to a bounded
        depth."""
        if content is None or outer.fragment or self.depth >= DEEPEST:
            return outer
        self.depth += 1
        try:
            inner = self.carried(outer, content, last, end)
        except Undecoded:
            return outer
        finally:
            self.depth -= 1
        return replace(outer, inside=inner, tunnel=content.words)

    def carried(self, outer: Packet, content: Content, last: int, end: int) -> Packet:
        kind, at = content.kind, content.at
        if kind == ETHERNET:
            if end < at + 14:
                raise Undecoded("it ends in the Ethernet header that its tunnel carries")
            kind, at = U16(self.data, at + 12)[0], at + 14
        frame = Frame(outer.time, at, end, last - at, 0)
        macs = (outer.source_mac, outer.destination_mac)
        return self.network(kind, at, frame, outer.interface, outer.outgoing, macs)

    def tcp(self, at: int, end: int, size: int, src: bytes, dst: bytes, common: Common) -> Packet:
        data = self.data
        if end < at + 14:
            ports = (U16(data, at)[0], U16(data, at + 2)[0]) if end >= at + 4 else (0, 0)
            return bare(common, self.flow(6, src, ports[0], dst, ports[1]))
        sport, dport, seq, ack, offset, flags = TCP(data, at)
        head = offset >> 4 << 2
        key = (6, src, sport, dst, dport)
        flow = self.flows.get(key) or self.flow(*key)
        time, interface, outgoing, length, ttl, ip_id, whole, fragment, macs, tos = common
        return made(
            time, interface, outgoing, flow, length, ttl, ip_id, FLAGS[flags], seq, ack,
            size - head if size > head else 0,
            self.mss(at + 20, min(at + head, end)) if flags & 2 else None,
            whole, fragment, None, None, None, None, None, *macs, tos,
        )  # fmt: skip

    def mss(self, at: int, end: int) -> int | None:
        """The largest segment that the sender of a SYN wants."""
        data = self.data
        while at + 1 < end and data[at] != 0:
            if data[at] == 1:
                at += 1
            elif data[at] == 2 and at + 4 <= end:
                return int(U16(data, at + 2)[0])
            else:
                at += max(data[at + 1], 2)
        return None

    def icmp(self, at: int, end: int, size: int, src: bytes, dst: bytes, common: Common) -> Packet:
        flow = self.flow(1, src, 0, dst, 0)
        if end < at + 2:
            return bare(common, flow)
        kind, code = self.data[at], self.data[at + 1]
        rest = U32(self.data, at + 4)[0] if end >= at + 8 else 0
        quoted = self.quoted(at + 8, end) if kind in ERRORS4 else None
        mtu = (rest & 0xFFFF) or None if (kind, code) == (3, 4) else None
        echo = rest >> 16 if kind in (0, 8) else None
        return control(common, flow, (kind, code), mtu, echo, quoted, None, size - 8)

    def icmp6(self, at: int, end: int, size: int, src: bytes, dst: bytes, common: Common) -> Packet:
        flow = self.flow(58, src, 0, dst, 0)
        if end < at + 2:
            return bare(common, flow)
        kind, code = self.data[at], self.data[at + 1]
        rest = U32(self.data, at + 4)[0] if end >= at + 8 else 0
        quoted = self.quoted(at + 8, end) if kind in ERRORS6 else None
        echo = rest >> 16 if kind in (128, 129) else None
        asked = self.discovery(kind, at, end, src) if kind in (135, 136) else None
        return control(
            common, flow, (kind, code), rest if kind == 2 else None, echo, quoted, asked, size - 8
        )

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
            _, _, _, _, place, _, protocol, src, dst = IP4(data, at)
            body = at + (data[at] & 15) * 4
            return self._inner(protocol, src, dst, body, end, bool(place & 0x1FFF))
        if end >= at + 40 and data[at] >> 4 == 6:
            _, protocol, _, src, dst = IP6(data, at)
            body = at + 40
            while protocol in SKIPPED | {44} and end >= body + 8:
                protocol, body = (
                    data[body],
                    body + (8 if protocol == 44 else (data[body + 1] + 1) * 8),
                )
            return self._inner(protocol, src, dst, body, end, False)
        return None

    def _inner(
        self, protocol: int, src: bytes, dst: bytes, body: int, end: int, later: bool
    ) -> Flow | None:
        if protocol in (6, 17) and not later and end >= body + 4:
            return self.flow(
                protocol, src, U16(self.data, body)[0], dst, U16(self.data, body + 2)[0]
            )
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
        asks = U16(data, at + 6)[0] == 1
        text = (
            f"request who-has {target} tell {sender}" if asks else f"reply {sender} is-at {owner}"
        )
        length = frame.length - (at - frame.start)
        return Packet(
            frame.time, interface, outgoing, None, length, arp=text,
            source_mac=macs[0] or owner, destination_mac=macs[1],
        )  # fmt: skip
