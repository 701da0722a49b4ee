"""What a capture keeps: judged by tcpdump itself on packets that we made."""

from __future__ import annotations

import shutil
import struct
import subprocess
from dataclasses import replace
from ipaddress import ip_address

import pytest

from collectors.model.evidence import QueryParams
from collectors.model.flow import Flow
from collectors.pcap.capture import read_pcap
from collectors.platforms.linux.capturing import ask_capture, bpf
from tests.collectors.frames import ethernet, ipv6, only, pcap, tcp

TCPDUMP = shutil.which("tcpdump", path="/usr/bin:/usr/sbin:/sbin")
needs_tcpdump = pytest.mark.skipif(TCPDUMP is None, reason="tcpdump is not installed")

FLOW = Flow.parse("tcp 192.0.2.20:43122 > 203.0.113.10:443")
UNKNOWN_PORT = replace(FLOW, sport=None)


def packet(src: str, dst: str, body: bytes, protocol: int = 6, place: int = 0) -> bytes:
    ends = ip_address(src).packed + ip_address(dst).packed
    return ethernet(
        struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(body), 1, place, 63, protocol, 0) + ends + body
    )


def kept(frames: list[bytes], *flows: Flow, link: int = 1) -> list[bool]:
    """Which of the frames tcpdump lets through."""
    assert TCPDUMP is not None
    answers = []
    for frame in frames:
        ran = subprocess.run(
            [TCPDUMP, "-n", "-r", "-", "-w", "-", bpf(flows)],
            input=pcap(frame, link=link),
            capture_output=True,
        )
        assert ran.returncode == 0, ran.stderr
        answers.append(bool(read_pcap(ran.stdout).records))
    return answers


@needs_tcpdump
def test_both_directions_and_each_ends_half_of_a_translation() -> None:
    frames = [
        packet("192.0.2.20", "203.0.113.10", tcp(sport=43122, dport=443)),
        packet("203.0.113.10", "192.0.2.20", tcp(sport=443, dport=43122)),
        # the source was translated
        packet("198.51.100.7", "203.0.113.10", tcp(sport=5555, dport=443)),
        packet("192.0.2.20", "10.0.0.5", tcp(sport=43122, dport=8443)),  # the destination was
        packet("10.0.0.5", "192.0.2.20", tcp(sport=8443, dport=43122)),
        packet("192.0.2.20", "203.0.113.10", tcp(sport=9, dport=9)),  # another flow between the two
        # the same ports elsewhere
        packet("192.0.2.21", "203.0.113.11", tcp(sport=43122, dport=443)),
        # another protocol
        packet("192.0.2.20", "203.0.113.10", struct.pack(">HHHH", 43122, 443, 8, 0), 17),
    ]
    assert kept(frames, FLOW, FLOW.reversed()) == [
        True,
        True,
        True,
        True,
        True,
        False,
        False,
        False,
    ]


@needs_tcpdump
def test_an_unknown_source_port_keeps_all_clients_ports() -> None:
    frames = [
        packet("192.0.2.20", "203.0.113.10", tcp(sport=5, dport=443)),
        packet("192.0.2.20", "10.0.0.5", tcp(sport=5, dport=443)),
        packet("192.0.2.20", "203.0.113.10", tcp(sport=5, dport=22)),
    ]
    assert kept(frames, UNKNOWN_PORT) == [True, True, False]


@needs_tcpdump
def test_errors_fragments_and_who_has_are_kept() -> None:
    quoted = packet("192.0.2.20", "203.0.113.10", tcp())[14:42]
    frames = [
        packet("10.0.0.1", "192.0.2.20", struct.pack(">BBHHH", 3, 4, 0, 0, 1400) + quoted, 1),
        packet("10.0.0.1", "192.0.2.20", struct.pack(">BBHI", 11, 0, 0, 0) + quoted, 1),
        packet("10.0.0.1", "192.0.2.20", struct.pack(">BBHI", 8, 0, 0, 0), 1),  # an unrelated ping
        packet("192.0.2.20", "203.0.113.10", b"x" * 40, place=0x00B9),
        packet("10.1.1.1", "10.1.1.2", b"x" * 40, place=0x00B9),
        ethernet(
            struct.pack(
                ">HHBBH6s4s6s4s", 1, 0x0800, 6, 4, 1, b"\1" * 6, b"\2" * 4, b"\0" * 6, b"\3" * 4
            ),
            0x0806,
        ),
    ]
    assert kept(frames, FLOW) == [True, True, False, True, False, True]


@needs_tcpdump
def test_ipv6_errors_and_neighbour_discovery() -> None:
    flow = Flow.parse("tcp [2001:db8::1]:43122 > [2001:db8::2]:443")
    frames = [
        ethernet(ipv6(tcp()), 0x86DD),
        ethernet(ipv6(struct.pack(">BBHI", 2, 0, 0, 1280), 58), 0x86DD),
        ethernet(ipv6(struct.pack(">BBHI16s", 135, 0, 0, 0, b"\0" * 16), 58), 0x86DD),
        ethernet(ipv6(struct.pack(">BBHHH", 128, 0, 0, 1, 1), 58), 0x86DD),
        ethernet(ipv6(struct.pack(">BBHI", 6, 0, 0x10, 9) + b"x" * 20, 44), 0x86DD),
    ]
    assert kept(frames, flow) == [True, True, True, False, True]


@needs_tcpdump
def test_pings_and_datagrams() -> None:
    ping = Flow.parse("icmp 192.0.2.20 > 203.0.113.10")
    dns = Flow.parse("udp 192.0.2.20:5000 > 203.0.113.10:53")
    echo = packet("192.0.2.20", "198.51.100.1", struct.pack(">BBHHH", 8, 0, 0, 1, 1), 1)
    asked = packet("198.51.100.7", "203.0.113.10", struct.pack(">HHHH", 9, 53, 8, 0), 17)
    assert kept([echo, asked], ping) == [True, False]
    assert kept([echo, asked], dns) == [False, True]


@needs_tcpdump
def test_the_filter_fits_cooked_captures() -> None:
    frame = (
        struct.pack(">HHIHBB8s", 0x0800, 0, 7, 1, 0, 6, b"\2" * 8)
        + packet("192.0.2.20", "203.0.113.10", tcp())[14:]
    )
    assert kept([frame], FLOW, link=276) == [True]
    assert only(pcap(frame, link=276)).flow == FLOW


def test_a_capture_is_bounded_in_time_and_packets() -> None:
    command = ask_capture(QueryParams(flow=FLOW, seconds=6.0)) or ""
    assert "timeout 6 tcpdump" in command and "-c 20000" in command and "-s 192" in command
    assert ask_capture(QueryParams(flow=FLOW, seconds=1e9)) == command.replace(
        "timeout 6 ", "timeout 120 "
    )
