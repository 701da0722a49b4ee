"""Which pasted pings are attempts of the flow itself?"""

from __future__ import annotations

import pytest

from collectors.model.flow import Flow
from collectors.platforms.pasted_pings import pings

FLOW, SIX = (
    Flow.parse("icmp 192.0.2.20 > 203.0.113.10"),
    Flow.parse("icmp 2001:db8::2 > 2001:db8::1"),
)
TOWARD = (
    ("ping 203.0.113.10", "PING 203.0.113.10 (203.0.113.10) 56(84) bytes of data.", FLOW),
    ("ping www", "PING www.example.com (203.0.113.10): 56 data bytes", FLOW),
    ("", "PING 203.0.113.10 (203.0.113.10) from 192.0.2.20 eth0: 56(84) bytes of data.", FLOW),
    ("ping -c 3 203.0.113.10", "", FLOW),
    ("ping6 www", "PING6(56=40+8+8 bytes) 2001:db8::2 --> 2001:db8::1", SIX),
    ("ping -6 www", "PING www(2001:db8::1 (2001:db8::1)) 56 data bytes", SIX),
)
ELSEWHERE = (
    ("ping 203.0.113.11", "PING 203.0.113.11 (203.0.113.11) 56(84) bytes of data.", FLOW),
    ("", "PING 203.0.113.10 (203.0.113.10) from 192.0.2.99 eth0: 56(84) bytes of data.", FLOW),
    ("ping -I eth0 www", "", FLOW),
    ("ping 203.0.113.10", "", Flow.parse("tcp 192.0.2.20:* > 203.0.113.10:443")),
)


@pytest.mark.parametrize(("command", "body", "flow"), TOWARD)
def test_a_ping_of_the_flows_own_ends_is_an_attempt(command: str, body: str, flow: Flow) -> None:
    assert pings(flow, command, body)


@pytest.mark.parametrize(("command", "body", "flow"), ELSEWHERE)
def test_a_ping_of_others_is_none(command: str, body: str, flow: Flow) -> None:
    assert not pings(flow, command, body)
