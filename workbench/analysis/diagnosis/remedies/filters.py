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
from workbench.analysis.diagnosis.context import Scene
from workbench.analysis.diagnosis.facts.neighbours.unheard import Kept
from workbench.analysis.diagnosis.facts.state.limits import counted
from workbench.analysis.diagnosis.facts.stops.blame import Blame, Kind
from workbench.analysis.diagnosis.facts.stops.stops import Stop
from workbench.analysis.diagnosis.remedies.limits import raise_limit


def chain_at(
    scene: Scene, device: str, hook: str, blame: Blame | None = None
) -> FilterChain | None:
    """The chain of the device in which a rule for this flow belongs."""
    if blame is not None and blame.chain is not None:
        return blame.chain
    at_hook = ruleset(scene.case, device).at(hook, scene.flow.version)
    filters = [chain for chain in at_hook if chain.kind == "filter"]
    return filters[-1] if filters else None


def _seen_at(scene: Scene, device: str, reverse: bool) -> Flow:
    hop = scene.hop(device, reverse) or scene.hop_below(device, reverse)
    if hop is None:
        return scene.flow.reversed() if reverse else scene.flow
    return hop.flow_in.translated(dst=hop.flow_out.dst, dport=hop.flow_out.dport)


def stateless_rule(scene: Scene, device: str, reverse: bool) -> Iterator[Fix]:
    """Let this flow pass without asking for a session: quick, and good to test with."""
    chain = chain_at(scene, device, "forward")
    if chain is None:
        return
    yield Fix.of(
        FixClass.STATELESS_RULE_FOR_FLOW,
        PermitFlow(device, _seen_at(scene, device, reverse), chain),
        side_effects="these packets pass without any check of their state",
        temporary=True,
        proof=f"the counter of the new rule rises, and the packet leaves {device}",
    )


def accept_untracked(scene: Scene, device: str, reverse: bool) -> Iterator[Fix]:
    """Keep this flow out of connection tracking on a device that sees only half of it."""
    chain = chain_at(scene, device, "forward")
    if chain is None:
        return
    yield Fix.of(
        FixClass.BE_LIBERAL_OR_ACCEPT_UNTRACKED,
        AcceptUntracked(device, _seen_at(scene, device, reverse), chain),
        side_effects="the flow is no longer tracked there: no NAT and no state for it",
        proof=f"the packet leaves {device}, and its invalid counter stands still",
    )


def allow_in_transit(stop: Stop, blame: Blame | None) -> Iterator[Fix]:
    """Let the firewall's policy permit the flow."""
    yield from _allow(stop, blame, FixClass.ADD_FIREWALL_RULE, "forward")


def allow_on_host(stop: Stop, blame: Blame) -> Iterator[Fix]:
    """Let the server's own filter permit the flow, or its kernel answer."""
    if isinstance(blame.cure, AnswerEcho):
        proof = "a ping from the client is answered"
        yield Fix.of(FixClass.FIX_HOST_FIREWALL, blame.cure, proof=proof)
        return
    yield from _allow(
        stop, blame, FixClass.FIX_HOST_FIREWALL, "output" if stop.reverse else "input"
    )


def mend_acl(stop: Stop, blame: Blame | None) -> Iterator[Fix]:
    """Permit this direction ahead of the rule that drops it."""
    yield from _allow(stop, blame, FixClass.FIX_ACL, "forward")


def join_ports(kept: Kept) -> Iterator[Fix]:
    """Let a bridge pass frames between two of its ports again."""
    if kept.isolated:
        yield Fix.of(
            FixClass.FIX_ACL,
            JoinBridgePorts(kept.device, kept.behind),
            side_effects=(
                f"whoever is behind {kept.behind} and the other isolated ports hear each other then"
            ),
            proof="the hosts at both ports find each other's hardware address",
        )


def _allow(stop: Stop, blame: Blame | None, kind: FixClass, hook: str) -> Iterator[Fix]:
    if blame is not None and blame.rule is not None and counted(blame.rule):
        yield from raise_limit(stop, blame)
    if blame is not None and blame.cure is not None:
        inside = f"what the {stop.packet} is comes out of the tunnel there"
        tracked = f"the {stop.packet} leaves {stop.device}, and its session there is answered"
        yield Fix.of(kind, blame.cure, proof=tracked if blame.kind is Kind.TRACKING else inside)
        return
    chain = chain_at(stop.scene, stop.device, hook, blame)
    if chain is None:
        return
    goes_on = (
        f"{stop.device} answers the {stop.packet}"
        if hook == "input"
        else f"the {stop.packet} leaves {stop.device}"
    )
    yield Fix.of(
        kind,
        PermitFlow(stop.device, _seen_at(stop.scene, stop.device, stop.reverse), chain),
        side_effects="permits what somebody may have denied on purpose: ask who owns the rule",
        proof=f"{goes_on}, and the counter of the denying rule stands still",
    )


def hear_neighbours(scene: Scene, device: str) -> Iterator[Fix]:
    """Let the host hear who asks for its address, and the answers to its own requests."""
    chain = chain_at(scene, device, "input")
    if chain is None:
        return
    proof = f"the neighbour entry of {device} on its router is REACHABLE"
    yield Fix.of(FixClass.FIX_HOST_FIREWALL, PermitNeighbourDiscovery(device, chain), proof=proof)
