"""Which device on the flow's way did somebody bring an output of? Who pastes one asks about this
flow."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from collectors.model.evidence import Question, Status
from collectors.model.flow import Flow
from collectors.model.inventory import Role
from collectors.model.records import LogLine, NextHop, Route, RouteChoice
from collectors.model.settings import DeviceSetting, Knob, Scope
from workbench.analysis.case.case import Case
from workbench.analysis.case.probers import links_of
from workbench.analysis.device import fib
from workbench.analysis.device.route_decision import LOCAL, UNICAST, UNKNOWN, Decision
from workbench.analysis.trace.next_hops import gone, port_facing, resolve_next_hop

_PASSING = frozenset({Role.ROUTER, Role.FIREWALL, Role.NAT, Role.LOAD_BALANCER, Role.IDS})


@dataclass(frozen=True, slots=True)
class Passing:
    """A device that would pass the flow on, or end it; iif = where it was asked about as coming
    in."""

    device: str
    iif: str | None
    found: Decision


def brought(case: Case, device: str) -> bool:
    """Is all that is known of the device what a person pasted?"""
    told = [
        item for item in case.evidence if item.device == device and item.status is Status.ANSWERED
    ]
    return bool(told) and all(item.pasted_by is not None for item in told)


def next_brought(case: Case, flow: Flow, visited: frozenset[str]) -> Passing | None:
    """The first of them that the flow has not met yet; None where that cannot be known."""
    every = tuple(_passing(case, flow, visited))
    led_to = {name for one in every for name in _leads_to(case, one, flow)}
    first = [one for one in every if one.device not in led_to]
    near = [one for one in first or every if port_facing(case, one.device, flow.src)]
    if every and not first and not near:
        return every[0]  # they lead in a circle
    chosen = first if len(first) == 1 else near
    return chosen[0] if len(chosen) == 1 else None


def _passing(case: Case, flow: Flow, visited: frozenset[str]) -> Iterator[Passing]:
    for device in case.inventory.devices:
        if (
            device.name in visited
            or not brought(case, device.name)
            or _is_end(case, device.name, flow)
        ):
            continue
        met = _met_on(case, device.name, flow)
        iif = met or _home(case, device.name, flow)
        found = fib.decide(case, device.name, flow, iif)
        known = found.kind not in (UNKNOWN, LOCAL) or found.refusal is not None
        if known and (met is not None or _passes_on(case, device.name, flow, found)):
            yield Passing(device.name, iif, found)


def _is_end(case: Case, device: str, flow: Flow) -> bool:
    return any(port.address.ip in (flow.src, flow.dst) for port in case.ports_of(device))


def _met_on(case: Case, device: str, flow: Flow) -> str | None:
    """Where the flow comes in: by the device's log, else as `ip route get DST from SRC iif eth0`
    was asked."""
    answers = (item for _, item in case.all_records(device, Question.ROUTE_CHOICE, RouteChoice))
    asked = (item.params.iif for item in answers if item.params.iif and item.params.flow == flow)
    seen = (
        line.iif
        for line in logged(case, device, flow)
        if line.flow and flow.covers(line.flow) and line.oif
    )
    return next((one for one in (*seen, *asked) if one), None)


def _home(case: Case, device: str, flow: Flow) -> str | None:
    """The only interface by which it would send answers: most likely the flow comes in there."""
    back = fib.decide(case, device, flow.reversed())
    ways = _interfaces(back.next_hops) if back.kind == UNICAST else set()
    return ways.pop() if len(ways) == 1 else None


def _passes_on(case: Case, device: str, flow: Flow, found: Decision) -> bool:
    """Is it a router, or a machine of the target's own link that asks for it in vain? A laptop has
    routes, too."""
    if _is_router(case, device, flow):
        return True
    if found.kind != UNICAST:
        return found.kind != UNKNOWN and _joins_links(case, device, flow)
    connected = any(hop.gateway is None for hop in found.next_hops)
    return _between(case, device, flow, found) or (connected and gone(case, device, flow.dst))


def _is_router(case: Case, device: str, flow: Flow) -> bool:
    known = case.inventory.named(device)
    if known is not None and known.role in _PASSING:
        return True
    switched_on = any(one.value is True for one in _forwarding(case, device))
    entries = any(case.all_records(device, Question.NEXTHOP_SETS, Route))
    return (
        switched_on or entries or any(line.iif and line.oif for line in logged(case, device, flow))
    )


def _forwarding(case: Case, device: str) -> Iterator[DeviceSetting]:
    """Its settings that say of all interfaces whether they pass packets on."""
    for version in (4, 6):
        whole = case.setting(device, Knob.FORWARDING, version=version)
        given = case.presets(device, Knob.FORWARDING, version)
        yield from (whole,) if whole is not None else ()
        yield from (one for one in given if one.scope is Scope.PRESET)


def logged(case: Case, device: str, flow: Flow) -> Iterator[LogLine]:
    """The lines of its log about packets of the flow, of either direction."""
    for line, _ in case.all_records(device, Question.LOGS, LogLine):
        if line.flow is not None and (flow.covers(line.flow) or flow.reversed().covers(line.flow)):
            yield line


def _between(case: Case, device: str, flow: Flow, found: Decision) -> bool:
    """Does it send the flow and the answers out of different interfaces?"""
    out, home = _interfaces(found.next_hops), _home(case, device, flow)
    return bool(out) and home is not None and home not in out


def _joins_links(case: Case, device: str, flow: Flow) -> bool:
    """Is the flow's source on one of its links, and other networks on another one? Hosts are on one
    link."""
    told = links_of(case.records(device, Question.ROUTES, Route), flow.version)
    links = {name for name, _ in told}
    near = {name for name, network in told if flow.src in network}
    return bool(near) and len(links) > 1


def _interfaces(hops: Iterable[NextHop]) -> set[str]:
    return {hop.interface for hop in hops if hop.interface}


def _leads_to(case: Case, one: Passing, flow: Flow) -> Iterator[str]:
    for hop in one.found.next_hops:
        there = resolve_next_hop(case, one.device, hop.interface, hop.gateway or flow.dst, flow)
        if there.device is not None:
            yield there.device
