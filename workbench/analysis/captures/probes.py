"""Which captured packets are a traceroute's? Ours are known by their source ports, others by
counting up their TTL.

A small TTL by itself tells nothing: a machine may really send so, and then its packets die on the
way.
"""

from __future__ import annotations

from collections.abc import Iterator

from collectors.model.flow import Flow, Protocol
from collectors.model.records import Packet
from workbench.analysis.captures.flow_counts import captured
from workbench.analysis.case.case import LOW_TTL, Case

# different TTLs of one sender at one point: a host that sends to one target keeps to one
COUNTED = 3
Who = tuple[object, ...]


def is_probe(case: Case, packet: Packet) -> bool:
    """Is it a traceroute's packet? A segment that answers another one never is."""
    if packet.flow is None:
        return False
    known = _probes(case)
    if known.flows and packet.flow in known.flows:
        return True
    if not known.counting or not _may_count(packet):
        return False
    return _who(case, packet) in known.counting


def traced(case: Case) -> frozenset[Flow]:
    """The flows of our own traceroutes, and their answers."""
    return _probes(case).flows


class _Probes:
    """What is known of them."""

    def __init__(self, case: Case) -> None:
        self.flows = frozenset(_own(case))
        self.counting = frozenset(_counting(case, self.flows))


def _probes(case: Case) -> _Probes:
    if "probes" not in case.memo:
        case.memo["probes"] = _Probes(case)
    found: _Probes = case.memo["probes"]
    return found


def _own(case: Case) -> Iterator[Flow]:
    """By the source ports that our traceroutes were set to use."""
    ports = case.traced_from
    if not ports:
        return
    for flow in {packet.flow for _, _, packet, _ in captured(case)}:
        if flow is not None and not ports.isdisjoint((flow.sport, flow.dport)):
            yield flow
            yield flow.reversed()


def _counting(case: Case, own: frozenset[Flow]) -> Iterator[Who]:
    """Senders whose packets to one target left, or passed a point, with several small TTLs; ours
    are known already."""
    ages: dict[tuple[str, Who], set[int | None]] = {}
    for device, _, packet, out in captured(case):
        if out is False or not _may_count(packet):
            continue
        if packet.flow not in own:
            ages.setdefault((device, _who(case, packet)), set()).add(packet.ttl)
    for (_, who), met in ages.items():
        if len(met) >= COUNTED:
            yield who


def _may_count(packet: Packet) -> bool:
    if packet.ttl is None or packet.ttl > LOW_TTL:
        return False
    if packet.seq is None:
        return True
    return "S" in packet.flags and "." not in packet.flags


def _who(case: Case, packet: Packet) -> Who:
    """The flow itself speaks for itself; otherwise a traceroute may take another port for each
    packet, of UDP both."""
    flow = packet.flow
    assert flow is not None
    if flow.protocol is Protocol.ICMP or _of_the_flow(case, flow):
        return (flow, packet.icmp_id)
    service = flow.dport if flow.protocol is Protocol.TCP else None
    return (flow.protocol, flow.src, flow.dst, service)


def _of_the_flow(case: Case, flow: Flow) -> bool:
    """Is it a packet of the flow itself, of which the source port is known?"""
    if case.flow.sport is None:
        return False
    return case.flow.matches(flow) or case.flow.reversed().matches(flow)
