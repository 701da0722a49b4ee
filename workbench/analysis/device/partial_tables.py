"""Where does a packet go, as far as tables that were reported in part, or only addresses, show?"""

from __future__ import annotations

from dataclasses import replace

from collectors.model.evidence import Evidence, Question
from collectors.model.flow import Address, Flow
from collectors.model.records import NextHop, Route
from workbench.analysis.case.case import Case
from workbench.analysis.case.wording import route_words
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
    told = routes.of(Route)
    if any(route.table in _LOCAL_TABLES for route in told):
        return None
    sources = {
        route.source
        for route in told
        if route.next_hops and not any(h.gateway for h in route.next_hops)
    }
    held = address in sources or any(port.address.ip == address for port in case.ports_of(device))
    return Decision(LOCAL, words=f"{address} is its own address") if held else None


_LOCAL_TABLES = frozenset({"local", "255"})


def by_entry(case: Case, device: str, flow: Flow, iif: str | None, mark: int | None) -> Decision:
    """Only a part of its tables is known: the entry that it named for exactly this packet, with all
    its next hops."""
    params = query(device, flow, iif, mark).params
    for route, item in case.all_records(device, Question.NEXTHOP_SETS, Route):
        same = (item.params.flow, item.params.mark) == (
            params.flow,
            params.mark,
        ) and item.params.iif in (None, iif)
        if (
            same
            and flow.dst.version == route.destination.version
            and flow.dst in route.destination
            and item.whole
        ):
            words = f"{IN_PART}; the entry that it names: {route_words(route)}"
            return replace(decision_of(route), words=words, evidence=(item.id,))
    return _picked(case, device, flow) or Decision(UNKNOWN, words=IN_PART)


def _picked(case: Case, device: str, flow: Flow) -> Decision | None:
    """Somebody picked the routes of this destination out of the tables: `ip route show match
    198.51.100.7`."""
    for item in case.usable(device, Question.ROUTES):
        if item.pasted_by is None or item.params.flow is None or item.params.flow.dst != flow.dst:
            continue
        told = [
            r
            for r in item.of(Route)
            if r.table in _MAIN and r.destination.version == flow.dst.version
        ]
        route = best([one for one in told if flow.dst in one.destination])
        if route is not None:
            words = f"{IN_PART}; the entry that was asked for: {route_words(route)}"
            return replace(decision_of(route), words=words, evidence=(item.id,))
    return None


IN_PART = "only a part of its tables is known"


_MAIN = frozenset({"main", "254"})


def main_told(case: Case, device: str, version: int) -> bool:
    """Was the main table of that IP version shown at all? `ip -6 route` that somebody pasted says
    nothing of IPv4."""
    answers = case.usable(device, Question.ROUTES)
    if any(item.pasted_by is None for item in answers):
        return True
    told = [route for item in answers for route in item.of(Route)]
    return not told or any(
        route.table in _MAIN and route.destination.version == version for route in told
    )


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
    return near if near.kind == LOCAL or entry.kind == UNKNOWN else entry


def _from_interfaces(case: Case, device: str, flow: Flow, what: str) -> Decision:
    item = case.answer(device, Question.INTERFACES)
    evidence = (item.id,) if item else ()
    for port in case.ports_of(device):
        if port.address.ip == flow.dst:
            return Decision(LOCAL, words=f"{flow.dst} is its own address", evidence=evidence)
    for port in case.ports_of(device):
        if port.interface and not port.on_loopback and flow.dst in port.address.network:
            hop = NextHop(port.interface)
            words = f"{what}, but {port.interface} is on {port.address.network}"
            return Decision(UNICAST, (hop,), hop, words, evidence=evidence)
    return Decision(UNKNOWN, words=what, evidence=evidence)
