"""Pings that must not be cut, as BSD and macOS say it: `-D`, which to Linux is a time before each
line."""

from __future__ import annotations

from pathlib import Path

from tests.acceptance.telling import diagnose_texts
from workbench.analysis.case.verdict import Cause, Direction

FLOW = "tcp 172.21.1.77:51822 > 10.81.4.10:22"
SMALL = """jo@mac ~ % ping -D -s 1372 -c 1 10.81.4.10
PING 10.81.4.10 (10.81.4.10): 1372 data bytes
1380 bytes from 10.81.4.10: icmp_seq=0 ttl=61 time=26.401 ms

--- 10.81.4.10 ping statistics ---
1 packets transmitted, 1 packets received, 0.0% packet loss
round-trip min/avg/max/stddev = 26.401/26.401/26.401/0.000 ms
"""
SILENT = """jo@mac ~ % ping -c 2 -Ds 1472 10.81.4.10
PING 10.81.4.10 (10.81.4.10): 1472 data bytes
Request timeout for icmp_seq 0

--- 10.81.4.10 ping statistics ---
2 packets transmitted, 0 packets received, 100.0% packet loss
"""
TOO_LONG = SILENT.replace("Request timeout for icmp_seq 0\n", "ping: sendto: Message too long\n")


def test_large_ones_vanish(tmp_path: Path) -> None:
    case = diagnose_texts(FLOW, {"mac": SMALL + SILENT}, tmp_path)
    assert (case.cause, case.guilty, case.direction) == (
        Cause.PMTUD_BLACKHOLE,
        None,
        Direction.FORWARD,
    ), str(case)
    assert "1500 bytes" in case.words and "1400 bytes" in case.words


def test_the_sender_is_told(tmp_path: Path) -> None:
    assert (
        diagnose_texts(FLOW, {"mac": SMALL + TOO_LONG}, tmp_path).cause is not Cause.PMTUD_BLACKHOLE
    )


def test_times_before_the_lines_of_linux(tmp_path: Path) -> None:
    linux = SILENT.replace(
        "(10.81.4.10): 1472 data bytes", "(10.81.4.10) 1472(1500) bytes of data."
    )
    linux = linux.replace(
        "Request timeout for icmp_seq 0\n", "[1701340000.120331] no answer yet for icmp_seq=1\n"
    )
    assert diagnose_texts(FLOW, {"mac": SMALL + linux}, tmp_path).cause is not Cause.PMTUD_BLACKHOLE
