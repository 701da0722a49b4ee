"""Captures: every link type, IPv4 and IPv6, errors with what they quote, files that are cut or
damaged."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from ipaddress import ip_address
from pathlib import Path

import dpkt  # type: ignore[import-untyped]
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.capture import is_capture, read_pcap
from collectors.model.evidence import Evidence, Query, QueryParams, Question, Status
from collectors.model.flow import Flow
from collectors.model.records import Packet
from collectors.playbook.capturing import told

CORPUS = Path(__file__).resolve().parents[3] / "shared" / "corpora" / "pcap"
FILES = sorted(CORPUS.glob("*.pcap")) if CORPUS.is_dir() else []

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


def ipv4(body: bytes, protocol: int = 6, place: int = 0x4000, total: int | None = None) -> bytes:
    size = 20 + len(body) if total is None else total
    return struct.pack(">BBHHHBBH4s4s", 0x45, 0, size, 77, place, 63, protocol, 0, SRC, DST) + body


def ipv6(body: bytes, protocol: int = 6) -> bytes:
    return struct.pack(">IHBB16s16s", 6 << 28, len(body), protocol, 62, SIX, SIX_TO) + body


def ethernet(body: bytes, kind: int = 0x0800) -> bytes:
    return bytes.fromhex("020000000002020000000001") + struct.pack(">H", kind) + body


def only(data: bytes, names: dict[int, str] | None = None) -> Packet:
    reading = read_pcap(data, names)
    assert reading.unread == () and len(reading.records) == 1
    packet = reading.records[0]
    assert isinstance(packet, Packet)
    return packet


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


# --- pcapng ---


def block(kind: int, body: bytes, order: str = "<") -> bytes:
    body += b"\0" * (-len(body) % 4)
    return (
        struct.pack(f"{order}II", kind, len(body) + 12)
        + body
        + struct.pack(f"{order}I", len(body) + 12)
    )


def pcapng(order: str = "<") -> Iterator[bytes]:
    frame = ethernet(IP)
    padded = frame + b"\0" * (-len(frame) % 4)
    yield block(0x0A0D0D0A, struct.pack(f"{order}IHHq", 0x1A2B3C4D, 1, 0, -1), order)
    name = struct.pack(f"{order}HH4sHHB3xHH", 2, 4, b"eth7", 9, 1, 9, 0, 0)
    yield block(1, struct.pack(f"{order}HHI", 1, 0, 0) + name, order)
    ticks = 1_000_000_000_500
    flags = struct.pack(f"{order}HHIHH", 2, 4, 2, 0, 0)
    head = struct.pack(f"{order}IIIII", 0, ticks >> 32, ticks & 0xFFFFFFFF, len(frame), len(frame))
    yield block(6, head + padded + flags, order)
    yield block(3, struct.pack(f"{order}I", len(frame)) + padded, order)
    yield block(5, b"\0" * 12, order)
    yield block(
        2, struct.pack(f"{order}HHIIII", 0, 0, 0, 1, len(frame), len(frame)) + padded, order
    )


@pytest.mark.parametrize("order", ["<", ">"])
def test_pcapng_names_interfaces_and_directions(order: str) -> None:
    reading = read_pcap(b"".join(pcapng(order)))
    first, simple, obsolete = (p for p in reading.records if isinstance(p, Packet))
    assert reading.unread == ()
    assert (first.interface, first.outgoing, first.flow) == ("eth7", True, FORWARD)
    assert first.time == pytest.approx(1000.0000005)
    assert simple.flow == obsolete.flow == FORWARD


def test_a_damaged_pcapng_keeps_what_was_read() -> None:
    whole = b"".join(pcapng())
    assert "damaged" in read_pcap(whole + struct.pack("<III", 6, 7, 7)).unread[0]
    alone = next(pcapng()) + block(6, struct.pack("<IIIII", 3, 0, 0, 0, 0))
    assert read_pcap(alone).unread == ("a packet of an interface that the file does not describe",)
    assert read_pcap(next(pcapng()) + block(6, b"\0" * 8)).records == ()


# --- against what others wrote ---


@pytest.mark.skipif(not FILES, reason="the corpora are not beside this checkout")
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_corpus_reads_as_dpkt_reads_it(path: Path) -> None:
    reading = read_pcap(path.read_bytes())
    with path.open("rb") as file:
        oracle = [(time, dpkt.ethernet.Ethernet(raw)) for time, raw in dpkt.pcap.Reader(file)]
    assert reading.unread == () and len(reading.records) == len(oracle)
    for packet, (time, frame) in zip(reading.records, oracle, strict=True):
        assert isinstance(packet, Packet)
        assert packet.time == pytest.approx(time, abs=1e-6)
        agree(packet, frame.data)


def agree(packet: Packet, ip: object) -> None:
    if not isinstance(ip, (dpkt.ip.IP, dpkt.ip6.IP6)):
        return
    assert packet.flow is not None
    assert (packet.flow.src.packed, packet.flow.dst.packed) == (ip.src, ip.dst)
    if isinstance(ip.data, dpkt.tcp.TCP):
        segment = ip.data
        assert (packet.flow.sport, packet.flow.dport) == (segment.sport, segment.dport)
        assert (packet.seq, packet.ack) == (segment.seq, segment.ack)
        assert ("S" in packet.flags, "R" in packet.flags) == (
            bool(segment.flags & 2),
            bool(segment.flags & 4),
        )


def test_the_corpus_of_too_big_errors_tells_the_mtu() -> None:
    found = [path for path in FILES if path.stem == "icmp6-toobig"]
    if not found:
        pytest.skip("the corpora are not beside this checkout")
    assert only(found[0].read_bytes()).icmp_mtu == 1280


@given(st.binary(max_size=300))
def test_any_bytes_are_read_without_a_crash(data: bytes) -> None:
    read_pcap(data)


@given(st.integers(0, 400), st.binary(max_size=6))
def test_a_cut_or_changed_file_is_read_without_a_crash(at: int, junk: bytes) -> None:
    whole = pcap(*(frame for _, frame in LINKS.values()), link=1) + b"".join(pcapng())
    for data in (
        whole[:at],
        whole[:at] + junk + whole[at + len(junk) :],
        b"".join(pcapng())[:at] + junk,
    ):
        reading = read_pcap(data)
        assert all(isinstance(record, Packet) for record in reading.records)


@given(st.sampled_from([1, 0, 9, 101, 113, 276]), st.lists(st.binary(max_size=120), max_size=5))
def test_packets_and_unread_add_up(link: int, frames: list[bytes]) -> None:
    reading = read_pcap(pcap(*frames, link=link))
    assert len(reading.records) + len(reading.unread) == len(frames)


SIX_IP = ipv6(tcp(payload=b"hello"))
OUTER = Flow.parse("udp 192.0.2.20:5000 > 203.0.113.10:4789")


def udp(body: bytes, dport: int) -> bytes:
    return struct.pack(">HHHH", 5000, dport, 8 + len(body), 0) + body


def vxlan(frame: bytes, network: int = 42) -> bytes:
    return struct.pack(">II", 8 << 24, network << 8) + frame


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
    told_ = told(
        Evidence("e1", Query("r1", Question.CAPTURE, params), Status.ANSWERED, records=records)
    )
    assert "Seen inside the tunnel: VXLAN 42 (192.0.2.20 > 203.0.113.10)." in told_
