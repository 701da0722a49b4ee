"""Fixes that change where packets go."""

from __future__ import annotations

from collections.abc import Iterator

from collectors.model.records import PolicyRule
from collectors.model.remedy.routes import (
    AddSourceRule,
    FindRoute,
    LookupMarks,
    RemovePolicyRules,
    SendThroughPeer,
    SetSymmetricHash,
    StartForwarding,
    TeachPeerEndpoint,
)
from workbench.analysis.captures.marks import tos_of
from workbench.analysis.case.findings import Hop
from workbench.analysis.case.verdict import Fix, FixClass
from workbench.analysis.device.policy_rules import rules, selects
from workbench.analysis.device.tunnels import nobody_takes
from workbench.analysis.diagnosis.context import Context
from workbench.analysis.diagnosis.facts.routing.marked_away import MarkedAway
from workbench.analysis.diagnosis.facts.routing.who_parts_them import Decider, Means
from workbench.analysis.diagnosis.facts.tunnels.keyless import refused_by_tunnel
from workbench.analysis.diagnosis.remedies.ways import Gateway, came_from, send, towards
from workbench.analysis.trace.parting import hashed

_PATHS_MEET = (
    "run the diagnosis again: both directions visit the same stateful devices, and the session is"
    " answered"
)
_SPREAD = "run the spread again: each source port crosses the same stateful device out and back"


def symmetric_return(context: Context, decider: Decider | None) -> Iterator[Fix]:
    """Send the replies back the way the requests came."""
    gateway = came_from(context, decider.hop.device or "") if decider is not None else None
    if decider is None or decider.hop.device is None or gateway is None:
        return
    hop = decider.hop
    yield Fix.of(
        FixClass.MAKE_RETURN_PATH_SYMMETRIC,
        send(context, decider.hop.device, hop.flow_out.dst, gateway, hop.table),
        side_effects=(
            f"all traffic from {hop.name} to {hop.flow_out.dst} then goes this way, not only this"
            " flow"
        ),
        proof=_PATHS_MEET,
    )


def straight_return(context: Context, device: str, reverse: bool) -> Iterator[Fix]:
    """Packets that go in and out of a device on one wire need it for nothing: their sender can pass
    it by."""
    names, hop = context.findings.trace(reverse).names, context.hop(device, reverse)
    if (
        hop is None
        or hop.iif is None
        or hop.iif != hop.oif
        or hop.next_hop is None
        or device == names[0]
    ):
        return
    sender, target = names[names.index(device) - 1], hop.flow_out.dst
    yield Fix.of(
        FixClass.MAKE_RETURN_PATH_SYMMETRIC,
        send(context, sender, target, Gateway(hop.next_hop, None)),
        side_effects=f"{device} no longer sees what {sender} sends to {target}",
        proof=_PATHS_MEET,
    )


def symmetric_hash(context: Context, decider: Decider | None) -> Iterator[Fix]:
    """Make both directions of a flow hash to the same branch: same policy, same seed, next hops in
    the same order."""
    if decider is None or decider.means is not Means.HASH:
        return
    hops = (*hashed(context.findings.forward), *hashed(context.findings.reverse))
    for device in dict.fromkeys(hop.device for hop in hops if hop.device):
        yield Fix.of(
            FixClass.SYMMETRIC_HASH,
            SetSymmetricHash(device, context.flow.version),
            side_effects=(
                "moves running flows to other branches once; helps only if all hashing routers of"
                " both ways do the same and list their next hops in the same order"
            ),
            proof=_SPREAD,
        )


def one_leg_only(
    context: Context, decider: Decider | None, bad: str, kind: FixClass
) -> Iterator[Fix]:
    """Let one branch carry the flow and leave out the one that leads to the failing device."""
    if decider is None or decider.hop.device is None:
        return
    hop = decider.hop
    good = next((b for b in hop.branches if b.device != bad and not b.taken and b.address), None)
    if good is None or good.address is None:
        return
    yield Fix.of(
        kind,
        send(context, decider.hop.device, hop.flow_out.dst, Gateway(good.address, good.interface)),
        side_effects="one branch carries all traffic to that address",
        temporary=True,
        proof="attempts from several source ports all work",
    )


def drop_policy_rule(context: Context, chosen: Decider) -> Iterator[Fix]:
    """Take the policy rule away, or correct the table that it names."""
    deciding = tuple(_deciding_rules(context, chosen.hop))
    if deciding:
        yield Fix.of(
            FixClass.REMOVE_POLICY_RULE,
            RemovePolicyRules(chosen.hop.device, deciding, chosen.hop.flow_in.version),
            side_effects="everything that the rule selects goes by the main table then",
            proof=_PATHS_MEET,
        )
    yield from symmetric_return(context, chosen)


def source_first(found: MarkedAway) -> Iterator[Fix]:
    """Ask the rule for the source before the rule for the mark."""
    before = max(1, found.by_mark.priority - 1)
    source, expected = found.hop.flow_in.src, found.expected.interface
    yield Fix.of(
        FixClass.REMOVE_POLICY_RULE,
        AddSourceRule(found.hop.device, source, found.by_source.table, before),
        side_effects=(
            f"all packets of {source} leave by {expected} then, also the answers"
            " for which the mark was made: better not to restore the mark for connections that it"
            " begins itself"
        ),
        proof=f"a capture on {expected}: the request leaves there, and is answered",
    )


def _deciding_rules(context: Context, hop: Hop) -> Iterator[PolicyRule]:
    worn = tos_of(context.case, hop.device or "", hop.flow_in)
    for rule in rules(context.case, hop.device or "", hop.flow_in.version):
        chosen = rule.priority == hop.rule_priority
        if chosen and selects(rule, hop.flow_in, hop.iif, hop.mark or 0, worn) is not False:
            yield rule


def add_route(context: Context, hop: Hop, *, reverse: bool) -> Iterator[Fix]:
    """Give the device a way to the destination, or let it pass packets on at all."""
    if not hop.forwards:
        yield _forwarding(hop)
        return
    refused = refused_by_tunnel(context, reverse)
    if refused is not None and refused.hop == hop and refused.unreachable:
        yield _endpoint(hop)
        return
    if nobody_takes(context.case, hop.device or "", hop.oif, hop.flow_out.dst) or (
        refused and refused.hop == hop
    ):
        yield _to_a_peer(hop)
        return
    yield from _route(context, hop, reverse, FixClass.ADD_ROUTE)


def _endpoint(hop: Hop) -> Fix:
    """Where the peer of a tunnel is, is not known."""
    return Fix.of(
        FixClass.ADD_ROUTE,
        TeachPeerEndpoint(hop.device, hop.oif),
        proof="the tunnel knows an address of that peer, and packets leave",
    )


def _to_a_peer(hop: Hop) -> Fix:
    """No peer of a tunnel takes packets for that address."""
    return Fix.of(
        FixClass.ADD_ROUTE,
        SendThroughPeer(hop.device, hop.oif, hop.flow_out.dst),
        side_effects="what one peer's list gets, another peer's list loses",
        proof=f"packets for {hop.flow_out.dst} leave by the tunnel",
    )


def _forwarding(hop: Hop) -> Fix:
    return Fix.of(
        FixClass.FIX_ROUTE,
        StartForwarding(hop.device, hop.iif, hop.flow_out.dst),
        side_effects="the device routes for everyone from then on: is that intended?",
        proof=f"{hop.name} has a next hop for packets to {hop.flow_out.dst} that come in",
    )


def mend_route(context: Context, hop: Hop, reverse: bool) -> Iterator[Fix]:
    """Point the route of the device that sends packets back at the right neighbour."""
    yield from _route(context, hop, reverse, FixClass.FIX_ROUTE)


def _route(context: Context, hop: Hop, reverse: bool, kind: FixClass) -> Iterator[Fix]:
    gateway = towards(context, hop.device or "", reverse=reverse)
    target = hop.flow_out.dst
    if gateway is None or hop.device is None:
        proof = f"{hop.name} has a next hop for {target}"
        yield Fix.of(kind, FindRoute(hop.device, hop.name, target), proof=proof)
        return
    yield Fix.of(
        kind,
        send(context, hop.device, target, gateway, hop.table, _as_chosen(context, hop)),
        side_effects="covers this address only; mend the prefix where it is configured, too",
        proof=f"{hop.name} sends packets for {target} by {gateway.address}",
    )


def _as_chosen(context: Context, hop: Hop) -> LookupMarks:
    """What else the question must say, so that it meets the same policy rule."""
    worn = tos_of(context.case, hop.device or "", hop.flow_in)
    return LookupMarks(hop.mark or 0, worn or 0)
