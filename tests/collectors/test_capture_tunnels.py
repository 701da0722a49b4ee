"""Captures of tunnels: the packet inside, and the one around it."""

from __future__ import annotations

import struct

import pytest

from collectors.model.evidence import Evidence, Query, QueryParams, Question, Status
from collectors.model.flow import Flow
from collectors.pcap.capture import read_pcap
from collectors.playbook.capturing import meaning
from tests.collectors.frames import (
    FORWARD,
    IP,
    ethernet,
    ipv4,
    ipv6,
    only,
    pcap,
    tcp,
    udp,
    vxlan,
)

SIX_IP = ipv6(tcp(payload=b"hello"))
OUTER = Flow.parse("udp 192.0.2.20:5000 > 203.0.113.10:4789")
TUNNELS = {
    "IPIP": ipv4(IP, 4),
    "6in4": ipv4(SIX_IP, 41),
    "GRE": ipv4(struct.pack(">HH", 0, 0x0800) + IP, 47),
    "GRE key 7": ipv4(struct.pack(">HHII", 0x3000, 0x0800, 7, 1) + IP, 47),
    "GRE key 9": ipv4(struct.pack(">HHII", 0xA000, 0x6558, 0, 9) + ethernet(IP), 47),
    "PPTP 12": ipv4(
        struct.pack(">HHHHI", 0x3001, 0x880B, len(IP) + 4, 12, 1) + b"\xff\x03\x00\x21" + IP, 47
    ),
    "ERSPAN": ipv4(struct.pack(">HH", 0, 0x88BE) + ethernet(IP), 47),
    "ERSPAN 5": ipv4(struct.pack(">HHIHHI", 0x1000, 0x88BE, 1, 0x1001, 5, 0) + ethernet(IP), 47),
    "ERSPAN 6": ipv4(
        struct.pack(">HHIHHIHH", 0x1000, 0x22EB, 1, 0x2001, 6, 0, 0, 1) + b"\0" * 8 + ethernet(IP),
        47,
    ),
    "VXLAN 42": ipv4(udp(vxlan(ethernet(IP)), 4789), 17),
    "VXLAN 43": ipv4(udp(vxlan(ethernet(IP), 43), 5555), 17),
    "Geneve 44": ipv4(
        udp(struct.pack(">BBHII", 1, 0, 0x6558, 44 << 8, 0) + ethernet(IP), 6081), 17
    ),
    "Geneve 45": ipv4(udp(struct.pack(">BBHI", 0, 0, 0x0800, 45 << 8) + IP, 6081), 17),
    "IP in IPv6": ipv6(IP, 4),
}


@pytest.mark.parametrize("name", TUNNELS)
def test_every_tunnel_carries_the_same_packet(name: str) -> None:
    frame = TUNNELS[name]
    packet = only(pcap(ethernet(frame, 0x86DD if frame[0] >> 4 == 6 else 0x0800)))
    six = name == "6in4"
    assert packet.tunnel == name and packet.inside is not None
    assert str(packet.inside.flow).endswith(
        ":43122 > [2001:db8::2]:443" if six else ":43122 > 203.0.113.10:443"
    )
    assert (packet.inside.payload, packet.inside.length) == (5, 65 if six else 45)
    assert packet.inside.source_mac == packet.source_mac


def test_the_outer_packet_of_a_tunnel_stays_what_it_is() -> None:
    packet = only(pcap(ethernet(TUNNELS["VXLAN 42"])))
    assert (packet.flow, packet.length, packet.ttl) == (OUTER, 20 + 8 + 8 + 14 + 45, 63)


@pytest.mark.parametrize(
    "body", [b"\x08\0\0\0" + b"\0" * 30, b"\x08\0\0\0\0\0\x2a\0" + b"\0" * 12 + b"\x08\x01" + IP]
)
def test_a_datagram_that_only_begins_like_a_tunnel_carries_nothing(body: bytes) -> None:
    assert only(pcap(ethernet(ipv4(udp(body, 5555), 17)))).inside is None


def test_tunnels_in_tunnels_are_opened_to_a_bounded_depth() -> None:
    frame = IP
    for _ in range(9):
        frame = ipv4(frame, 4)
    assert len(only(pcap(ethernet(frame))).carried) == 4
    double = only(pcap(ethernet(ipv4(ipv4(udp(vxlan(ethernet(IP)), 4789), 17), 4))))
    assert [one.tunnel for one in (double, *double.carried)] == ["IPIP", "VXLAN 42", ""]


@pytest.mark.parametrize(
    ("frame", "link"),
    [
        (ethernet(b"\xaa\xaa\x03\0\0\0\x08\0" + IP, 8 + len(IP)), 1),
        (ethernet(struct.pack(">HH", 5, 53) + b"\xaa\xaa\x03\0\0\0\x08\0" + IP, 0x8100), 1),
        (
            struct.pack("<BBHHHHBB", 2, 0, 0, 8, 1, 8, 0, 0)
            + struct.pack("<HH", 4 + len(IP), 9)
            + IP,
            239,
        ),
        (
            struct.pack(">BBHHHHBB", 2, 0, 0, 8, 1, 8, 0, 0)
            + struct.pack(">HH", 4 + len(IP), 9)
            + IP,
            239,
        ),
    ],
)
def test_frames_with_a_length_and_logged_packets(frame: bytes, link: int) -> None:
    assert only(pcap(frame, link=link)).flow == FORWARD


def test_a_capture_below_a_tunnel_says_so() -> None:
    params = QueryParams(flow=FORWARD, flows=(FORWARD, FORWARD.reversed()))
    records = read_pcap(pcap(ethernet(TUNNELS["VXLAN 42"]))).records
    words = meaning(
        Evidence("e1", Query("r1", Question.CAPTURE, params), Status.ANSWERED, records=records)
    )
    assert "Seen inside the tunnel: VXLAN 42 (192.0.2.20 > 203.0.113.10)." in words
