"""Where does a packet go, as far as tables that were reported in part, or only addresses, show?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from collectors.model.evidence import Evidence, QueryParams, Question
from collectors.model.flow import Address, Flow
from collectors.model.records import NextHop, Route
from workbench.analysis.case.case import Case
from workbench.analysis.case.wording import route_words
from workbench.analysis.device.addresses import is_own
from workbench.analysis.device.route_answers import query
from workbench.analysis.device.route_decision import (
    LOCAL,
    UNICAST,
    UNKNOWN,
    Decision,
    best,
    decision_of,
)


def own_address(case: Case, device: str, address: Address, routes: Evidence) -> Decision | None:
    """A person pastes the main table only: an address of the device's own is local all the same."""
    shown = routes.of(Route)
    if any(route.table in _LOCAL_TABLES for route in shown):
        return None
    if address in _sources_on_link(shown) or is_own(case, device, address):
        return Decision(LOCAL, words=f"{address} is its own address")
    return None


def _sources_on_link(routes: Iterable[Route]) -> set[Address | None]:
    """The addresses that it sends from on its own links."""
    return {route.source for route in routes if _is_on_link(route)}


def _is_on_link(route: Route) -> bool:
    if not route.next_hops:
        return False
    return not any(hop.gateway for hop in route.next_hops)


_LOCAL_TABLES = frozenset({"local", "255"})


def by_entry(case: Case, device: str, flow: Flow, iif: str | None, mark: int | None) -> Decision:
    """Only a part of its tables is known: the entry that it named for exactly this packet, with all
    its next hops."""
    for route, item in case.all_records(device, Question.NEXTHOP_SETS, Route):
        if not item.whole or flow.dst not in route.destination:
            continue
        if _asks_for(item.params, device, flow, iif, mark):
            words = f"{IN_PART}; the entry that it names: {route_words(route)}"
            return replace(decision_of(route), words=words, evidence=(item.id,))
    return _picked(case, device, flow) or Decision(UNKNOWN, words=IN_PART)


def _asks_for(
    asked: QueryParams, device: str, flow: Flow, iif: str | None, mark: int | None
) -> bool:
    """Is it about exactly this packet, wherever it comes in?"""
    params = query(device, flow, iif, mark).params
    if asked.iif not in (None, iif):
        return False
    return (asked.flow, asked.mark) == (params.flow, params.mark)


def _picked(case: Case, device: str, flow: Flow) -> Decision | None:
    """Somebody picked the routes of this destination out of the tables: `ip route show match
    198.51.100.7`."""
    for item in case.usable(device, Question.ROUTES):
        if not _picks(item, flow.dst):
            continue
        route = best(_in_main(item, flow.dst))
        if route is not None:
            words = f"{IN_PART}; the entry that was asked for: {route_words(route)}"
            return replace(decision_of(route), words=words, evidence=(item.id,))
    return None


def _in_main(item: Evidence, address: Address) -> Iterator[Route]:
    """The routes to that address in the main table."""
    for route in item.of(Route):
        if route.table in _MAIN and address in route.destination:
            yield route


def _picks(item: Evidence, address: Address) -> bool:
    """Did somebody ask for the routes of this address alone?"""
    if item.pasted_by is None or item.params.flow is None:
        return False
    return item.params.flow.dst == address


def main_table_shown(case: Case, device: str, version: int) -> bool:
    """Was the main table of that IP version shown at all? `ip -6 route` that somebody pasted, or a
    command that asks for one version only, says nothing of the other."""
    nothing_shown = True
    for item in case.usable(device, Question.ROUTES):
        if item.all_versions:
            return True
        nothing_shown = nothing_shown and item.pasted_by is not None
        for route in item.of(Route):
            if _is_main(route, version):
                return True
            nothing_shown = False
    return nothing_shown


def _is_main(route: Route, version: int) -> bool:
    return route.table in _MAIN and route.destination.version == version


IN_PART = "only a part of its tables is known"


_MAIN = frozenset({"main", "254"})


def without_tables(
    case: Case,
    device: str,
    flow: Flow,
    iif: str | None,
    mark: int | None,
    words: str = "its routes are not known",
) -> Decision:
    """Only an entry is known, or addresses: the entry counts more than what the addresses let be
    expected."""
    near = _from_interfaces(case, device, flow, words)
    entry = by_entry(case, device, flow, iif, mark)
    if near.kind == LOCAL or entry.kind == UNKNOWN:
        return near
    return entry


def _from_interfaces(case: Case, device: str, flow: Flow, what: str) -> Decision:
    item = case.answer(device, Question.INTERFACES)
    return replace(
        _by_addresses(case, device, flow, what), evidence=(item.id,) if item is not None else ()
    )


def _by_addresses(case: Case, device: str, flow: Flow, what: str) -> Decision:
    if is_own(case, device, flow.dst):
        return Decision(LOCAL, words=f"{flow.dst} is its own address")
    for port in case.ports_of(device):
        if port.on_loopback or flow.dst not in port.address.network:
            continue
        if port.interface:
            hop = NextHop(port.interface)
            words = f"{what}, but {port.interface} is on {port.address.network}"
            return Decision(UNICAST, (hop,), hop, words)
    return Decision(UNKNOWN, words=what)
