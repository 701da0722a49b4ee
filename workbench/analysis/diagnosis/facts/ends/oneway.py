"""Do datagrams reach a service that has no need to answer, as those of syslog or telemetry do?"""

from __future__ import annotations

from collections.abc import Iterator

from collectors.model.evidence import Question
from collectors.model.flow import Flow, Protocol
from workbench.analysis.captures.flow_counts import captured
from workbench.analysis.captures.probes import is_probe
from workbench.analysis.case.findings import ConnState
from workbench.analysis.case.verdict import Reason
from workbench.analysis.diagnosis.context import Context
from workbench.analysis.diagnosis.facts.ends.accepting import swamped
from workbench.analysis.diagnosis.facts.ends.listening import listening
from workbench.analysis.diagnosis.facts.reasons import STRONG, WEAK
from workbench.analysis.diagnosis.facts.stops.simulation import simulated


def one_way(context: Context) -> tuple[Reason, ...]:
    """What says that the datagrams arrive and are taken, and that only no device answers? Empty =
    something else is."""
    if (
        context.flow.protocol is not Protocol.UDP
        or context.findings.flow_works
        or _fails_otherwise(context)
    ):
        return ()
    found = listening(context)
    got, sent = (
        context.observation(context.server or "", False),
        context.observation(context.server or "", True),
    )
    if (
        found is None
        or not found.serves
        or got is None
        or sent is None
        or not got.came_in
        or sent.went_out
    ):
        return ()
    if tuple(swamped(context, found)) or answers_from_elsewhere(context) is not None:
        return ()
    return tuple(_reasons(context, (*got.evidence, *found.evidence)))


def _fails_otherwise(context: Context) -> bool:
    """Is a datagram lost before the server, refused there, or would a device's rules stop it?"""
    server = context.server or ""
    lost = any(drop.node != server or drop.reverse for drop in context.drops())
    refused = any(one.end is not ConnState.NO_ANSWER for one in context.attempts)
    return lost or refused or simulated(context) is not None or not context.filters_known(server)


def answers_from_elsewhere(context: Context) -> Flow | None:
    """Does the server answer, though from another address or port than the one that was asked?"""
    hops = context.findings.forward.hops
    if context.flow.protocol is not Protocol.UDP or not hops:
        return None
    asked = hops[-1].flow_out.reversed()
    for device, _, packet, out in captured(context.case):
        flow = packet.flow
        if (
            flow is None
            or device != context.server
            or not out
            or is_probe(context.case, packet)
            or flow.protocol is not Protocol.UDP
        ):
            continue
        if (flow.dst, flow.dport) == (asked.dst, asked.dport) and (flow.src, flow.sport) != (
            asked.src,
            asked.sport,
        ):
            return flow
    return None


def own_other_address(context: Context) -> Flow | None:
    """That answer, where both addresses are the server's own: no translation stands behind it.

    Where the client was watched, its own capture tells whether it came, and from which address.
    """
    found = answers_from_elsewhere(context)
    watched = context.client is not None and context.case.asked(context.client, Question.CAPTURE)
    if found is None or context.server is None or watched:
        return None
    asked = context.findings.forward.hops[-1].flow_out.dst
    own = {port.address.ip for port in context.case.ports_of(context.server)}
    answered = any(
        p.flow is not None and p.flow.src == asked for d, _, p, out in captured(context.case) if out
    )
    return found if {found.src, asked} <= own and found.src != asked and not answered else None


def _reasons(context: Context, evidence: tuple[str, ...]) -> Iterator[Reason]:
    yield Reason(STRONG, f"the datagrams reach {context.server}, again and again", evidence)
    yield Reason(
        STRONG,
        f"a socket of {context.server} takes them; it sends nothing back, which datagrams may do",
        evidence,
    )
    yield Reason(WEAK, "every device on both ways says that it would let the flow pass")
