"""What devices say, as frozen records. One record class per kind of fact; parsers make them,
analysis reads them.

Units: seconds for times and durations, bytes for sizes, milliseconds only where a name ends in
`_ms`.
"""

from __future__ import annotations

from collectors.model.records.filters import (
    Counts,
    FilterChain,
    FilterRule,
    Match,
    Picks,
    RuleMeaning,
    TargetChoice,
)
from collectors.model.records.host import Clock, Counter, Identity, Socket
from collectors.model.records.links import Interface, Neighbour
from collectors.model.records.logs import LogLine, LogPlace
from collectors.model.records.packets import Packet
from collectors.model.records.probes import Failure, HopProbe, ProbeResult, TraceReply, Traceroute
from collectors.model.records.routing import Network, NextHop, PolicyRule, Route, RouteChoice
from collectors.model.records.sessions import Session, SessionEvent
from collectors.model.settings import DeviceSetting
from collectors.model.tunnels import Peer, TunnelLink

__all__ = [
    "Clock",
    "Counter",
    "Counts",
    "DeviceSetting",
    "Failure",
    "FilterChain",
    "FilterRule",
    "HopProbe",
    "Identity",
    "Interface",
    "LogLine",
    "LogPlace",
    "Match",
    "Neighbour",
    "Network",
    "NextHop",
    "Packet",
    "Peer",
    "Picks",
    "PolicyRule",
    "ProbeResult",
    "Record",
    "Route",
    "RouteChoice",
    "RuleMeaning",
    "Session",
    "SessionEvent",
    "Socket",
    "TargetChoice",
    "TraceReply",
    "Traceroute",
    "TunnelLink",
]

Record = (
    Interface | TunnelLink | Peer | Route | RouteChoice | PolicyRule | DeviceSetting | Neighbour
    | Session | SessionEvent | Counter | FilterRule | FilterChain | Socket | Traceroute | HopProbe
    | Packet | LogLine | LogPlace | ProbeResult | Clock | Identity
)  # fmt: skip
