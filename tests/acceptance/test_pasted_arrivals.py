"""Where the flow comes in is what a capture saw; routes only tell where it should."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.acceptance.telling import PastedCase, diagnose_texts
from workbench.analysis.case.verdict import Cause, Direction

FLOW = "tcp 192.0.2.20:43122 > 203.0.113.10:443"

TWO_LINKS = """root@srv:~# ip -br a
lo   UNKNOWN 127.0.0.1/8
out0 UP      198.51.100.9/24
in0  UP      203.0.113.10/24
root@srv:~# ip route
default via 198.51.100.1 dev out0
198.51.100.0/24 dev out0 proto kernel scope link src 198.51.100.9
203.0.113.0/24 dev in0 proto kernel scope link src 203.0.113.10
root@srv:~# sysctl -a | grep rp_filter
net.ipv4.conf.all.rp_filter = {mode}
net.ipv4.conf.out0.rp_filter = {mode}
net.ipv4.conf.in0.rp_filter = {mode}
root@srv:~# tcpdump -ni any host 192.0.2.20
listening on any, link-type LINUX_SLL2 (Linux cooked v2), snapshot length 262144 bytes
01:50:02.001122 {iif}  In  IP 192.0.2.20.43122 > 203.0.113.10.443: Flags [S], seq 30, win 64240, length 0
01:50:03.012004 {iif}  In  IP 192.0.2.20.43122 > 203.0.113.10.443: Flags [S], seq 30, win 64240, length 0
01:50:05.028111 {iif}  In  IP 192.0.2.20.43122 > 203.0.113.10.443: Flags [S], seq 30, win 64240, length 0
"""


def _told(place: Path, mode: int, iif: str) -> PastedCase:
    return diagnose_texts(FLOW, {"srv": TWO_LINKS.format(mode=mode, iif=iif)}, place)


def test_a_strict_check_on_the_interface_where_it_was_captured(tmp_path: Path) -> None:
    """srv answers by out0, and the SYN comes in on in0."""
    told = _told(tmp_path, 1, "in0")
    assert (told.cause, told.guilty) == (Cause.RP_FILTER_STRICT, "srv"), told
    assert told.direction is Direction.FORWARD
    assert "in0" in told.words


@pytest.mark.parametrize(("mode", "iif"), [(2, "in0"), (0, "in0"), (1, "out0")])
def test_a_check_that_lets_it_pass_is_not_blamed(tmp_path: Path, mode: int, iif: str) -> None:
    told = _told(tmp_path, mode, iif)
    assert told.cause is not Cause.RP_FILTER_STRICT, told
