"""Where would this device send exactly this packet? Its own answer where it gave one, its rules and
tables else."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from collectors.model.evidence import Evidence, Question
from collectors.model.flow import Flow
from collectors.model.records import PolicyRule, Route
from workbench.analysis.captures.marks import tos_of
from workbench.analysis.case.case import Case
from workbench.analysis.case.wording import route_words, rule_words
from workbench.analysis.device.partial_tables import (
    IN_PART,
    by_entry,
    main_table_shown,
    own_address,
    without_tables,
)
from workbench.analysis.device.policy_rules import rules, rules_known, selects, shortest
from workbench.analysis.device.route_answers import asked_without_where, choice, own_answer
from workbench.analysis.device.route_decision import (
    ENDINGS,
    LOCAL,
    NO_ROUTE,
    UNKNOWN,
    Decision,
    best,
    decision_of,
)


def decide(
    case: Case, device: str, flow: Flow, iif: str | None = None, mark: int | None = None
) -> Decision:
    """Where does the device send this packet? iif None = the device sends it itself."""
    tables = from_tables(case, device, flow, iif, mark)
    asked = choice(case, device, flow, iif, mark)
    unknown = tables.kind == UNKNOWN and iif is not None
    if asked is None and unknown:
        asked = asked_without_where(case, device, flow)
    if asked is None:
        return tables
    return own_answer(tables, *asked)


# --- rules and tables ---


def from_tables(
    case: Case, device: str, flow: Flow, iif: str | None = None, mark: int | None = None
) -> Decision:
    """What do the device's rules and tables say about this packet, its own answer left aside?"""
    routes = case.answer(device, Question.ROUTES)
    if routes is None:
        return without_tables(case, device, flow, iif, mark)
    found = own_address(case, device, flow.dst, routes)
    if found is None:
        found = _by_rules(case, device, flow, iif, mark, routes)
    return replace(found, evidence=(*_rules_evidence(case, device), routes.id, *found.evidence))


def _by_rules(
    case: Case, device: str, flow: Flow, iif: str | None, mark: int | None, routes: Evidence
) -> Decision:
    """By its rules, where its tables are known well enough for that; else by what is known."""
    found = _follow_rules(case, device, flow, iif, mark or 0)
    complete = routes.whole and main_table_shown(case, device, flow.version)
    if complete or _certain(found):
        return found
    if not routes.pasted_by:
        return by_entry(case, device, flow, iif, mark)
    return without_tables(case, device, flow, iif, mark, IN_PART)


def _certain(found: Decision) -> bool:
    """Does it stand whatever other routes there are? Its own addresses do: nothing is asked before
    them."""
    if found.kind != LOCAL or found.rule_priority != 0:
        return False
    return found.route is not None and _is_host(found.route)


def _is_host(route: Route) -> bool:
    return route.destination.num_addresses == 1


def _rules_evidence(case: Case, device: str) -> tuple[str, ...]:
    item = case.answer(device, Question.RULES)
    return (item.id,) if item else ()


def _follow_rules(case: Case, device: str, flow: Flow, iif: str | None, mark: int) -> Decision:
    doubts: list[str] = []
    skip_to = -1
    tos = tos_of(case, device, flow)
    for rule in rules(case, device, flow.version):
        if rule.priority < skip_to:
            continue
        applies = selects(rule, flow, iif, mark, tos)
        if applies is None:
            doubts.append(rule_words(rule))
        if not applies:
            continue
        if rule.action == "goto":
            skip_to = rule.goto or -1
            continue
        found = _apply(case, device, rule, flow)
        if found is not None:
            return replace(found, doubts=tuple(doubts))
    return replace(_no_rule_left(case, device, flow), doubts=tuple(doubts))


def _no_rule_left(case: Case, device: str, flow: Flow) -> Decision:
    if rules_known(case, device):
        return Decision(NO_ROUTE, words=f"no table has a route to {flow.dst}")
    return Decision(UNKNOWN, words="only a part of its policy rules is known")


def _apply(case: Case, device: str, rule: PolicyRule, flow: Flow) -> Decision | None:
    """What the rule's action yields; None = nothing, so the next rule is asked."""
    if rule.action in ENDINGS:
        return Decision(rule.action, words=f"{rule_words(rule)}: {rule.action}", rule=rule)
    if rule.table is None:
        return None
    suppressed = shortest(rule)
    candidates = _covering(case, device, rule.table, flow)
    route = best(one for one in candidates if one.destination.prefixlen > suppressed)
    if route is None or route.kind == "throw":
        return None
    return _by_route(rule, route)


def _covering(case: Case, device: str, table: str, flow: Flow) -> Iterator[Route]:
    for route in case.records(device, Question.ROUTES, Route):
        if route.table == table and _takes(route, flow):
            yield route


def _takes(route: Route, flow: Flow) -> bool:
    """Is it a route to the flow's target, for packets from its source?"""
    if flow.dst not in route.destination:
        return False
    return route.only_from is None or flow.src in route.only_from


def _by_route(rule: PolicyRule, route: Route) -> Decision:
    return replace(decision_of(route), words=f"{rule_words(rule)}, {route_words(route)}", rule=rule)
