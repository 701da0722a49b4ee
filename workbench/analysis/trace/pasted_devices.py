"""Which device on the flow's path did somebody paste an output of? Who pastes one asks about this
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
from workbench.analysis.trace.links import port_facing
from workbench.analysis.trace.neighbour_entries import gone
from workbench.analysis.trace.next_hops import resolve_next_hop

_PASSING = frozenset({Role.ROUTER, Role.FIREWALL, Role.NAT, Role.LOAD_BALANCER, Role.IDS})


@dataclass(frozen=True, slots=True)
class Passing:
    """A device that would pass the flow on, or end it; iif = where it was asked about as coming
    in."""

    device: str
    iif: str | None
    found: Decision


def only_pasted(case: Case, device: str) -> bool:
    """Is all that is known of the device what a person pasted?"""
    pasters = [
        item.pasted_by
        for item in case.evidence
        if item.device == device and item.status is Status.ANSWERED
    ]
    return bool(pasters) and None not in pasters


def next_pasted(case: Case, flow: Flow, visited: frozenset[str]) -> Passing | None:
    """The first of them that the flow has not met yet; None where that cannot be known."""
    every = tuple(_passing(case, flow, visited))
    led_to = {name for one in every for name in _leads_to(case, one, flow)}
    first = [one for one in every if one.device not in led_to]
    near = [one for one in first or every if port_facing(case, one.device, flow.src)]
    in_a_circle = not first and not near
    if every and in_a_circle:
        return every[0]
    chosen = first if len(first) == 1 else near
    return chosen[0] if len(chosen) == 1 else None


def _passing(case: Case, flow: Flow, visited: frozenset[str]) -> Iterator[Passing]:
    for device in case.inventory.devices:
        name = device.name
        if name in visited or not only_pasted(case, name) or _is_end(case, name, flow):
            continue
        found = _if_passing(case, name, flow)
        if found is not None:
            yield found


def _if_passing(case: Case, device: str, flow: Flow) -> Passing | None:
    comes_in = _seen_or_asked_on(case, device, flow)
    iif = comes_in or _home(case, device, flow)
    found = fib.decide(case, device, flow, iif)
    decided = found.kind not in (UNKNOWN, LOCAL) or found.refusal is not None
    if not decided:
        return None
    if comes_in is None and not _passes_on(case, device, flow, found):
        return None
    return Passing(device, iif, found)


def _is_end(case: Case, device: str, flow: Flow) -> bool:
    ends = (flow.src, flow.dst)
    return any(port.address.ip in ends for port in case.ports_of(device))


def _seen_or_asked_on(case: Case, device: str, flow: Flow) -> str | None:
    """Where the flow comes in: by the device's log, else as `ip route get DST from SRC iif eth0`
    was asked."""
    for line in logged(case, device, flow):
        of_this_direction = line.flow is not None and flow.covers(line.flow)
        if of_this_direction and line.iif and line.oif:
            return line.iif
    for _, item in case.all_records(device, Question.ROUTE_CHOICE, RouteChoice):
        if item.params.iif and item.params.flow == flow:
            return item.params.iif
    return None


def _home(case: Case, device: str, flow: Flow) -> str | None:
    """The only interface by which it would send answers: most likely the flow comes in there."""
    back = fib.decide(case, device, flow.reversed())
    interfaces = _interfaces(back.next_hops) if back.kind == UNICAST else set()
    return interfaces.pop() if len(interfaces) == 1 else None


def _passes_on(case: Case, device: str, flow: Flow, found: Decision) -> bool:
    """Is it a router, or a machine of the target's own link that gets no answer from it? A laptop
    has routes, too."""
    if _is_router(case, device, flow):
        return True
    if found.kind == UNKNOWN:
        return False
    if found.kind != UNICAST:
        return _joins_links(case, device, flow)
    if _between(case, device, flow, found):
        return True
    connected = any(hop.gateway is None for hop in found.next_hops)
    return connected and gone(case, device, flow.dst)


def _is_router(case: Case, device: str, flow: Flow) -> bool:
    known = case.inventory.named(device)
    if known is not None and known.role in _PASSING:
        return True
    if any(one.value is True for one in _forwarding(case, device)):
        return True
    if any(case.all_records(device, Question.NEXTHOP_SETS, Route)):
        return True
    return any(line.iif and line.oif for line in logged(case, device, flow))


def _forwarding(case: Case, device: str) -> Iterator[DeviceSetting]:
    """Its settings that say of all interfaces whether they pass packets on."""
    for version in (4, 6):
        whole = case.setting(device, Knob.FORWARDING, version=version)
        if whole is not None:
            yield whole
        given = case.presets(device, Knob.FORWARDING, version)
        yield from (one for one in given if one.scope is Scope.PRESET)


def logged(case: Case, device: str, flow: Flow) -> Iterator[LogLine]:
    """The lines of its log about packets of the flow, of either direction."""
    back = flow.reversed()
    for line, _ in case.all_records(device, Question.LOGS, LogLine):
        if line.flow is not None and (flow.covers(line.flow) or back.covers(line.flow)):
            yield line


def _between(case: Case, device: str, flow: Flow, found: Decision) -> bool:
    """Does it send the flow and the answers out of different interfaces?"""
    out, home = _interfaces(found.next_hops), _home(case, device, flow)
    return bool(out) and home is not None and home not in out


def _joins_links(case: Case, device: str, flow: Flow) -> bool:
    """Is the flow's source on one of its links, and other networks on another one? Hosts are on one
    link."""
    links = links_of(case.records(device, Question.ROUTES, Route), flow.version)
    names = {name for name, _ in links}
    source_on_one = any(flow.src in network for _, network in links)
    return source_on_one and len(names) > 1


def _interfaces(hops: Iterable[NextHop]) -> set[str]:
    return {hop.interface for hop in hops if hop.interface}


def _leads_to(case: Case, one: Passing, flow: Flow) -> Iterator[str]:
    for hop in one.found.next_hops:
        address = hop.gateway or flow.dst
        there = resolve_next_hop(case, one.device, hop.interface, address, flow)
        if there.device is not None:
            yield there.device
