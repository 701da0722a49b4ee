"""Captures: every link type, IPv4 and IPv6, errors with what they quote."""

from __future__ import annotations

import struct

import pytest

from collectors.model.flow import Flow
from collectors.pcap.capture import is_capture, read_pcap
from tests.collectors.frames import (
    DST,
    FORWARD,
    IP,
    LINKS,
    SIX_TO,
    SRC,
    ethernet,
    ipv4,
    ipv6,
    only,
    pcap,
    tcp,
)


def test_a_syn_with_its_mss() -> None:
    packet = only(pcap(ethernet(ipv4(tcp(options=bytes.fromhex("020405b4"))))))
    assert (packet.flow, packet.flags, packet.seq, packet.mss, packet.payload) == (
        FORWARD,
        "S",
        1000,
        1460,
        0,
    )
    assert (packet.ttl, packet.ip_id, packet.dont_fragment, packet.length) == (63, 77, True, 44)
    assert (packet.source_mac, packet.destination_mac) == ("02:00:00:00:00:01", "02:00:00:00:00:02")
    assert packet.time == pytest.approx(1000.0005)


@pytest.mark.parametrize(
    ("flags", "letters"),
    [(2, "S"), (18, "S."), (16, "."), (17, "F."), (4, "R"), (20, "R."), (24, "P.")],
)
def test_flags_in_tcpdumps_letters(flags: int, letters: str) -> None:
    assert only(pcap(ethernet(ipv4(tcp(flags))))).flags == letters


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("nano", [False, True])
def test_both_byte_orders_and_both_clocks(order: str, nano: bool) -> None:
    packet = only(pcap(ethernet(ipv4(tcp())), order=order, nano=nano))
    assert packet.time == pytest.approx(1000 + (500e-9 if nano else 500e-6), abs=1e-7)


@pytest.mark.parametrize("name", LINKS)
def test_every_link_type_carries_the_same_packet(name: str) -> None:
    link, frame = LINKS[name]
    packet = only(pcap(frame, link=link))
    assert (packet.flow, packet.payload, packet.length) == (FORWARD, 5, 45)


def test_cooked_captures_tell_direction_and_interface() -> None:
    out = struct.pack(">HHIHBB8s", 0x0800, 0, 7, 1, 4, 6, b"\x02\0\0\0\0\x09\0\0") + IP
    packet = only(pcap(out, link=276), {7: "eth1"})
    assert (packet.interface, packet.outgoing, packet.source_mac) == (
        "eth1",
        True,
        "02:00:00:00:00:09",
    )
    assert only(pcap(out, link=276)).interface == "#7"
    assert only(pcap(LINKS["sll"][1], link=113)).outgoing is True
    assert only(pcap(LINKS["sll2"][1], link=276)).outgoing is False


def test_an_error_quotes_the_flow_that_it_is_about() -> None:
    inner = ipv4(tcp())
    packet = only(pcap(ethernet(ipv4(struct.pack(">BBHHH", 3, 4, 0, 0, 1400) + inner, 1))))
    assert (packet.icmp, packet.icmp_mtu, packet.quoted) == ((3, 4), 1400, FORWARD)
    assert packet.flow == Flow.parse("icmp 192.0.2.20 > 203.0.113.10")


def test_an_ipv6_error_quotes_behind_extension_headers() -> None:
    inner = ipv6(struct.pack(">BBHI", 6, 0, 0, 9) + tcp(), 44)
    packet = only(pcap(ethernet(ipv6(struct.pack(">BBHI", 2, 0, 0, 1280) + inner, 58), 0x86DD)))
    assert (packet.icmp, packet.icmp_mtu) == ((2, 0), 1280)
    assert packet.quoted == Flow.parse("tcp [2001:db8::1]:43122 > [2001:db8::2]:443")


def test_echo_requests_keep_their_id() -> None:
    assert only(pcap(ethernet(ipv4(struct.pack(">BBHHH", 8, 0, 0, 4711, 1), 1)))).icmp_id == 4711
    assert (
        only(pcap(ethernet(ipv6(struct.pack(">BBHHH", 128, 0, 0, 4712, 1), 58), 0x86DD))).icmp_id
        == 4712
    )


def test_udp_and_its_payload() -> None:
    packet = only(pcap(ethernet(ipv4(struct.pack(">HHHH", 5000, 53, 12, 0) + b"abcd", 17))))
    assert (str(packet.flow), packet.payload) == ("udp 192.0.2.20:5000 > 203.0.113.10:53", 4)


def test_later_fragments_have_no_ports() -> None:
    packet = only(pcap(ethernet(ipv4(b"x" * 40, place=0x00B9))))
    assert packet.fragment and packet.flow == Flow(
        FORWARD.protocol, FORWARD.src, None, FORWARD.dst, None
    )
    later = only(pcap(ethernet(ipv6(struct.pack(">BBHI", 6, 0, 0x10, 9) + b"x" * 20, 44), 0x86DD)))
    assert later.fragment and later.flow is not None and later.flow.dport is None
    first = only(pcap(ethernet(ipv6(struct.pack(">BBHI", 6, 0, 1, 9) + tcp(), 44), 0x86DD)))
    assert first.fragment and first.flow is not None and first.flow.dport == 443


def test_ipv6_behind_options_and_authentication() -> None:
    hops = struct.pack(">BB6x", 51, 0) + struct.pack(">BB6x4x", 6, 1)
    assert (
        str(only(pcap(ethernet(ipv6(hops + tcp(), 0), 0x86DD))).flow)
        == "tcp [2001:db8::1]:43122 > [2001:db8::2]:443"
    )


def test_arp_and_neighbour_discovery_in_the_same_words() -> None:
    ask = struct.pack(">HHBBH6s4s6s4s", 1, 0x0800, 6, 4, 1, b"\x02\0\0\0\0\1", SRC, b"\0" * 6, DST)
    tell = struct.pack(
        ">HHBBH6s4s6s4s", 1, 0x0800, 6, 4, 2, b"\x02\0\0\0\0\2", DST, b"\x02\0\0\0\0\1", SRC
    )
    assert only(pcap(ethernet(ask, 0x0806))).arp == "request who-has 203.0.113.10 tell 192.0.2.20"
    assert only(pcap(ethernet(tell, 0x0806))).arp == "reply 203.0.113.10 is-at 02:00:00:00:00:02"
    solicit = struct.pack(">BBHI16s", 135, 0, 0, 0, SIX_TO)
    advert = struct.pack(">BBHI16sBB6s", 136, 0, 0, 0, SIX_TO, 2, 1, b"\x02\0\0\0\0\2")
    assert (
        only(pcap(ethernet(ipv6(solicit, 58), 0x86DD))).arp
        == "request who-has 2001:db8::2 tell 2001:db8::1"
    )
    assert (
        only(pcap(ethernet(ipv6(advert, 58), 0x86DD))).arp
        == "reply 2001:db8::2 is-at 02:00:00:00:00:02"
    )


def test_other_protocols_are_packets_without_a_flow() -> None:
    assert only(pcap(ethernet(b"\0" * 40, 0x88CC))).flow is None
    assert only(pcap(ethernet(ipv4(b"\x21\1\1\1", 112)))).flow is None


def test_a_short_snapshot_keeps_what_it_has() -> None:
    cut = ethernet(ipv4(tcp(), total=400))[:38]
    packet = only(pcap(cut))
    assert (packet.flow, packet.flags, packet.length) == (FORWARD, "", 400)
    assert only(pcap(ethernet(ipv4(b"", 17, total=300)))).flow is not None


@pytest.mark.parametrize(
    ("frame", "link", "why"),
    [
        (b"short", 1, "it ends in its Ethernet header"),
        (ethernet(b"\x45\0"), 1, "it ends in its IPv4 header"),
        (ethernet(b"\x60" + b"\0" * 10, 0x86DD), 1, "it ends in its IPv6 header"),
        (ethernet(b"\x55" + b"\0" * 40), 1, "its IPv4 header is damaged"),
        (ethernet(b"\x45" + b"\0" * 60, 0x86DD), 1, "its IPv6 header is damaged"),
        (ethernet(b"\0\0\1", 0x8847), 1, "it ends in its MPLS labels"),
        (b"\0", 104, "it ends in its HDLC header"),
        (ethernet(b"\0" * 8, 0x0806), 1, "its ARP is not about Ethernet and IPv4, or it is cut"),
        (b"\0" * 9, 113, "it ends in its cooked header"),
        (b"\0" * 9, 276, "it ends in its cooked header"),
        (b"\0", 0, "it ends in its loopback header"),
        (b"\0", 9, "it ends in its PPP header"),
        (b"", 101, "it is empty"),
        (b"x", 147, "link type 147 is not known"),
    ],
)
def test_what_cannot_be_read_is_named(frame: bytes, link: int, why: str) -> None:
    reading = read_pcap(
        pcap(frame, ethernet(ipv4(tcp())), link=link) if link == 1 else pcap(frame, link=link)
    )
    assert reading.unread == (f"packet 1: {why}",)
    assert len(reading.records) == (link == 1)


def test_many_unreadable_packets_are_counted() -> None:
    unread = read_pcap(pcap(*[b"x"] * 250)).unread
    assert len(unread) == 201 and unread[-1] == "and 50 more packets that could not be read"


def test_files_that_are_no_captures() -> None:
    assert read_pcap(b"").records == () == read_pcap(b"").unread
    assert read_pcap(b"GIF89a...").unread == ("this is not a capture file",)
    assert read_pcap(pcap()[:20]).unread == ("the capture ends in its own heading",)
    damaged = pcap() + struct.pack("<IIII", 1, 1, 0xFFFFFF, 0xFFFFFF)
    assert "damaged" in read_pcap(damaged).unread[0]
    assert is_capture(pcap()) and not is_capture(b"text")
