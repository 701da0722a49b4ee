"""Do datagrams reach a service that has no need to answer, as those of syslog or telemetry do?"""

from __future__ import annotations

from collections.abc import Iterator

from collectors.model.evidence import Question
from collectors.model.flow import Address, Flow, Protocol
from collectors.model.records import Packet
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
    if context.flow.protocol is not Protocol.UDP or context.findings.flow_works:
        return ()
    if _fails_otherwise(context) or not _arrive_unanswered(context):
        return ()
    found = listening(context)
    if found is None or not found.serves or tuple(swamped(context, found)):
        return ()
    if answers_from_elsewhere(context) is not None:
        return ()
    arrived = context.observation(context.server or "", reverse=False)
    seen = arrived.evidence if arrived is not None else ()
    return tuple(_reasons(context, (*seen, *found.evidence)))


def _arrive_unanswered(context: Context) -> bool:
    """Did the server's capture see datagrams come in, and none go out?"""
    arrived = context.observation(context.server or "", reverse=False)
    answered = context.observation(context.server or "", reverse=True)
    if arrived is None or answered is None:
        return False
    return bool(arrived.came_in) and not answered.went_out


def _fails_otherwise(context: Context) -> bool:
    """Is a datagram lost before the server, refused there, or would a device's rules stop it?"""
    server = context.server or ""
    ends = {one.end for one in context.attempts}
    if ends - {ConnState.NO_ANSWER}:
        return True
    if any(drop.node != server or drop.reverse for drop in context.drops()):
        return True
    return simulated(context) is not None or not context.filters_known(server)


def answers_from_elsewhere(context: Context) -> Flow | None:
    """Does the server answer, though from another address or port than the one that was asked?"""
    hops = context.findings.forward.hops
    if context.flow.protocol is not Protocol.UDP or not hops:
        return None
    asked = hops[-1].flow_out.reversed()
    for packet in _sent_by_server(context):
        flow = packet.flow
        if flow is None or flow.protocol is not Protocol.UDP or is_probe(context.case, packet):
            continue
        to_the_client = (flow.dst, flow.dport) == (asked.dst, asked.dport)
        if to_the_client and (flow.src, flow.sport) != (asked.src, asked.sport):
            return flow
    return None


def _sent_by_server(context: Context) -> Iterator[Packet]:
    for device, _, packet, outgoing in captured(context.case):
        if outgoing and device == context.server:
            yield packet


def own_other_address(context: Context) -> Flow | None:
    """That answer, where both addresses are the server's own: no translation stands behind it.

    Where the client was watched, its own capture tells whether it came, and from which address.
    """
    watched = context.client is not None and context.case.asked(context.client, Question.CAPTURE)
    found = answers_from_elsewhere(context)
    if found is None or context.server is None or watched:
        return None
    asked = context.findings.forward.hops[-1].flow_out.dst
    own = {port.address.ip for port in context.case.ports_of(context.server)}
    if found.src == asked or not {found.src, asked} <= own:
        return None
    return None if _sent_from(context, asked) else found


def _sent_from(context: Context, address: Address) -> bool:
    """Did any device send something from that address?"""
    for _, _, packet, outgoing in captured(context.case):
        if outgoing and packet.flow is not None and packet.flow.src == address:
            return True
    return False


def _reasons(context: Context, evidence: tuple[str, ...]) -> Iterator[Reason]:
    yield Reason(STRONG, f"the datagrams reach {context.server}, again and again", evidence)
    yield Reason(
        STRONG,
        f"a socket of {context.server} takes them; it sends nothing back, which datagrams may do",
        evidence,
    )
    yield Reason(WEAK, "every device on both ways says that it would let the flow pass")
