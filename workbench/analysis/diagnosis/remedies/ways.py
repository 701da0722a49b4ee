"""How a device is told to send one destination another way, and how that is rolled back."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_network

from collectors.model.evidence import Question
from collectors.model.flow import Address
from collectors.model.records import Route
from collectors.model.remedy.routes import LookupMarks, SetRoute
from workbench.analysis.case.case import Case
from workbench.analysis.diagnosis.context import Context


@dataclass(frozen=True, slots=True)
class Gateway:
    """A neighbour by its address on a link, and the device's own interface to it."""

    address: Address
    interface: str | None


def send(
    context: Context,
    device: str,
    target: Address,
    by: Gateway,
    table: str | None = None,
    lookup: LookupMarks | None = None,
) -> SetRoute:
    """Send one address by that gateway; what stands there already is kept for the way back."""
    standing = _standing(context.case, device, target, table)
    return SetRoute(device, target, by.address, by.interface, table, standing, lookup)


def _standing(case: Case, device: str, target: Address, table: str | None) -> Route | None:
    """The route for exactly this address that is there now."""
    wanted = ip_network(f"{target}/{target.max_prefixlen}")
    every = case.records(device, Question.ROUTES, Route)
    there = (one for one in every if one.destination == wanted and one.kind != "local")
    return next((one for one in there if one.table == (table or "main")), None)


def came_from(context: Context, device: str) -> Gateway | None:
    """By which neighbour do the requests reach that device? It is the way back that keeps state
    whole."""
    return _before(context, device, reverse=False)


def _before(context: Context, device: str, *, reverse: bool) -> Gateway | None:
    names = context.findings.trace(reverse).names
    hop = context.hop(device, reverse)
    if hop is None or hop.iif is None or device not in names or names.index(device) == 0:
        return None
    address = _on_link(
        context.case, names[names.index(device) - 1], device, hop.iif, hop.flow_in.version
    )
    return Gateway(address, hop.iif) if address else None


def towards(context: Context, device: str, *, reverse: bool) -> Gateway | None:
    """By which neighbour should it send the packets of that direction? As the other direction shows
    the way."""
    before = _before(context, device, reverse=not reverse)
    if before is not None:
        return before
    for name in context.findings.trace(not reverse).names:
        found = _linked(context, name, device)
        if found is not None and name != device:
            return found
    return None


def _linked(context: Context, neighbour: str, device: str) -> Gateway | None:
    for interface in dict.fromkeys(
        p.interface for p in context.case.ports_of(device) if not p.on_loopback
    ):
        address = _on_link(context.case, neighbour, device, interface or "", context.flow.version)
        if address is not None:
            return Gateway(address, interface)
    return None


def _on_link(
    case: Case, neighbour: str, device: str, interface: str, version: int
) -> Address | None:
    own = [
        p.address
        for p in case.ports_of(device)
        if p.interface == interface and p.address.version == version
    ]
    links = [address.network for address in own if not address.ip.is_link_local]
    for port in case.ports_of(neighbour):
        if any(port.address.ip.version == n.version and port.address.ip in n for n in links):
            return port.address.ip
    return None
