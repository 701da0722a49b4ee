"""Files of captures: pcapng, those that are cut or damaged, and those that others wrote."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path

import dpkt  # type: ignore[import-untyped]
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.model.records import Packet
from collectors.pcap.capture import read_pcap
from tests.beside import SHARED, cases
from tests.collectors.frames import (
    FORWARD,
    IP,
    LINKS,
    ethernet,
    only,
    pcap,
)

FILES = sorted((SHARED / "corpora" / "pcap").glob("*.pcap"))


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


@pytest.mark.parametrize("path", cases(FILES), ids=lambda path: path.stem)
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
