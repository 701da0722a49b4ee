"""A limit of connections, as `iptables -L` writes it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.acceptance.telling import diagnose_texts
from workbench.analysis.case.verdict import Cause

FLOW = "tcp 192.0.2.20:* > 203.0.113.10:80"

SERVER = """srv# iptables -nvL INPUT
Chain INPUT (policy ACCEPT 1220 packets, 99K bytes)
 pkts bytes target     prot opt in     out     source               destination
 7712  462K DROP       tcp  --  *      *       0.0.0.0/0            0.0.0.0/0            tcp dpt:80 flags:0x17/0x02{limit}
srv# ip -br a
eth0 UP 203.0.113.10/24
srv# tcpdump -nni eth0 port 80
listening on eth0, link-type EN10MB (Ethernet), snapshot length 262144 bytes
15:15:00.000100 IP 192.0.2.20.41001 > 203.0.113.10.80: Flags [S], seq 1, win 64240, length 0
15:15:01.010100 IP 192.0.2.20.41001 > 203.0.113.10.80: Flags [S], seq 1, win 64240, length 0
15:15:03.030100 IP 192.0.2.20.41001 > 203.0.113.10.80: Flags [S], seq 1, win 64240, length 0
"""


@pytest.mark.parametrize(
    ("limit", "cause"),
    [(" #conn src/32 > 20", Cause.SESSION_LIMIT), ("", Cause.SERVER_POLICY_DENY)],
)
def test_a_limit_is_no_policy(limit: str, cause: Cause, tmp_path: Path) -> None:
    told = diagnose_texts(FLOW, {"srv": SERVER.format(limit=limit)}, tmp_path)
    assert (told.cause, told.guilty) == (cause, "srv"), told
