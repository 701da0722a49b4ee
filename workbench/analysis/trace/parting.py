"""Where the two paths part, who decided that, and by what."""

from __future__ import annotations

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


def departure(findings: Findings) -> Hop | None:
    """At which hop does the way back first leave the way out?"""
    return _parting(findings.reverse, tuple(reversed(findings.forward.names)))


def forward_departure(findings: Findings) -> Hop | None:
    """At which hop does the way out first leave the way back?"""
    return _parting(findings.forward, tuple(reversed(findings.reverse.names)))


def _parting(path: Trace, other: tuple[str, ...]) -> Hop | None:
    for index, hop in enumerate(path.hops):
        if index >= len(other) or hop.name != other[index]:
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
    return tuple(hop.device for hop in inner if hop.device and _keeps(case, hop, path.reverse))


def _keeps(case: Case, hop: Hop, reply: bool) -> bool:
    """As its rules show; by its role where it showed nothing itself."""
    known = case.inventory.named(hop.device or "")
    silent = known is not None and not case.reached(known.name)
    if hop.boundary is Boundary.IDS and not silent:
        return bool(needs_state(case, hop, reply=reply))
    return hop.boundary in STATEFUL_DEVICES or (
        silent and known is not None and known.role in _BY_ROLE
    )


def main_route(case: Case, device: str, destination: Address) -> Route | None:
    """What would the device's main table say?"""
    return table_route(case, device, "main", destination) or table_route(
        case, device, "254", destination
    )


def table_route(case: Case, device: str, table: str, destination: Address) -> Route | None:
    """What does one of its tables say? A table of which only a part is known may have a better
    route."""
    if not case.asked(device, Question.ROUTES):
        return None
    routes = [r for r in case.records(device, Question.ROUTES, Route) if r.table == table]
    return best(
        [
            r
            for r in routes
            if r.destination.version == destination.version and destination in r.destination
        ]
    )


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
    outcomes = {guilty in _beyond(path.names, hop.name)}
    outcomes |= {
        guilty in _beyond(a.names, hop.name) for a in path.alternates if hop.name in a.names
    }
    if len(outcomes) > 1:
        return True
    led = {branch.device for branch in hop.branches}
    return guilty in led and len(led) > 1


def _beyond(names: tuple[str, ...], start: str) -> tuple[str, ...]:
    return names[names.index(start) + 1 :] if start in names else ()


def interface_of(case: Case, device: str, name: str | None) -> Interface | None:
    """That interface of the device, as it says itself."""
    return next(
        (i for i in case.records(device, Question.INTERFACES, Interface) if i.name == name), None
    )


def dead_end(path: Trace) -> Hop | None:
    """The device that has no route for the packets of this direction."""
    return (
        path.hops[-1]
        if path.hops and path.disposition in (Disposition.NO_ROUTE, Disposition.BLACKHOLE)
        else None
    )
