"""A machine that tells itself "host unreachable": is it the host that is down, or has it no way
there itself?"""

from __future__ import annotations

from pathlib import Path

from tests.acceptance.telling import diagnose_texts
from workbench.analysis.case.verdict import Cause

FLOW = "tcp 10.19.0.1:* > 192.168.61.8:8123"
PEER = """root@hub:~# wg show
interface: wg7
  public key: Yk3sQv1c1mS7S7vT0xT2Yq0Cw1xP4cN1mO2oQm3d6hA=
  private key: (hidden)
  listening port: 51820

peer: mB1t1kqO9nG6zYf4b0JwW5hG4gk1XoQ2s8mZ8lQeO3I=
  endpoint: 203.0.113.9:51820
  allowed ips: 10.19.0.2/32, {allowed}
  latest handshake: 1 minute, 12 seconds ago
  transfer: 28.11 MiB received, 4.02 MiB sent
root@hub:~# ip route get 192.168.61.8
192.168.61.8 dev wg7 src 10.19.0.1 uid 0
    cache
"""
REFUSED = """root@hub:~# ping -c 1 192.168.61.8
PING 192.168.61.8 (192.168.61.8) 56(84) bytes of data.
From {by} icmp_seq=1 Destination Host Unreachable

--- 192.168.61.8 ping statistics ---
1 packets transmitted, 0 received, +1 errors, 100% packet loss, time 0ms
"""


def test_no_peer_takes_the_packets(tmp_path: Path) -> None:
    text = PEER.format(allowed="192.168.60.0/24") + REFUSED.format(by="10.19.0.1")
    case = diagnose_texts(FLOW, {"hub": text}, tmp_path)
    assert (case.cause, case.guilty) == (Cause.NO_FORWARD_ROUTE, "hub"), str(case)


def test_the_far_end_says_that_the_host_is_gone(tmp_path: Path) -> None:
    text = PEER.format(allowed="192.168.61.0/24") + REFUSED.format(by="10.19.0.2")
    case = diagnose_texts(FLOW, {"hub": text}, tmp_path)
    assert case.cause is Cause.HOST_DOWN, str(case)
