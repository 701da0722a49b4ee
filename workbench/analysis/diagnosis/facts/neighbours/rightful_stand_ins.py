"""Which machines may rightly answer for an address that they do not hold: virtual MACs, proxies,
ways through?"""

from __future__ import annotations

import re
from collections.abc import Iterator

from collectors.model.settings import Knob
from workbench.analysis.captures.flow_counts import captured
from workbench.analysis.captures.order_of_points import begins
from workbench.analysis.case.findings import Hop
from workbench.analysis.diagnosis.context import Context

# VRRP and CARP (RFC 9568), HSRP 1 and 2, GLBP, and VARP of Arista: a group's address, which members
# have by turns
_VIRTUAL = re.compile(
    r"00:00:5e:00:0[12]:[0-9a-f]{2}|00:00:0c:(?:07:ac|9f:f[0-9a-f]):[0-9a-f]{2}|00:05:73:a0:0[0-9a-f]:[0-9a-f]{2}|"
    r"00:07:b4:[0-9a-f]{2}:[0-9a-f]{2}:[0-9a-f]{2}|00:1c:73:00:00:[0-9a-f]{2}"
)


def virtual(mac: str) -> bool:
    """Is it the MAC of a redundancy protocol? Who has it now, only the protocol tells."""
    return _VIRTUAL.fullmatch(mac.lower()) is not None


def stands_in(context: Context, hop: Hop, mac: str, taker: str | None, reverse: bool) -> bool:
    """May that MAC rightly be where this hop's packets go, though its machine does not hold the
    address?"""
    if virtual(mac) or mac in heard_from(context, hop):
        return True
    if taker is None:
        return False
    return _proxies(context, mac, taker) or _leads_through(context, hop, taker, reverse)


def heard_from(context: Context, hop: Hop) -> dict[str, str]:
    """The MACs by which packets of the next hop's own address came straight from it on that link,
    with the capture."""
    return dict(_heard(context, hop))


def _heard(context: Context, hop: Hop) -> Iterator[tuple[str, str]]:
    for device, item, packet, outgoing in captured(context.case):
        came_in = device == hop.device and outgoing is False
        if not came_in or packet.interface not in (None, hop.oif) or packet.flow is None:
            continue
        straight = packet.flow.src == hop.next_hop and begins(packet.ttl)
        if straight and packet.source_mac:
            yield packet.source_mac.lower(), item.id


def _proxies(context: Context, mac: str, taker: str) -> bool:
    """Does it answer ARP for others, as its own setting says?"""
    links: list[str | None] = [None]
    for link in context.case.interfaces(taker):
        if (link.mac or "").lower() == mac:
            links.append(link.name)
    found = [context.case.setting(taker, Knob.PROXY_ARP, name, 4) for name in links]
    return any(one is not None and one.value is True for one in found)


def _leads_through(context: Context, hop: Hop, taker: str, reverse: bool) -> bool:
    """Was it seen to pass the packets on, or does its own table lead on to who holds the
    address?"""
    path = context.findings.trace(reverse)
    if path.hop(taker) is None:
        return False
    through = context.observation(taker, reverse)
    if through is not None and through.went_out:
        return True
    ports = context.case.holders(hop.next_hop) if hop.next_hop is not None else ()
    beyond = path.names[path.names.index(taker) + 1 :]
    return not {port.device for port in ports}.isdisjoint(beyond)
