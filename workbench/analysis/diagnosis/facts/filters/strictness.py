"""Is a denial the policy of a firewall, or a plain filter on one direction's way?"""

from __future__ import annotations

from collectors.model.inventory import Role
from workbench.analysis.case.findings import Boundary
from workbench.analysis.device.rulesets import key_of, ruleset
from workbench.analysis.diagnosis.facts.state.limits import looks_at_session, measures
from workbench.analysis.diagnosis.facts.stops.blame import Blame, Kind
from workbench.analysis.diagnosis.facts.stops.stops import Stop
from workbench.analysis.diagnosis.handshake import Stage


def denial(stop: Stop) -> Blame | None:
    """The filter that denies the packet on its way, the client's own included; a server's own is
    told elsewhere."""
    own = (Kind.INPUT, Kind.OUTPUT) if stop.device == stop.scene.client else ()
    return stop.why(Kind.STATELESS, Kind.POLICY, Kind.TRACKING, *own)


def policy_of_a_firewall(stop: Stop, blame: Blame | None) -> bool:
    """A firewall denies the beginning of the flow, or measures what is said in it; a router's list
    drops packets."""
    if blame is not None and blame.kind is Kind.TRACKING:
        return True
    if (
        stop.stage is Stage.DATA
        and blame is not None
        and blame.rule is not None
        and measures(blame.rule)
    ):
        return stop.scene.role(stop.device) is Role.FIREWALL
    if stop.stage is not Stage.OPENING or stop.reverse:
        return False
    if blame is not None and (blame.kind is Kind.POLICY or _falls_through(stop, blame)):
        return True
    keeps_state = stop.hop is not None and stop.hop.boundary is Boundary.FIREWALL
    return keeps_state or stop.scene.role(stop.device) is Role.FIREWALL


def _falls_through(stop: Stop, blame: Blame) -> bool:
    """Does no rule name it, so that it meets the end of a table which elsewhere passes what belongs
    to a session?"""
    chain = blame.chain
    if blame.rule is not None or chain is None or stop.device == stop.scene.client:
        return False
    rules = ruleset(stop.scene.case, stop.device).rules
    own = (one for key, found in rules.items() for one in found if key[:3] == key_of(chain)[:3])
    return any(looks_at_session(one) and one.verdict == "accept" for one in own)


def kind_of_filter(stop: Stop, blame: Blame | None) -> str:
    """What stops it, in words: "stateless" only where a rule is known that looks at single
    packets."""
    if stop.device == stop.scene.client:
        return "its own packet filter"
    if blame is None or blame.rule is None:
        return "a filter"
    return (
        "a rule that looks at the connection"
        if looks_at_session(blame.rule)
        else "a stateless filter"
    )


def reason_of(stop: Stop, blame: Blame | None) -> str:
    """The rule in the device's own words, where it told."""
    if blame is not None:
        return blame.text.partition(": ")[2]
    known = stop.scene.filters_known(stop.device)
    return "none of the rules that it shows" if known else "its filters could not be read"
