"""A sender's own WireGuard tunnel refuses its packets: that device lacks a peer for them, and no
host is down."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.acceptance.telling import PastedCase, diagnose_texts
from workbench.analysis.case.verdict import Cause, Direction

FLOW = "tcp 10.8.0.1:40001 > 10.8.0.7:22"
SIX = "tcp [fd00:8::1]:40001 > [fd00:8::7]:22"

PING = """hub# ip route get 10.8.0.7
10.8.0.7 dev {dev} src 10.8.0.1 uid 0
    cache
hub# ping -c2 10.8.0.7
PING 10.8.0.7 (10.8.0.7) 56(84) bytes of data.
From 10.8.0.1 icmp_seq=1 Destination Host Unreachable
{why}
--- 10.8.0.7 ping statistics ---
2 packets transmitted, 0 received, +1 errors, 100% packet loss, time 1008ms
"""
PING6 = """hub# ip -6 route get fd00:8::7
fd00:8::7 from :: dev wg0 src fd00:8::1 metric 256 pref medium
hub# ping -6 -c1 fd00:8::7
PING fd00:8::7 (fd00:8::7) 56 data bytes
ping: sendmsg: Required key not available
--- fd00:8::7 ping statistics ---
1 packets transmitted, 0 received, 100% packet loss, time 0ms
"""
PEERS = """hub# wg show wg0
interface: wg0
  public key: 4mVnQ0b0sS1bYV0x9x3bq0m8m2cO0uXk1Tt1Yg5cQ3w=
  listening port: 51820

peer: p5cYw1u7b9rY2jv3S3cX0o0TgQm8nq1yM7hXk3JmE2k=
  endpoint: 198.51.100.44:51820
  allowed ips: {0}
"""
NO_KEY = "ping: sendmsg: Required key not available\n"
NO_PLACE = "ping: sendmsg: Destination address required\n"


def diagnose(flow: str, text: str, place: Path) -> PastedCase:
    return diagnose_texts(flow, {"hub": text}, place)


@pytest.mark.parametrize(
    ("flow", "text", "words"),
    [
        pytest.param(
            FLOW,
            PING.format(dev="wg0", why=NO_KEY) + PEERS.format("10.8.0.6/32"),
            "no peer",
            id="all-told",
        ),
        pytest.param(FLOW, PING.format(dev="wg0", why=NO_KEY), "no peer", id="the-peers-not-told"),
        pytest.param(SIX, PING6, "no peer", id="IPv6"),
        pytest.param(
            FLOW,
            PING.format(dev="wg0", why=NO_PLACE) + PEERS.format("10.8.0.7/32"),
            "no address",
            id="no-endpoint",
        ),
    ],
)
def test_the_sender_lacks_a_peer(flow: str, text: str, words: str, tmp_path: Path) -> None:
    """[hub] ==wg0== x"""
    case = diagnose(flow, text, tmp_path)
    assert (case.cause, case.guilty, case.direction) == (
        Cause.NO_FORWARD_ROUTE,
        "hub",
        Direction.FORWARD,
    ), str(case)
    assert words in case.words and "wg" in case.verdict.best.hypothesis.fixes[0].commands[0]


def test_a_host_that_answers_no_neighbour_request_is_down(tmp_path: Path) -> None:
    case = diagnose(FLOW, PING.format(dev="eth0", why=""), tmp_path)
    assert (case.cause, case.guilty) == (Cause.HOST_DOWN, "10.8.0.7"), str(case)


def test_a_tunnel_that_takes_them_is_not_blamed(tmp_path: Path) -> None:
    case = diagnose(FLOW, PING.format(dev="wg0", why="") + PEERS.format("10.8.0.0/24"), tmp_path)
    assert case.guilty != "hub" and case.cause is not Cause.NO_FORWARD_ROUTE, str(case)
