"""Which device beyond a blind spot do routes lead to: by the way back, by whose links, or by what
was pasted?"""

from __future__ import annotations

from collections.abc import Iterator

from collectors.model.flow import Address
from collectors.model.records import NextHop
from workbench.analysis.case.case import Case
from workbench.analysis.device import fib
from workbench.analysis.device.forwarding import if_it_forwards
from workbench.analysis.device.route_decision import LOCAL, UNICAST, Decision
from workbench.analysis.trace.blind_spots import BlindSpot, arriving_on, is_end, only
from workbench.analysis.trace.next_hops import NextHopDevice, resolve_next_hop

_GOES_ON = frozenset({UNICAST, LOCAL})


def by_route_back(case: Case, blind: BlindSpot) -> NextHopDevice | None:
    """The only device not yet visited that sends the answers through the blind one, and the flow
    not."""
    return only(_facing_it(case, blind))


def _facing_it(case: Case, blind: BlindSpot) -> Iterator[NextHopDevice]:
    for device in case.inventory.devices:
        if device.name in blind.behind or not case.reached(device.name):
            continue
        found = _if_facing(case, blind, device.name)
        if found is not None:
            yield found


def _if_facing(case: Case, blind: BlindSpot, device: str) -> NextHopDevice | None:
    back = fib.from_tables(case, device, blind.flow.reversed())
    onward = fib.from_tables(case, device, blind.flow)
    if onward.kind not in _GOES_ON or back.kind != UNICAST:
        return None
    through = _through_blind(case, blind, device, back)
    if not through or not set(onward.next_hops).isdisjoint(through):
        return None
    if _needs_nobody(case, blind, device, onward, through[0]):
        return None
    iif = through[0].interface
    if if_it_forwards(case, device, iif, blind.flow.version, onward).kind not in _GOES_ON:
        return None  # a host that passes nothing on is nobody's router
    return arriving_on(case, device, iif, sure=False, evidence=back.evidence)


def _through_blind(case: Case, blind: BlindSpot, device: str, back: Decision) -> list[NextHop]:
    """The next hops of the answers that lead to the blind spot; a source may be on the device's own
    link."""
    source = _source_there(blind)
    found = []
    for hop in back.next_hops:
        gateway = hop.gateway or source
        if gateway and _leads_to_blind(case, blind, device, gateway):
            found.append(hop)
    return found


def _source_there(blind: BlindSpot) -> Address | None:
    """The flow's source, where the blind spot is that."""
    return blind.flow.src if blind.address == blind.flow.src else None


def _leads_to_blind(case: Case, blind: BlindSpot, device: str, gateway: Address) -> bool:
    return resolve_next_hop(case, device, None, gateway).device == blind.device


def _needs_nobody(
    case: Case, blind: BlindSpot, device: str, onward: Decision, through: NextHop
) -> bool:
    """Is the device no router that the blind spot hands the flow to, but a neighbour or its own
    router?"""
    at_source = _source_there(blind) is not None
    if at_source and _on_that_wire(onward.next_hops, through):
        return True
    is_host = onward.kind == UNICAST and is_end(case.inventory.named(device))
    return is_host and _by_one_link(onward.next_hops, through)


def _on_that_wire(onward: tuple[NextHop, ...], through: NextHop) -> bool:
    """Is the router of a sender on the destination's own wire? Then it needs nobody for the rest of
    the way."""
    if through.gateway is None:
        return False
    connected = {hop.interface for hop in onward if hop.gateway is None}
    return through.interface in connected


def _by_one_link(onward: tuple[NextHop, ...], through: NextHop) -> bool:
    """A machine that sends both ways out of one link is a neighbour of the sender's, no router of
    its."""
    return {hop.interface for hop in onward} == {through.interface}
