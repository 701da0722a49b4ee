"""IPv6 neighbours ask each other by ICMPv6, which a host's own packet filter may keep from it (ARP
passes those)."""

from __future__ import annotations

from ipaddress import IPv6Address

from collectors.model.flow import Address, Flow, Protocol
from workbench.analysis.case.findings import Hop
from workbench.analysis.device.filtering import FilterResult, passage
from workbench.analysis.device.matching import PacketUnderTest
from workbench.analysis.diagnosis.context import Context
from workbench.analysis.diagnosis.facts.stops.explanations import DropExplanation, unanswered

SOLICIT, ADVERT = "nd-neighbor-solicit", "nd-neighbor-advert"


def last_router(context: Context) -> tuple[Hop, DropExplanation] | None:
    """The hop that should hand the packet to the server and gets no answer from it."""
    for hop in context.findings.forward.hops:
        hands_over = hop.next_hop in (None, hop.flow_out.dst) and hop.device != context.server
        explanation = unanswered(context, hop) if hands_over else None
        if explanation is not None:
            return hop, explanation
    return None


def deaf(context: Context) -> tuple[Hop, FilterResult] | None:
    """Does the server's own filter drop the requests of the last router, or the answers to its
    own?"""
    last = _of_server(context, context.findings.forward.hops[-1:])
    first = _of_server(context, context.findings.reverse.hops[:1])
    asked = last_router(context)
    if asked is not None and last is not None:
        target = asked[0].next_hop or asked[0].flow_out.dst
        return _kept_out(context, last, last.iif, SOLICIT, _group(target))
    if first is not None and unanswered(context, first) is not None:
        return _kept_out(context, first, first.oif, ADVERT, first.flow_out.src)
    return None


def _of_server(context: Context, hops: tuple[Hop, ...]) -> Hop | None:
    return hops[0] if hops and hops[0].device == context.server else None


def _kept_out(
    context: Context, hop: Hop, link: str | None, kind: str, to: Address
) -> tuple[Hop, FilterResult] | None:
    if to.version != 6 or link is None or hop.device is None:
        return None
    flow = Flow(Protocol.ICMP, IPv6Address("fe80::1"), None, to, None)
    message = PacketUnderTest(flow, link, None, "untracked", None, icmp=kind)
    found = passage(context.case, hop.device, message)
    return (hop, found) if found.action.stops else None


def _group(target: Address) -> Address:
    """The group to which requests for an address are sent."""
    if target.version != 6:
        return target
    return IPv6Address(int(IPv6Address("ff02::1:ff00:0")) | int(target) & 0xFFFFFF)
