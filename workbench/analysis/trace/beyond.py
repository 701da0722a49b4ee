"""How does the path go on beyond a device that cannot be asked? Only where something surely
tells."""

from __future__ import annotations

from collections.abc import Iterator

from collectors.model.inventory import Device
from workbench.analysis.captures.flow_counts import counted_flows
from workbench.analysis.case.case import Case
from workbench.analysis.trace.beyond_by_evidence import (
    as_captured,
    by_captures,
    by_traceroute,
    by_witness,
    next_by_captures,
)
from workbench.analysis.trace.beyond_by_routes import by_route_back
from workbench.analysis.trace.blind_spots import BlindSpot, arriving_on, is_end, only, the_end
from workbench.analysis.trace.links import facing, port_facing
from workbench.analysis.trace.neighbour_entries import gone
from workbench.analysis.trace.next_hops import NextHopDevice
from workbench.analysis.trace.pasted_devices import next_pasted, only_pasted


def after(case: Case, blind: BlindSpot) -> NextHopDevice | None:
    """The next device on the path after the blind one, or None where nothing tells."""
    for guess in _GUESSES:
        found = guess(case, blind)
        if found is not None:
            return as_captured(case, blind, found)
    return None


def _delivered(case: Case, blind: BlindSpot) -> NextHopDevice | None:
    """The destination is on a subnet of the blind device's own."""
    owner = case.owner(blind.flow.dst)
    if blind.device is None or owner is None:
        return None
    on_its_link = port_facing(case, blind.device, blind.flow.dst) is not None
    return the_end(case, owner.name, blind.flow) if on_its_link else None


def _by_neighbourhood(case: Case, blind: BlindSpot) -> NextHopDevice | None:
    """The only device not yet visited that is on a subnet of the blind device, ends of other flows
    left out."""
    return only(_neighbours(case, blind))


def _neighbours(case: Case, blind: BlindSpot) -> Iterator[NextHopDevice]:
    if blind.device is None:
        return
    for device in _routers_left(case, blind.behind):
        for port in case.ports_of(device.name):
            if not port.on_loopback and port_facing(case, blind.device, port.address.ip):
                yield NextHopDevice(device.name, port.interface, port.address.ip, sure=False)
                break


def _routers_left(case: Case, behind: frozenset[str]) -> Iterator[Device]:
    """The devices that may pass packets on, and that the path has not met."""
    for device in case.inventory.devices:
        if device.name not in behind and not is_end(device):
            yield device


def _by_last_router(case: Case, blind: BlindSpot) -> NextHopDevice | None:
    """Whatever lies between: the only device not yet visited that has the destination on a subnet,
    and passes it on."""
    end = case.owner(blind.flow.dst)
    if blind.origin is None or end is None or blind.address is None:
        return None
    if port_facing(case, end.name, blind.address):
        return None
    if blind.sender is None or gone(case, blind.sender, blind.address):
        return None
    return only(_last_routers(case, blind, end.name))


def _last_routers(case: Case, blind: BlindSpot, end: str) -> Iterator[NextHopDevice]:
    for device in _routers_left(case, blind.visited | {end}):
        if port_facing(case, device.name, blind.flow.dst):
            yield NextHopDevice(device.name, None, None, sure=False)


def _pasted(case: Case, blind: BlindSpot) -> NextHopDevice | None:
    """A device whose output was pasted, and that would pass such packets on, or end
    them."""
    if _shows_itself(case, blind.device):
        return None
    found = next_pasted(case, blind.flow, blind.visited)
    return arriving_on(case, found.device, found.iif, sure=False) if found else None


def _shows_itself(case: Case, device: str | None) -> bool:
    """Did it capture, or answer this run itself? Then pasted outputs of others stand for nothing."""
    if device is None or not case.reached(device):
        return False
    return device in counted_flows(case).watched or not only_pasted(case, device)


def _its_end(case: Case, blind: BlindSpot) -> NextHopDevice | None:
    """Whatever lies between: whose address it is gets the packet in the end, where an output of it
    was pasted."""
    if blind.device in counted_flows(case).watched:
        return None  # the two captures would be compared as those of neighbours
    owner = case.owner(blind.flow.dst)
    if owner is None or owner.name in blind.visited:
        return None
    return the_end(case, owner.name, blind.flow) if only_pasted(case, owner.name) else None


def _as_it_came(case: Case, blind: BlindSpot) -> NextHopDevice | None:
    """An end that tells nothing is thought to answer the device by which it was reached."""
    if blind.hint is None or blind.address is None:
        return None
    iif = facing(case, blind.hint, blind.address)
    return arriving_on(case, blind.hint, iif, sure=False)


# what may tell, the surest first
_GUESSES = (
    _delivered,
    by_traceroute,
    next_by_captures,
    _pasted,
    by_route_back,
    by_captures,
    by_witness,
    _by_neighbourhood,
    _as_it_came,
    _by_last_router,
    _its_end,
)
