"""Where routing itself ends a way: no route, a blackhole, a loop."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from workbench.analysis.case.findings import Hop, Trace
from workbench.analysis.case.interface_addresses import InterfaceAddress
from workbench.analysis.case.verdict import Reason
from workbench.analysis.diagnosis.context import Context
from workbench.analysis.diagnosis.facts.reasons import (
    DIRECT,
    REFUTES,
    STRONG,
    WEAK,
    both_ends,
    located,
    silence,
)
from workbench.analysis.diagnosis.facts.routing.flapping import flapping
from workbench.analysis.diagnosis.facts.routing.legs import only_one_leg
from workbench.analysis.diagnosis.facts.stops.drop_points import DropPoint, drop_points
from workbench.analysis.diagnosis.facts.stops.explanations import DropExplanation, unanswered
from workbench.analysis.diagnosis.facts.tunnels.keyless import refused_by_tunnel
from workbench.analysis.diagnosis.handshake import HandshakeStep
from workbench.analysis.trace.links import on_another_link
from workbench.analysis.trace.parting import dead_end


def dead_gateway(context: Context, path: Trace) -> tuple[Hop, DropExplanation] | None:
    """The device whose route points at an address that is silent on that link: nobody holds it
    there on a live port."""
    for hop in path.hops:
        if hop.device is None or hop.next_hop is None:
            continue
        found = unanswered(context, hop)
        if found is None:
            continue
        if misled(context, hop) or _held_by_nobody(context, hop):
            return hop, found
    return None


def _held_by_nobody(context: Context, hop: Hop) -> bool:
    """Is the next address a gateway's that no live port holds?"""
    return hop.next_hop != hop.flow_out.dst and not _live_holders(context, hop)


def _live_holders(context: Context, hop: Hop) -> list[InterfaceAddress]:
    if hop.next_hop is None:
        return []
    up = [port for port in context.case.holders(hop.next_hop) if port.up]
    return [port for port in up if context.case.reached(port.device)]


def misled(context: Context, hop: Hop) -> bool:
    """Is the next address one of a live device on another link, so that the device looks for it
    where it cannot be?"""
    live = _live_holders(context, hop)
    return on_another_link(context.case, hop.device or "", hop.oif, live)


def dead_end_reasons(
    context: Context, path: Trace, hop: Hop, gateway: DropExplanation | None = None
) -> Iterator[Reason]:
    """For and against: the packets end at this device for lack of a route."""
    yield from both_ends(context)
    keyless = refused_by_tunnel(context, path.reverse)
    if keyless is not None and keyless.hop == hop:
        yield Reason(DIRECT, keyless.text, keyless.evidence)
    yield from _no_way(context, path, hop, gateway)
    seen = located(context, hop.name, path.reverse) or _never_sent(context, path, hop)
    if seen is not None:
        # it was sent to the dead gateway as long as its address was remembered
        remembered = gateway is not None and seen.weight < 0
        yield replace(seen, weight=WEAK) if remembered else seen
    yield from earlier_point(context, path, hop.name)
    step = HandshakeStep.ANSWER if path.reverse else HandshakeStep.OPENING
    yield from only_one_leg(context, hop.name, path.reverse, step)
    yield from silence(context)


def _no_way(
    context: Context, path: Trace, hop: Hop, gateway: DropExplanation | None
) -> Iterator[Reason]:
    """What its routes say."""
    if gateway is not None:
        yield Reason(DIRECT, f"its route cannot be used: {gateway.text}", gateway.evidence)
        return
    if dead_end(path) != hop:
        return  # its routes lead into the tunnel, and end there
    why = hop.decided or path.disposition
    text = f"{hop.name} has no way to {hop.flow_out.dst}: {why}"
    yield Reason(DIRECT, text, hop.evidence)
    unsteady = flapping(context, path)
    if unsteady is not None and unsteady.again:
        yield Reason(DIRECT, unsteady.text, unsteady.evidence)


def ending_words(context: Context, path: Trace, hop: Hop) -> str:
    """The sentence for the headline."""
    unsteady = flapping(context, path)
    back, packets = ("back ", "replies") if path.reverse else ("", "requests")
    if unsteady is not None and unsteady.again:
        return (
            f"the route of {hop.name} {back}to {hop.flow_out.dst} comes and goes: the {packets} end"
            " there at times"
        )
    keyless = refused_by_tunnel(context, path.reverse)
    if keyless is not None and keyless.hop == hop:
        return f"{keyless.text}, so the {packets} end there"
    target = f"{back}to {hop.flow_out.dst}"
    return f"{hop.name} has no usable route {target}, so the {packets} end there"


def _never_sent(context: Context, path: Trace, hop: Hop) -> Reason | None:
    """The sender itself has no way: not one packet left it, although it was watched."""
    is_client = hop is path.hops[0] and not path.reverse
    if not is_client:
        return None
    if context.saw(hop.name, reverse=False) is not False:
        return None
    there = context.observation(hop.name, reverse=False)
    evidence = there.evidence if there else ()
    return Reason(STRONG, f"not one packet of the flow left {hop.name}", evidence)


def earlier_point(context: Context, path: Trace, node: str) -> Iterator[Reason]:
    """Does something else stop the flow before its packets get there?"""
    for point in drop_points(context):
        if point.device == node:
            continue
        if _comes_before(point, path, node):
            weight = REFUTES if point.drop else -WEAK
            yield Reason(weight, f"the {point.packet} stops at {point.device} before that")
            return


def _comes_before(point: DropPoint, path: Trace, node: str) -> bool:
    """On this path nearer to its sender; what stops a request comes before any reply."""
    if point.reverse is not path.reverse:
        return path.reverse
    if point.device not in path.names:
        return False
    return path.names.index(point.device) < path.names.index(node)
