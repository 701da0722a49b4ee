"""Where the flow is translated, and how."""

from __future__ import annotations

from collectors.model.inventory import Role
from workbench.analysis.case.findings import Boundary, Hop
from workbench.analysis.device.rulesets import newest_rules
from workbench.analysis.diagnosis.context import Context


def translator_of(context: Context) -> Hop | None:
    """Which device on the way out translates the flow?"""
    for hop in context.findings.forward.hops:
        if hop.device and hop.flow_in != hop.flow_out:
            return hop
    return None


def balances(context: Context, hop: Hop) -> bool:
    """Is the translator a load balancer, by its role or by the rule that names the server?"""
    role = context.role(hop.device or "")
    if hop.boundary is Boundary.LOAD_BALANCER or role is Role.LOAD_BALANCER:
        return True
    rules = newest_rules(context.case, hop.device) if hop.device else ()
    server = str(hop.flow_out.dst)
    return any(rule.meaning.balances and server in (rule.target or "") for rule in rules)


def to_another_server(hop: Hop) -> bool:
    """Does it rewrite the destination (DNAT)?"""
    return (hop.flow_in.dst, hop.flow_in.dport) != (hop.flow_out.dst, hop.flow_out.dport)


def hides_source(hop: Hop) -> bool:
    """Does it rewrite the source (SNAT)?"""
    return (hop.flow_in.src, hop.flow_in.sport) != (hop.flow_out.src, hop.flow_out.sport)
