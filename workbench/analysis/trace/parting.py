"""Where the two paths part, who decided that, and by what."""

from __future__ import annotations

from collections.abc import Iterator

from collectors.model.evidence import Question
from collectors.model.flow import Address
from collectors.model.inventory import Role
from collectors.model.records import Interface, Route
from workbench.analysis.case.case import Case
from workbench.analysis.case.findings import Boundary, Disposition, Findings, Hop, Trace
from workbench.analysis.device.hop_filtering import needs_state
from workbench.analysis.device.route_decision import best

PLAIN_TABLES = frozenset({"", "main", "default", "local", "254", "253", "255"})
PLAIN_PRIORITIES = frozenset({0, 32766, 32767})
_BY_ROLE = frozenset({Role.FIREWALL, Role.NAT, Role.LOAD_BALANCER, Role.IDS})
STATEFUL_DEVICES = frozenset({Boundary.FIREWALL, Boundary.NAT, Boundary.LOAD_BALANCER})
_NO_WAY_ON = frozenset({Disposition.NO_ROUTE, Disposition.BLACKHOLE})


def departure(findings: Findings) -> Hop | None:
    """At which hop does the way back first leave the way out?"""
    return _parting(findings.reverse, findings.forward)


def forward_departure(findings: Findings) -> Hop | None:
    """At which hop does the way out first leave the way back?"""
    return _parting(findings.forward, findings.reverse)


def _parting(path: Trace, other: Trace) -> Hop | None:
    """The last hop of those that both have in common, from where this path begins."""
    names_there = other.names[::-1]
    for index, hop in enumerate(path.hops):
        same = index < len(names_there) and hop.name == names_there[index]
        if not same:
            return path.hops[index - 1] if index else None
    return None


def by_policy(hop: Hop) -> bool:
    """Did a policy rule, and not the main table, choose the way at this hop?"""
    if hop.table is not None and hop.table not in PLAIN_TABLES:
        return True
    return hop.rule_priority is not None and hop.rule_priority not in PLAIN_PRIORITIES


def stateful_devices(case: Case, path: Trace) -> tuple[str, ...]:
    """Which devices on the path keep state that the flow depends on? The ends do not count."""
    inner = path.hops[1:-1] if path.disposition is Disposition.DELIVERED else path.hops[1:]
    stateful = (hop for hop in inner if hop.device and _keeps(case, hop, path.reverse))
    return tuple(hop.device for hop in stateful if hop.device)


def _keeps(case: Case, hop: Hop, reply: bool) -> bool:
    """As its rules show; by its role where it showed nothing itself."""
    known = case.inventory.named(hop.device or "")
    if known is not None and not case.reached(known.name):
        return hop.boundary in STATEFUL_DEVICES or known.role in _BY_ROLE
    if hop.boundary is Boundary.IDS:
        return bool(needs_state(case, hop, reply=reply))
    return hop.boundary in STATEFUL_DEVICES


def main_route(case: Case, device: str, destination: Address) -> Route | None:
    """What would the device's main table say?"""
    by_name = table_route(case, device, "main", destination)
    return by_name or table_route(case, device, "254", destination)


def table_route(case: Case, device: str, table: str, destination: Address) -> Route | None:
    """What does one of its tables say? A table of which only a part is known may have a better
    route."""
    if not case.asked(device, Question.ROUTES):
        return None
    routes = case.records(device, Question.ROUTES, Route)
    return best(route for route in routes if route.table == table and _fits(route, destination))


def _fits(route: Route, destination: Address) -> bool:
    network = route.destination
    return network.version == destination.version and destination in network


def hashed(path: Trace) -> tuple[Hop, ...]:
    """Which hops choose among several next hops for this flow?"""
    return tuple(hop for hop in path.hops if len(hop.branches) > 1)


def hash_between(findings: Findings, guilty: str) -> Hop | None:
    """Which hash decides whether the flow meets that device: one of its branches does, another does
    not?"""
    for path in (findings.reverse, findings.forward):
        for hop in reversed(hashed(path)):
            if _splits(path, hop, guilty):
                return hop
    return None


def _splits(path: Trace, hop: Hop, guilty: str) -> bool:
    outcomes = {guilty in beyond for beyond in _beyond(path, hop.name)}
    if len(outcomes) > 1:
        return True
    led = {branch.device for branch in hop.branches}
    return guilty in led and len(led) > 1


def _beyond(path: Trace, start: str) -> Iterator[tuple[str, ...]]:
    """The devices beyond that one, on the path and on each alternate that passes it."""
    yield _names_after(path.names, start)
    for alternate in path.alternates:
        if start in alternate.names:
            yield _names_after(alternate.names, start)


def _names_after(names: tuple[str, ...], start: str) -> tuple[str, ...]:
    return names[names.index(start) + 1 :] if start in names else ()


def interface_of(case: Case, device: str, name: str | None) -> Interface | None:
    """That interface of the device, as it says itself."""
    for one in case.records(device, Question.INTERFACES, Interface):
        if one.name == name:
            return one
    return None


def dead_end(path: Trace) -> Hop | None:
    """The device that has no route for the packets of this direction."""
    if not path.hops or path.disposition not in _NO_WAY_ON:
        return None
    return path.hops[-1]
