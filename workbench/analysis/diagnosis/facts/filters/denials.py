"""Is a denial the policy of a firewall, or a plain filter on one direction's way?"""

from __future__ import annotations

from collectors.model.inventory import Role
from collectors.model.records import FilterRule
from workbench.analysis.case.findings import Boundary
from workbench.analysis.device.rulesets import key_of, ruleset
from workbench.analysis.diagnosis.facts.state.limits import looks_at_session, measures
from workbench.analysis.diagnosis.facts.stops.drop_points import DropPoint
from workbench.analysis.diagnosis.facts.stops.explanations import DropExplanation, DropReason
from workbench.analysis.diagnosis.handshake import HandshakeStep


def denial(point: DropPoint) -> DropExplanation | None:
    """The filter that denies the packet on its way, the client's own included; a server's own is
    handled elsewhere."""
    own = (DropReason.INPUT, DropReason.OUTPUT) if point.device == point.context.client else ()
    return point.why(DropReason.STATELESS, DropReason.POLICY, DropReason.TRACKING, *own)


def policy_of_a_firewall(point: DropPoint, explanation: DropExplanation | None) -> bool:
    """A firewall denies the beginning of the flow, or measures what is said in it; a router's list
    drops packets."""
    is_firewall = point.context.role(point.device) is Role.FIREWALL
    if explanation is not None and explanation.kind is DropReason.TRACKING:
        return True
    if point.step is HandshakeStep.DATA and _measured(explanation):
        return is_firewall
    if point.step is not HandshakeStep.OPENING or point.reverse:
        return False
    if explanation is not None and _by_policy(point, explanation):
        return True
    keeps_state = point.hop is not None and point.hop.boundary is Boundary.FIREWALL
    return keeps_state or is_firewall


def _measured(explanation: DropExplanation | None) -> bool:
    """Is it a rule that counts, or looks at lengths?"""
    rule = explanation.rule if explanation is not None else None
    return rule is not None and measures(rule)


def _by_policy(point: DropPoint, explanation: DropExplanation) -> bool:
    return explanation.kind is DropReason.POLICY or _falls_through(point, explanation)


def _falls_through(point: DropPoint, explanation: DropExplanation) -> bool:
    """Does no rule name it, so that it meets the end of a table which elsewhere passes what belongs
    to a session?"""
    chain = explanation.chain
    if explanation.rule is not None or chain is None:
        return False
    if point.device == point.context.client:
        return False
    table = key_of(chain)[:3]
    for key, rules in ruleset(point.context.case, point.device).rules.items():
        if key[:3] == table and any(map(_passes_sessions, rules)):
            return True
    return False


def _passes_sessions(rule: FilterRule) -> bool:
    return rule.verdict == "accept" and looks_at_session(rule)


def kind_of_filter(point: DropPoint, explanation: DropExplanation | None) -> str:
    """What stops it, in words: "stateless" only where a rule is known that looks at single
    packets."""
    if point.device == point.context.client:
        return "its own packet filter"
    if explanation is None or explanation.rule is None:
        return "a filter"
    if looks_at_session(explanation.rule):
        return "a rule that looks at the connection"
    return "a stateless filter"


def reason_of(point: DropPoint, explanation: DropExplanation | None) -> str:
    """The rule in the device's own words, where it showed them."""
    if explanation is not None:
        return explanation.why
    known = point.context.filters_known(point.device)
    return "none of the rules that it shows" if known else "its filters could not be read"
