"""What does a device do with one packet, as its routing selects?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from collectors.model.evidence import Question
from collectors.model.flow import Address
from collectors.model.records import NextHop, PolicyRule, Route
from workbench.analysis.case.case import Case

ENDINGS = frozenset({"blackhole", "unreachable", "prohibit"})


UNICAST = "unicast"


LOCAL = "local"


NO_ROUTE = "no route"


UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Decision:
    """What a device does with one packet, as routing selects, and what that rests on."""

    kind: str  # unicast, local, blackhole, unreachable, prohibit, "no route", unknown
    next_hops: tuple[NextHop, ...] = ()  # the whole ECMP set
    # the one of them that this flow takes, where it is known or there is only one
    chosen: NextHop | None = None
    # "rule 100 (from 192.0.2.0/24) -> table 100, default via 198.51.100.1 dev eth1"
    words: str = ""
    rule: PolicyRule | None = None
    route: Route | None = None
    table: str | None = None
    source: Address | None = None
    mtu: int | None = None
    evidence: tuple[str, ...] = ()
    exact: bool = False  # the device answered for exactly this packet
    refusal: str | None = None  # the kernel's words when it refused to route exactly this packet
    doubts: tuple[str, ...] = ()  # rules that may or may not apply
    forwards: bool = True  # False = its settings say that it passes nothing on

    @property
    def by_source(self) -> bool:
        """Did a policy rule choose that looks at the packet's source?"""
        return self.rule is not None and self.rule.source is not None

    @property
    def rule_priority(self) -> int | None:
        """Which policy rule chose the table (0, 32766 and 32767 are those that every device
        has)."""
        return self.rule.priority if self.rule else None

    @property
    def sentence(self) -> str:
        """The decision in words, and what the device said where it refused."""
        if not self.refusal:
            return self.words
        return f"{self.words} (it refuses this packet: {self.refusal})"


def best(candidates: Iterable[Route]) -> Route | None:
    """Longest prefix first, then the longest source prefix, then the lowest metric; equal IPv6
    routes are one set."""
    usable = list(filter(_has_a_way, candidates))
    if not usable:
        return None
    first = min(usable, key=_precedence)
    if first.destination.version == 4:
        return first
    equal = [route for route in usable if _same_entry(route, first)]
    return first if len(equal) == 1 else replace(first, next_hops=_hops_of(equal))


def _has_a_way(route: Route) -> bool:
    """Is one of its links up? Routes that end here need none."""
    return not route.next_hops or any(hop.up for hop in route.next_hops)


def _hops_of(routes: Iterable[Route]) -> tuple[NextHop, ...]:
    """Every next hop of these routes once, in order."""
    found: dict[NextHop, None] = {}
    for route in routes:
        found.update(dict.fromkeys(route.next_hops))
    return tuple(found)


def _precedence(route: Route) -> tuple[int, int, int]:
    source = route.only_from.prefixlen if route.only_from else 0
    return (-route.destination.prefixlen, -source, route.metric)


def next_hops_to(case: Case, device: str, address: Address) -> tuple[NextHop, ...]:
    """Every next hop that any table of the device has for the address, the longest prefixes
    first."""
    fitting = []
    for route in case.records(device, Question.ROUTES, Route):
        if route.kind == UNICAST and address in route.destination:
            fitting.append(route)
    return _hops_of(sorted(fitting, key=lambda route: -route.destination.prefixlen))


def _same_entry(one: Route, other: Route) -> bool:
    return (one.destination, one.kind, _precedence(one)) == (
        other.destination,
        other.kind,
        _precedence(other),
    )


def decision_of(route: Route) -> Decision:
    """What does a device do with a packet that this entry of a table fits?"""
    hops = tuple(hop for hop in route.next_hops if hop.up)
    kind = LOCAL if route.kind in {"local", "anycast"} else route.kind
    return Decision(
        kind,
        next_hops=hops,
        chosen=hops[0] if len(hops) == 1 else None,
        route=route,
        table=route.table,
        source=route.source,
        mtu=route.mtu,
    )


def any_route_out(case: Case, device: str, address: Address, interface: str) -> NextHop | None:
    """By which next hop could the packet have left on this interface, whatever rule sent it
    there?"""
    for hop in next_hops_to(case, device, address):
        if hop.interface == interface:
            return hop
    return None
