"""Fixes that change what a packet filter lets pass."""

from __future__ import annotations

from collections.abc import Iterator

from collectors.model.flow import Flow
from collectors.model.records import FilterChain
from collectors.model.remedy.filters import (
    AcceptUntracked,
    AnswerEcho,
    JoinBridgePorts,
    PermitFlow,
    PermitNeighbourDiscovery,
)
from workbench.analysis.case.verdict import Fix, FixClass
from workbench.analysis.device.rulesets import ruleset
from workbench.analysis.diagnosis.context import Context
from workbench.analysis.diagnosis.facts.neighbours.unheard import Kept
from workbench.analysis.diagnosis.facts.stops.drop_points import DropPoint
from workbench.analysis.diagnosis.facts.stops.explanations import DropExplanation, DropReason
from workbench.analysis.diagnosis.remedies.limits import raise_limit


def chain_at(
    context: Context, device: str, hook: str, explanation: DropExplanation | None = None
) -> FilterChain | None:
    """The chain of the device in which a rule for this flow belongs."""
    if explanation is not None and explanation.chain is not None:
        return explanation.chain
    at_hook = ruleset(context.case, device).at(hook, context.flow.version)
    filters = [chain for chain in at_hook if chain.kind == "filter"]
    return filters[-1] if filters else None


def _seen_at(context: Context, device: str, reverse: bool) -> Flow:
    hop = context.hop(device, reverse) or context.hop_below(device, reverse)
    if hop is None:
        return context.flow.reversed() if reverse else context.flow
    return hop.flow_in.translated(dst=hop.flow_out.dst, dport=hop.flow_out.dport)


def stateless_rule(context: Context, device: str, reverse: bool) -> Iterator[Fix]:
    """Let this flow pass without asking for a session: quick, and good to test with."""
    chain = chain_at(context, device, "forward")
    if chain is None:
        return
    yield Fix.of(
        FixClass.STATELESS_RULE_FOR_FLOW,
        PermitFlow(device, _seen_at(context, device, reverse), chain),
        side_effects="these packets pass without any check of their state",
        temporary=True,
        proof=f"the counter of the new rule rises, and the packet leaves {device}",
    )


def accept_untracked(context: Context, device: str, reverse: bool) -> Iterator[Fix]:
    """Keep this flow out of connection tracking on a device that sees only half of it."""
    chain = chain_at(context, device, "forward")
    if chain is None:
        return
    yield Fix.of(
        FixClass.BE_LIBERAL_OR_ACCEPT_UNTRACKED,
        AcceptUntracked(device, _seen_at(context, device, reverse), chain),
        side_effects="the flow is no longer tracked there: no NAT and no state for it",
        proof=f"the packet leaves {device}, and its invalid counter stands still",
    )


def allow_in_transit(point: DropPoint, explanation: DropExplanation | None) -> Iterator[Fix]:
    """Let the firewall's policy permit the flow."""
    yield from _allow(point, explanation, FixClass.ADD_FIREWALL_RULE, "forward")


def allow_on_host(point: DropPoint, explanation: DropExplanation) -> Iterator[Fix]:
    """Let the server's own filter permit the flow, or its kernel answer."""
    if isinstance(explanation.cure, AnswerEcho):
        proof = "a ping from the client is answered"
        yield Fix.of(FixClass.FIX_HOST_FIREWALL, explanation.cure, proof=proof)
        return
    yield from _allow(
        point, explanation, FixClass.FIX_HOST_FIREWALL, "output" if point.reverse else "input"
    )


def mend_acl(point: DropPoint, explanation: DropExplanation | None) -> Iterator[Fix]:
    """Permit this direction ahead of the rule that drops it."""
    yield from _allow(point, explanation, FixClass.FIX_ACL, "forward")


def join_ports(kept: Kept) -> Iterator[Fix]:
    """Let a bridge pass frames between two of its ports again."""
    if kept.isolated:
        yield Fix.of(
            FixClass.FIX_ACL,
            JoinBridgePorts(kept.device, kept.behind),
            side_effects=(
                f"whatever is behind {kept.behind} and the other isolated ports can then reach"
                f" each other"
            ),
            proof="the hosts at both ports find each other's hardware address",
        )


def _allow(
    point: DropPoint, explanation: DropExplanation | None, kind: FixClass, hook: str
) -> Iterator[Fix]:
    rule = explanation.rule if explanation is not None else None
    if explanation is not None and rule is not None and rule.meaning.counts is not None:
        yield from raise_limit(point, explanation)
    if explanation is not None and explanation.cure is not None:
        inside = f"what the {point.packet} is, comes out of the tunnel there"
        tracked = f"the {point.packet} leaves {point.device}, and its session there is answered"
        yield Fix.of(
            kind,
            explanation.cure,
            proof=tracked if explanation.kind is DropReason.TRACKING else inside,
        )
        return
    chain = chain_at(point.context, point.device, hook, explanation)
    if chain is None:
        return
    goes_on = (
        f"{point.device} answers the {point.packet}"
        if hook == "input"
        else f"the {point.packet} leaves {point.device}"
    )
    yield Fix.of(
        kind,
        PermitFlow(point.device, _seen_at(point.context, point.device, point.reverse), chain),
        side_effects="permits what somebody may have denied on purpose: ask who owns the rule",
        proof=f"{goes_on}, and the counter of the denying rule stands still",
    )


def hear_neighbours(context: Context, device: str) -> Iterator[Fix]:
    """Let the host hear who asks for its address, and the answers to its own requests."""
    chain = chain_at(context, device, "input")
    if chain is None:
        return
    proof = f"the neighbour entry of {device} on its router is REACHABLE"
    yield Fix.of(FixClass.FIX_HOST_FIREWALL, PermitNeighbourDiscovery(device, chain), proof=proof)
