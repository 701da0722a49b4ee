"""What a run may ask about: flows of all kinds, with no other fact and with every fact."""

from __future__ import annotations

from collectors.model.evidence import QueryParams
from collectors.model.flow import Flow

FLOWS = [
    Flow.parse("tcp 192.0.2.20:43122 > 203.0.113.10:443"),
    Flow.parse("tcp 192.0.2.20:* > 203.0.113.10:443"),
    Flow.parse("udp 192.0.2.20:5000 > 203.0.113.10:53"),
    Flow.parse("icmp 192.0.2.20 > 203.0.113.10"),
    Flow.parse("tcp [2001:db8::1]:43122 > [2001:db8::2]:443"),
    Flow.parse("icmp 2001:db8::1 > 2001:db8::2"),
]


def full(flow: Flow) -> QueryParams:
    """Every fact that can be known about a flow."""
    ports = (*range(40000, 40050), 50000, 50007)
    flows = (flow, flow.reversed())
    return QueryParams(flow, "in0.7", 0x1, flow.dst, "eth0", 6.0, ports, flows, "before")


ABOUTS = [
    QueryParams(),
    *(QueryParams(flow=flow) for flow in FLOWS),
    *(full(flow) for flow in FLOWS),
]
