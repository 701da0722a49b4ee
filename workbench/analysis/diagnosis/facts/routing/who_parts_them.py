"""Who decides that the two directions part: a policy rule, a per-flow hash, or a plain route."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from collectors.model.records import NextHop, PolicyRule, Route
from workbench.analysis.captures.marks import tos_of
from workbench.analysis.case.findings import Hop
from workbench.analysis.case.wording import rule_words
from workbench.analysis.device.policy_rules import rules, selects
from workbench.analysis.diagnosis.context import Context
from workbench.analysis.diagnosis.facts.neighbours.duplicate_gateways import shared_at
from workbench.analysis.trace.parting import (
    PLAIN_PRIORITIES,
    PLAIN_TABLES,
    by_policy,
    departure,
    hash_between,
    main_route,
    table_route,
)


class Means(StrEnum):
    """By what the way is chosen."""

    RULE = "policy rule"
    HASH = "per-flow hash"
    ROUTE = "route"
    GATEWAY = "gateway address that two devices claim"


@dataclass(frozen=True, slots=True)
class Decider:
    """The hop that sends the packets to the wrong place, and by what."""

    hop: Hop
    means: Means

    @property
    def name(self) -> str:
        """Which device."""
        return self.hop.name

    @property
    def text(self) -> str:
        """In words."""
        if self.means is Means.GATEWAY:
            return f"two devices claim {self.hop.next_hop}, the gateway that {self.name} uses"
        if self.means is Means.HASH:
            return f"{self.name} spreads flows over {len(self.hop.branches)} next hops by a hash"
        return f"{self.name} chose the way: {self.hop.decided or f'via {self.hop.next_hop}'}"


def decider(context: Context, guilty: str) -> Decider | None:
    """Who sends the packets to that device, while the other direction goes elsewhere?"""
    parting = departure(context.findings)
    if parting is not None and policy_deviates(context, parting):
        return Decider(parting, Means.RULE)
    if parting is not None and shared_at(context, parting) is not None:
        return Decider(parting, Means.GATEWAY)
    hashing = hash_between(context.findings, guilty)
    if hashing is not None:
        return Decider(hashing, Means.HASH)
    if parting is not None:
        return Decider(parting, Means.ROUTE)
    return None


def policy_deviates(context: Context, hop: Hop) -> bool:
    """Did a policy rule send the packet another way than the main table would have?"""
    if hop.device is None:
        return False
    if _leads_there(main_route(context.case, hop.device, hop.flow_out.dst), hop):
        return False
    return by_policy(hop) or rule_behind(context, hop) is not None


def _leads_there(route: Route | None, hop: Hop) -> bool:
    """Is the way that the packet took one of this route?"""
    if route is None:
        return False
    return any(_same(one, hop) for one in route.next_hops)


def rule_behind(context: Context, hop: Hop) -> PolicyRule | None:
    """The policy rule that alone explains the way that the packet was seen to take, mark or not."""
    if hop.device is None or by_policy(hop):
        return None
    for rule in rules(context.case, hop.device, hop.flow_out.version):
        if rule.priority in PLAIN_PRIORITIES or rule.table in PLAIN_TABLES:
            continue
        if not rule.table or not _may_select(context, hop, rule):
            continue
        route = table_route(context.case, hop.device, rule.table, hop.flow_out.dst)
        if _leads_there(route, hop):
            return rule
    return None


def _may_select(context: Context, hop: Hop, rule: PolicyRule) -> bool:
    """What mark the packet has is not known: a rule by mark may be meant."""
    if rule.mark is not None:
        return True
    tos = tos_of(context.case, hop.device or "", hop.flow_in)
    return selects(rule, hop.flow_in, hop.iif, 0, tos) is not False


def _same(one: NextHop, hop: Hop) -> bool:
    if one.interface != hop.oif:
        return False
    gateway = one.gateway or hop.flow_out.dst
    return hop.next_hop in (None, gateway)


def rule_text(context: Context, hop: Hop) -> str:
    """The rule in words: as the walk found it, or as the way that was seen gives it away."""
    found = rule_behind(context, hop)
    if found is not None:
        return f"{rule_words(found)} ({hop.decided})"
    return hop.decided or "a policy rule"
