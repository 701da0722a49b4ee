"""How fast are captures read, against dpkt; and how long does it take to match four of them? In
seconds of CPU."""

from __future__ import annotations

import io
import json
import random
import resource
import struct
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from ipaddress import IPv4Address

from collectors.model.evidence import Evidence, Query, QueryParams, Question, Status
from collectors.model.flow import Flow
from collectors.model.inventory import Device, Inventory, Role
from collectors.pcap.capture import read_pcap
from workbench.analysis.case.case import Case
from workbench.analysis.evidence.read import read
from workbench.bench.figures import Figure

Tell = Callable[[str], None]
POINTS, PACKETS = 4, 100_000
FLOW = Flow.parse("tcp 192.0.2.20:43122 > 203.0.113.10:443")
_RECORD, _FRAME = struct.Struct("<IIII"), struct.Struct(">14sBBHHHBBH4s4sHHIIBBHHH")


def measure(tell: Tell) -> Iterator[Figure]:
    """Read and match in a process of its own, whose memory tells; then read against dpkt."""
    tell(f"matching {POINTS} captures of {PACKETS:,} packets")
    ran = subprocess.run([sys.executable, "-m", __name__], capture_output=True, check=True)
    result = json.loads(ran.stdout)
    yield Figure(
        "match four captures",
        result["seconds"],
        "s",
        bar=3.0,
        note=f"{result['seen']:,} observations",
    )
    yield Figure("memory to match them", result["megabytes"], "MB", bar=300.0)
    tell("reading a capture, against dpkt")
    yield from _against_dpkt()


def _against_dpkt() -> Iterator[Figure]:
    try:
        import dpkt  # type: ignore[import-untyped]
    except ImportError:
        return
    data = capture(0)
    own = min(_timed(lambda: read_pcap(data)) for _ in range(3))
    peer = min(
        _timed(
            lambda: [dpkt.ethernet.Ethernet(raw) for _, raw in dpkt.pcap.Reader(io.BytesIO(data))]
        )
        for _ in "ab"
    )
    note = f"{PACKETS / own:,.0f} packets/s"
    yield Figure(
        "capture rate, times dpkt's", peer / own, "x", 4.0, PACKETS / peer, note, at_least=True
    )


def _timed(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began


def capture(point: int) -> bytes:
    """One point's capture: half the packets are the flow's, both ways; the others are of the same
    service."""
    chance = random.Random(7)
    head = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, 1)
    return head + b"".join(_record(n, point, chance) for n in range(PACKETS))


def _record(number: int, point: int, chance: random.Random) -> bytes:
    port = 43122 if number % 2 else chance.randrange(50000, 50500)
    ends = [(IPv4Address("192.0.2.20").packed, port), (IPv4Address("203.0.113.10").packed, 443)]
    (src, sport), (dst, dport) = ends if number % 4 < 2 else reversed(ends)
    frame = _FRAME.pack(
        b"\2" * 12 + b"\x08\0", 0x45, 0, 40, number & 0xFFFF, 0x4000, 64 - point, 6, 0, src, dst,
        sport, dport, number, 1, 0x50, 0x10, 512, 0, 0,
    )  # fmt: skip
    return (
        _RECORD.pack(1000 + number // 1000, number % 1000 * 1000 + point, len(frame), len(frame))
        + frame
    )


def match() -> dict[str, float]:
    """Read all captures and say what each point saw of either direction."""
    files = [capture(point) for point in range(POINTS)]
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began = time.process_time()
    evidence = tuple(_evidence(point, data) for point, data in enumerate(files))
    devices = tuple(Device(f"point-{point}", Role.ROUTER) for point in range(POINTS))
    found = read(Case(FLOW, Inventory(devices), evidence))
    took = time.process_time() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    seen = sum(len(one.came_in) + len(one.went_out) for one in found.observations)
    return {"seconds": took, "megabytes": (peak - before) / 1024, "seen": seen}


def _evidence(point: int, data: bytes) -> Evidence:
    query = Query(f"point-{point}", Question.CAPTURE, QueryParams(flow=FLOW))
    return Evidence(f"e{point}", query, Status.ANSWERED, records=read_pcap(data).records)


if __name__ == "__main__":
    print(json.dumps(match()))
