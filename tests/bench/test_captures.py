"""The benchmarks measure what they say: right answers first, speed after."""

from __future__ import annotations

import pytest

from collectors.model.records import Packet
from collectors.pcap.capture import read_pcap
from workbench.analysis.ecmp.spread import ports
from workbench.bench import captures, spread


def test_a_measured_capture_holds_the_flow_both_ways(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(captures, "PACKETS", 40)
    reading = read_pcap(captures.capture(2))
    flows = [packet.flow for packet in reading.records if isinstance(packet, Packet)]
    assert reading.unread == () and len(flows) == 40
    assert flows.count(captures.FLOW) == flows.count(captures.FLOW.reversed()) == 10
    assert {packet.ttl for packet in reading.records if isinstance(packet, Packet)} == {62}


def test_matching_finds_every_packet_at_every_point(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(captures, "PACKETS", 40)
    assert captures.match()["seen"] >= captures.POINTS * 20


def test_reading_is_compared_with_dpkt(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(captures, "PACKETS", 2000)
    lines: list[str] = []
    names = [figure.name for figure in captures.measure(lines.append)]
    assert (
        names == ["match four captures", "memory to match them", "capture rate, times dpkt's"]
        and lines
    )


@pytest.mark.lab
def test_a_kernel_spreads_every_port() -> None:
    with spread.hashing_devices() as names:
        table = spread.table(names[0])
    assert set(table) == set(ports()) and set(table.values()) == {"10.0.0.2", "10.0.0.3"}
