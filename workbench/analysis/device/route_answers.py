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
    if found is None or found[1].pasted_by is None:
        return None
    return found


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


def own_answer(tables: Decision, reported: RouteChoice, item: Evidence) -> Decision:
    """The decision that counts: what the device answered, with what its tables add to it."""
    ends = reported.kind in ENDINGS
    routed = tables.kind == UNICAST and bool(reported.error)
    if reported.kind == "invalid" or (ends and routed):
        return _refused(tables, reported, item)
    if ends and tables.kind in _NOWHERE:
        proof = (item.id, *tables.evidence)
        return replace(tables, exact=True, refusal=reported.error, evidence=proof)
    tables = _with_hop_taken(tables, reported.next_hop)
    same = _same_hop(tables, reported.next_hop)
    return replace(
        tables if _agrees(tables, reported, same) else _bare(reported),
        kind=reported.kind,
        chosen=same,
        source=reported.source,
        mtu=reported.mtu or tables.mtu,
        evidence=(item.id, *tables.evidence),
        exact=True,
        doubts=(),
    )


_NOWHERE = ENDINGS | {NO_ROUTE}


def _same_hop(tables: Decision, taken: NextHop | None) -> NextHop | None:
    """The next hop as the tables have it, which show more of it."""
    return next((hop for hop in tables.next_hops if _leads(hop, taken)), taken)


def _agrees(tables: Decision, reported: RouteChoice, taken: NextHop | None) -> bool:
    """Do the tables say what the device answered?"""
    if reported.kind != tables.kind:
        return False
    return reported.kind == LOCAL or taken in tables.next_hops


def _with_hop_taken(tables: Decision, taken: NextHop | None) -> Decision:
    """A kernel goes on using a next hop whose link is down (`linkdown`), unless it is set to leave
    them out."""
    if tables.route is None:
        return tables
    used = [hop for hop in tables.route.next_hops if _is_used(hop, tables, taken)]
    if len(used) <= len(tables.next_hops):
        return tables
    return replace(tables, next_hops=tuple(used))


def _is_used(hop: NextHop, tables: Decision, taken: NextHop | None) -> bool:
    return hop in tables.next_hops or _leads(hop, taken)


def _bare(reported: RouteChoice) -> Decision:
    hop = reported.next_hop
    words = f"its own answer: {hop_words(hop) if hop else reported.kind}"
    if reported.table:
        words += f" (table {reported.table})"
    return Decision(reported.kind, (hop,) if hop else (), hop, words, table=reported.table)


def _refused(tables: Decision, reported: RouteChoice, item: Evidence) -> Decision:
    """`Invalid argument` is a reverse-path refusal or a blackhole: only the tables show which, and
    what is beyond."""
    unknown = tables.kind == UNKNOWN and reported.kind in ENDINGS
    return replace(
        tables,
        kind=reported.kind if unknown else tables.kind,
        refusal=reported.error or reported.kind,
        evidence=(item.id, *tables.evidence),
    )


def _leads(one: NextHop, other: NextHop | None) -> bool:
    if other is None:
        return False
    return (one.interface, one.gateway) == (other.interface, other.gateway)
