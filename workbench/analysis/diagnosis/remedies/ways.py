"""How a device is made to send one destination another way, and how that is rolled back."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from ipaddress import ip_network

from collectors.model.evidence import Question
from collectors.model.flow import Address
from collectors.model.inventory import Role
from collectors.model.records import Route
from collectors.model.remedy.routes import LookupMarks, SetRoute
from collectors.model.settings import Knob
from workbench.analysis.case.case import Case
from workbench.analysis.device.addresses import is_own
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
    before = _before(context, device, reverse=False)
    return before[1] if before is not None else None


def _before(context: Context, device: str, *, reverse: bool) -> tuple[str, Gateway] | None:
    """Which neighbour do packets of that direction come by, and where is it?"""
    names = context.findings.trace(reverse).names
    hop = context.hop(device, reverse)
    if hop is None or hop.iif is None or device not in names or names.index(device) == 0:
        return None
    neighbour = names[names.index(device) - 1]
    address = _on_link(context.case, neighbour, device, hop.iif, hop.flow_in.version)
    return (neighbour, Gateway(address, hop.iif)) if address else None


def towards(context: Context, device: str, *, reverse: bool) -> Gateway | None:
    """By which neighbour should it send the packets of that direction? As the other direction shows
    the way, else by a router that is known to lead there."""
    leads_on = partial(_leads_on, context, device, reverse=reverse)
    before = _before(context, device, reverse=not reverse)
    if before is not None and leads_on(before[0]):
        return before[1]
    for name in context.findings.trace(not reverse).names:
        found = _linked(context, name, device) if leads_on(name) else None
        if found is not None:
            return found
    return _known_router(context, device, reverse)


def _leads_on(context: Context, device: str, neighbour: str, *, reverse: bool) -> bool:
    """Can the neighbour bring packets of that direction nearer to their target? Those that they
    came by cannot, and ends take only what is for them."""
    path = context.findings.trace(reverse)
    came_by = path.names[: path.names.index(device)] if device in path.names else ()
    if neighbour in (device, *came_by):
        return False
    if is_own(context.case, neighbour, _target(context, device, reverse)):
        return True
    return _passes_on(context, neighbour, reverse=not reverse)


def _target(context: Context, device: str, reverse: bool) -> Address:
    """To which address do packets of that direction go, as they leave the device?"""
    hop = context.hop(device, reverse)
    return hop.flow_out.dst if hop is not None else context.findings.trace(reverse).flow.dst


def _passes_on(context: Context, name: str, *, reverse: bool) -> bool:
    """Is it a device that passes packets on, by what it is for, or as that direction shows?"""
    known = context.case.inventory.named(name)
    if known is not None and known.role not in _ENDS:
        return not _only_for_itself(context.case, name, context.flow.version)
    return name in context.findings.trace(reverse).names[1:-1]


def _only_for_itself(case: Case, name: str, version: int) -> bool:
    """Do its settings say that it passes nothing on, whatever interface it came in by?"""
    links = {port.interface for port in case.ports_of(name) if not port.on_loopback}
    settings = [case.setting(name, Knob.FORWARDING, link, version) for link in links]
    return bool(settings) and all(one and one.value is False for one in settings)


_ENDS = frozenset({Role.CLIENT, Role.SERVER, Role.HOST})


def _known_router(context: Context, device: str, reverse: bool) -> Gateway | None:
    """A router beside it that is on neither path, and has the target on one of its own links."""
    target = _target(context, device, reverse)
    for other in context.case.inventory.devices:
        borders = _borders(context.case, other.name, target)
        if not borders or not _leads_on(context, device, other.name, reverse=reverse):
            continue
        found = _linked(context, other.name, device)
        if found is not None:
            return found
    return None


def _borders(case: Case, name: str, target: Address) -> bool:
    """Is the target on one of its links?"""
    links = (port.address.network for port in case.ports_of(name) if not port.on_loopback)
    return any(target in link for link in links)


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
