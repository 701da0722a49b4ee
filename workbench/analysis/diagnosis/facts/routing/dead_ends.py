"""Where routing itself ends a way: no route, a blackhole, a loop."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from workbench.analysis.case.findings import Hop, Trace
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
from workbench.analysis.diagnosis.facts.stops.drop_points import drop_points
from workbench.analysis.diagnosis.facts.stops.explanations import DropExplanation, unanswered
from workbench.analysis.diagnosis.facts.tunnels.keyless import refused_by_tunnel
from workbench.analysis.diagnosis.handshake import HandshakeStep
from workbench.analysis.trace.next_hops import on_another_link
from workbench.analysis.trace.parting import dead_end


def dead_gateway(context: Context, path: Trace) -> tuple[Hop, DropExplanation] | None:
    """The device whose route points at an address that is silent on that link: nobody holds it
    there on a live port."""
    for hop in path.hops:
        found = (
            unanswered(context, hop)
            if hop.device is not None and hop.next_hop is not None
            else None
        )
        if found is None or hop.next_hop is None:
            continue
        ports = [
            p for p in context.case.holders(hop.next_hop) if p.up and context.case.reached(p.device)
        ]
        if misled(context, hop) or (not ports and hop.next_hop != hop.flow_out.dst):
            return hop, found
    return None


def misled(context: Context, hop: Hop) -> bool:
    """Is the next address one of a live device on another link, so that the device looks for it
    where it cannot be?"""
    ports = context.case.holders(hop.next_hop) if hop.next_hop is not None else ()
    live = [port for port in ports if port.up and context.case.reached(port.device)]
    return on_another_link(context.case, hop.device or "", hop.oif, live)


def dead_end_reasons(
    context: Context, path: Trace, hop: Hop, gateway: DropExplanation | None = None
) -> Iterator[Reason]:
    """For and against: the packets end at this device for lack of a route."""
    yield from both_ends(context)
    keyless = refused_by_tunnel(context, path.reverse)
    if keyless is not None and keyless.hop == hop:
        yield Reason(DIRECT, keyless.text, keyless.evidence)
    if gateway is None and dead_end(path) != hop:
        pass  # its routes lead into the tunnel, and end there
    elif gateway is not None:
        yield Reason(DIRECT, f"its route cannot be used: {gateway.text}", gateway.evidence)
    else:
        yield Reason(
            DIRECT,
            f"{hop.name} has no way to {hop.flow_out.dst}: {hop.decided or path.disposition}",
            hop.evidence,
        )
        unsteady = flapping(context, path)
        if unsteady is not None and unsteady.again:
            yield Reason(DIRECT, unsteady.text, unsteady.evidence)
    seen = located(context, hop.name, path.reverse) or _never_sent(context, path, hop)
    if seen is not None and gateway is not None and seen.weight < 0:
        # it was sent to the dead gateway as long as its address was remembered
        yield replace(seen, weight=WEAK)
    elif seen is not None:
        yield seen
    yield from earlier_point(context, path, hop.name)
    yield from only_one_leg(
        context,
        hop.name,
        path.reverse,
        HandshakeStep.ANSWER if path.reverse else HandshakeStep.OPENING,
    )
    yield from silence(context)


def ending_words(context: Context, path: Trace, hop: Hop) -> str:
    """The sentence for the headline."""
    unsteady = flapping(context, path)
    way, what = ("back ", "replies") if path.reverse else ("", "requests")
    if unsteady is not None and unsteady.again:
        return (
            f"the route of {hop.name} {way}to {hop.flow_out.dst} comes and goes: the {what} end"
            " there at times"
        )
    keyless = refused_by_tunnel(context, path.reverse)
    if keyless is not None and keyless.hop == hop:
        return f"{keyless.text}, so the {what} end there"
    return f"{hop.name} has no usable route {way}to {hop.flow_out.dst}, so the {what} end there"


def _never_sent(context: Context, path: Trace, hop: Hop) -> Reason | None:
    """The sender itself has no way: not one packet left it, although it was watched."""
    if hop is not path.hops[0] or path.reverse or context.saw(hop.name, reverse=False) is not False:
        return None
    there = context.observation(hop.name, reverse=False)
    return Reason(
        STRONG, f"not one packet of the flow left {hop.name}", there.evidence if there else ()
    )


def earlier_point(context: Context, path: Trace, node: str) -> Iterator[Reason]:
    """Does something else stop the flow before its packets get there?"""
    names = path.names
    for point in drop_points(context):
        same_way = (
            point.reverse is path.reverse
            and point.device in names
            and names.index(point.device) < names.index(node)
        )
        other_way = path.reverse and not point.reverse
        if point.device != node and (same_way or other_way):
            weight = REFUTES if point.drop else -WEAK
            yield Reason(weight, f"the {point.packet} stops at {point.device} before that")
            return
