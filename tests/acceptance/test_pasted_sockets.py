"""What the sockets of both ends tell, where nobody captured."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.acceptance.telling import diagnose_texts
from workbench.analysis.case.verdict import Cause, Outcome

FLOW = "tcp 192.0.2.20:43122 > 203.0.113.10:443"
ENDS = {
    "pc": ("192.0.2.20:43122", "203.0.113.10:443"),
    "srv": ("203.0.113.10:443", "192.0.2.20:43122"),
}
ALIVE = "bytes_sent:900 bytes_acked:901 bytes_received:700 segs_out:9 segs_in:8 lastsnd:1204 lastrcv:1203 lastack:1203"


def _list(device: str, queue: int = 0, told: str = ALIVE) -> str:
    near, far = ENDS[device]
    return f"""{device}# ss -tin
State  Recv-Q  Send-Q   Local Address:Port     Peer Address:Port  Process
ESTAB  0       {queue}            {near}      {far}
\t cubic wscale:7,7 rto:204 rtt:0.81/0.22 ato:40 mss:1448 pmtu:1500 cwnd:10 {told} minrtt:0.4
"""


def test_alive_at_both_ends(tmp_path: Path) -> None:
    told = diagnose_texts(FLOW, {"pc": _list("pc"), "srv": _list("srv")}, tmp_path)
    assert told.cause is Cause.HEALTHY_SYMMETRIC, told
    assert told.verdict.outcome is Outcome.HEALTHY
    assert told.sure <= 0.75, "no packet was captured"
    assert "same path" not in told.words, "nothing tells its path"


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(_list("srv", queue=200), id="data-waits-there"),
        pytest.param(
            _list("srv", told=ALIVE.replace("120", "9120")), id="silent-for-longer-than-a-minute"
        ),
        pytest.param(_list("srv", told="bytes_acked:1 lastrcv:12 lastack:12"), id="one-way-only"),
        pytest.param("srv# ss -tin\nState  Recv-Q  Send-Q   Local Address:Port\n", id="none-there"),
    ],
)
def test_not_alive_at_both_ends(other: str, tmp_path: Path) -> None:
    told = diagnose_texts(FLOW, {"pc": _list("pc"), "srv": other}, tmp_path)
    assert told.verdict.outcome is not Outcome.HEALTHY, told
