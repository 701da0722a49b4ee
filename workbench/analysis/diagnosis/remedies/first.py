"""What is mended first, whatever the packets meet behind it: an outdated session, a source that
leaves wrongly."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from collectors.model.flow import Address
from collectors.model.records import Session
from collectors.model.remedy.routes import RouteBySource
from collectors.model.remedy.sessions import ForgetSession
from workbench.analysis.case.case import Case
from workbench.analysis.case.findings import Hop
from workbench.analysis.case.interface_addresses import InterfaceAddress
from workbench.analysis.case.verdict import HEALTHY, Cause, Fix, FixClass, Hypothesis
from workbench.analysis.device.filtering import FilterAction
from workbench.analysis.device.hop_filtering import at_hop
from workbench.analysis.device.translation import might_become, session_of
from workbench.analysis.diagnosis.context import Context
from workbench.analysis.diagnosis.facts.stops.drop_points import DropPoint, drop_points
from workbench.analysis.diagnosis.facts.stops.explanations import DropReason
from workbench.analysis.diagnosis.remedies.ways import came_from
from workbench.analysis.trace.links import networks

_BY_SOURCE = frozenset({Cause.ACL_PATH, Cause.TRANSIT_POLICY_DENY, Cause.RP_FILTER_STRICT})


def mended_first(context: Context, best: Hypothesis) -> Hypothesis:
    """The hypothesis with the fixes that come before its own."""
    if best.cause in HEALTHY:
        return best
    outdated = tuple(_outdated(context, best))
    point = next(
        (
            s
            for s in drop_points(context)
            if s.device == best.guilty_node and s.direction is best.direction
        ),
        None,
    )
    foreign = (
        tuple(_foreign_source(point)) if point is not None and best.cause in _BY_SOURCE else ()
    )
    decider = foreign[0].device if foreign else best.decided_by
    return replace(best, decided_by=decider, fixes=(*outdated, *foreign, *best.fixes))


def _outdated(context: Context, best: Hypothesis) -> Iterator[Fix]:
    """A session keeps the target that it was given, also where the rule names another one by
    now."""
    names = context.findings.forward.names
    for hop in context.findings.forward.hops:
        found = _old_session(context, hop)
        behind = best.guilty_node in names and names.index(best.guilty_node or "") >= names.index(
            hop.name
        )
        if found is not None and (behind or best.cause is Cause.MIDFLOW_STATE_LOSS):
            yield _delete(context, hop, found)


def _old_session(context: Context, hop: Hop) -> Session | None:
    held = session_of(context.case, hop.device, hop.flow_in) if hop.device else None
    if held is None or held[1] or hop.flow_out.dst == hop.flow_in.dst:
        return None
    targets = {flow.dst for flow in might_become(context.case, hop)}
    return held[0] if targets and hop.flow_out.dst not in targets else None


def _delete(context: Context, hop: Hop, session: Session) -> Fix:
    now = ", ".join(sorted({str(one.dst) for one in might_become(context.case, hop)}))
    return Fix.of(
        FixClass.DELETE_SESSION,
        ForgetSession(hop.device, session.original),
        side_effects=(
            f"ends this connection; the next one is translated to {now}, as the rule says by now"
        ),
        proof=f"a new session of this flow on {hop.name} that is translated to {now}",
    )


def _foreign_source(point: DropPoint) -> Iterator[Fix]:
    """A filter by source that does its duty: who sends that source by this exit is to be mended,
    not the filter."""
    context, hops = point.context, point.context.findings.trace(point.reverse).hops
    sender = hops[0] if hops else None
    if (
        sender is None
        or sender.device is None
        or sender.device == point.device
        or not _by_its_source(point, sender)
    ):
        return
    source = sender.flow_out.src
    home = next(
        (p for p in context.case.ports_of(sender.device) if p.address.ip == source and p.interface),
        None,
    )
    left_by = networks(context.case, sender.device, sender.oif)
    if (
        home is None
        or home.on_loopback
        or home.interface == sender.oif
        or any(source in net for net in left_by)
    ):
        return
    gateway = _gateway(context, sender.device, home, point.reverse)
    if gateway is not None:
        yield _by_source(sender, home, gateway, point.reverse)


def _by_its_source(point: DropPoint, sender: Hop) -> bool:
    """Is it the packet's source that is refused: by name, or by letting only those of its own link
    pass?"""
    named = any(
        match.field == "src"
        for explanation in point.explanations[:1]
        if explanation.rule
        for match in explanation.rule.matches
    )
    return named or point.why(DropReason.REVERSE_PATH) is not None or _own_would_pass(point, sender)


def _own_would_pass(point: DropPoint, sender: Hop) -> bool:
    """Would the same packet pass with the address that its sender has on the link by which it
    leaves?"""
    case, hop = point.context.case, point.context.hop(point.device, point.reverse)
    if hop is None or hop.flow_in.src != sender.flow_out.src or not _ruled(case, hop).stops:
        return False
    own = [p.address.ip for p in case.ports_of(sender.device or "") if p.interface == sender.oif]
    alike = [address for address in own if address.version == hop.flow_in.version]
    return any(_ruled(case, _sent_from(hop, address)) is FilterAction.ACCEPT for address in alike)


def _ruled(case: Case, hop: Hop) -> FilterAction:
    return at_hop(case, hop, "established", ".").action


def _sent_from(hop: Hop, source: Address) -> Hop:
    return replace(
        hop, flow_in=replace(hop.flow_in, src=source), flow_out=replace(hop.flow_out, src=source)
    )


def _gateway(
    context: Context, device: str, home: InterfaceAddress, reverse: bool
) -> Address | None:
    """By which neighbour on the source's own link: the one that the requests came from, else who
    forwards there."""
    before = came_from(context, device) if reverse else None
    if before is not None and before.address in home.address.network:
        return before.address
    others = [
        p for p in context.case.ports if p.device != device and p.address.ip in home.address.network
    ]
    forwarding = [
        p
        for p in others
        if any(hop.device == p.device for hop in context.findings.trace(not reverse).hops)
    ]
    return forwarding[0].address.ip if forwarding else None


def _by_source(sender: Hop, home: InterfaceAddress, gateway: Address, reverse: bool) -> Fix:
    """Replies go to many clients; requests go to one server, and nothing else needs to move."""
    source, target = home.address.ip, None if reverse else sender.flow_out.dst
    where = f" to {target}" if target is not None else ""
    return Fix.of(
        FixClass.SOURCE_POLICY_ROUTING_ON_SERVER,
        RouteBySource(sender.device, source, gateway, home.interface, target),
        side_effects=f"everything that {sender.name} sends from {source}{where} leaves by that"
        " gateway",
        proof=f"packets from {source} leave {sender.name} by {gateway}",
    )
