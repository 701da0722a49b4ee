"""What did the device itself answer when it was asked for the route of exactly this packet?"""

from __future__ import annotations

from dataclasses import replace

from collectors.model.evidence import Evidence, Query, QueryParams, Question
from collectors.model.flow import Flow
from collectors.model.records import NextHop, RouteChoice
from collectors.playbook import route_get
from workbench.analysis.captures.marks import tos_of
from workbench.analysis.case.case import Case
from workbench.analysis.case.wording import hop_words
from workbench.analysis.device.route_changes import outdated
from workbench.analysis.device.route_decision import (
    ENDINGS,
    LOCAL,
    NO_ROUTE,
    UNICAST,
    UNKNOWN,
    Decision,
)


def asked_without_where(case: Case, device: str, flow: Flow) -> tuple[RouteChoice, Evidence] | None:
    """A person asks a router for the destination alone, and pastes that: better than nothing about
    what comes in."""
    found = choice(case, device, flow, None, None)
    return found if found is not None and found[1].pasted_by is not None else None


def query(
    device: str, flow: Flow, iif: str | None, mark: int | None, tos: int | None = None
) -> Query:
    """The question to the device itself about exactly this packet."""
    params = QueryParams(flow=flow, iif=iif, mark=mark or None, tos=tos)
    return Query(device, Question.ROUTE_CHOICE, params, step=route_get.STEP.id)


def was_asked(case: Case, device: str, flow: Flow, iif: str | None, mark: int | None) -> bool:
    """Was the device asked about exactly this packet, whatever came of it?"""
    params = query(device, flow, iif, mark, tos_of(case, device, flow)).params
    return any(item.params == params for item in case.answers(device, Question.ROUTE_CHOICE))


def choice(
    case: Case, device: str, flow: Flow, iif: str | None, mark: int | None
) -> tuple[RouteChoice, Evidence] | None:
    """The device's own newest answer for exactly this packet, unless its routes changed since."""
    params = query(device, flow, iif, mark, tos_of(case, device, flow)).params
    for record, item in case.all_records(device, Question.ROUTE_CHOICE, RouteChoice):
        if item.params == params:
            return None if outdated(case, item, flow.dst) else (record, item)
    return None


def own_answer(tables: Decision, told: RouteChoice, item: Evidence) -> Decision:
    """The decision that counts: what the device answered, with what its tables add to it."""
    if told.kind == "invalid" or (told.kind in ENDINGS and tables.kind == UNICAST and told.error):
        return _refused(tables, told, item)
    if told.kind in ENDINGS and tables.kind in ENDINGS | {NO_ROUTE}:
        return replace(tables, exact=True, refusal=told.error, evidence=(item.id, *tables.evidence))
    tables = _with_hop_taken(tables, told.next_hop)
    same = next((hop for hop in tables.next_hops if _leads(hop, told.next_hop)), told.next_hop)
    agrees = told.kind == tables.kind and (same in tables.next_hops or told.kind == LOCAL)
    return replace(
        tables if agrees else _bare(told),
        kind=told.kind,
        chosen=same,
        source=told.source,
        mtu=told.mtu or tables.mtu,
        evidence=(item.id, *tables.evidence),
        exact=True,
        doubts=(),
    )


def _with_hop_taken(tables: Decision, taken: NextHop | None) -> Decision:
    """A kernel goes on using a next hop whose link is down (`linkdown`), unless it is told to leave
    such ones out."""
    every = tables.route.next_hops if tables.route is not None else ()
    hops = tuple(hop for hop in every if hop in tables.next_hops or _leads(hop, taken))
    return replace(tables, next_hops=hops) if len(hops) > len(tables.next_hops) else tables


def _bare(told: RouteChoice) -> Decision:
    hops = (told.next_hop,) if told.next_hop else ()
    words = (
        f"its own answer: {hop_words(told.next_hop)}"
        if told.next_hop
        else f"its own answer: {told.kind}"
    )
    if told.table:
        words += f" (table {told.table})"
    return Decision(told.kind, hops, told.next_hop, words, table=told.table)


def _refused(tables: Decision, told: RouteChoice, item: Evidence) -> Decision:
    """`Invalid argument` is a reverse-path refusal or a blackhole: only the tables tell which, and
    what is beyond."""
    kind = tables.kind
    if kind == UNKNOWN and told.kind in ENDINGS:
        kind = told.kind
    error = told.error or told.kind
    return replace(tables, kind=kind, refusal=error, evidence=(item.id, *tables.evidence))


def _leads(one: NextHop, other: NextHop | None) -> bool:
    return other is not None and one.interface == other.interface and one.gateway == other.gateway
