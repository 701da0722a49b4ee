"""Do datagrams reach a service that has no need to answer, as those of syslog or telemetry do?"""

from __future__ import annotations

from collections.abc import Iterator

from collectors.model.evidence import Question
from collectors.model.flow import Flow, Protocol
from workbench.analysis.captures.probes import is_probe
from workbench.analysis.captures.seen import captured
from workbench.analysis.case.findings import AttemptEnd
from workbench.analysis.case.verdict import Reason
from workbench.analysis.diagnosis.context import Scene
from workbench.analysis.diagnosis.facts.ends.accepting import swamped
from workbench.analysis.diagnosis.facts.ends.listening import listening
from workbench.analysis.diagnosis.facts.reasons import STRONG, WEAK
from workbench.analysis.diagnosis.facts.stops.simulation import rehearsed


def one_way(scene: Scene) -> tuple[Reason, ...]:
    """What says that the datagrams arrive and are taken, and that only nobody answers? Empty =
    something else is."""
    if (
        scene.flow.protocol is not Protocol.UDP
        or scene.findings.flow_works
        or _fails_otherwise(scene)
    ):
        return ()
    found = listening(scene)
    got, sent = scene.sighting(scene.server or "", False), scene.sighting(scene.server or "", True)
    if (
        found is None
        or not found.serves
        or got is None
        or sent is None
        or not got.came_in
        or sent.went_out
    ):
        return ()
    if tuple(swamped(scene, found)) or answers_from_elsewhere(scene) is not None:
        return ()
    return tuple(_reasons(scene, (*got.evidence, *found.evidence)))


def _fails_otherwise(scene: Scene) -> bool:
    """Is a datagram lost before the server, refused there, or would a device's rules stop it?"""
    server = scene.server or ""
    lost = any(drop.node != server or drop.reverse for drop in scene.drops())
    refused = any(one.end is not AttemptEnd.NO_ANSWER for one in scene.attempts)
    return lost or refused or rehearsed(scene) is not None or not scene.filters_known(server)


def answers_from_elsewhere(scene: Scene) -> Flow | None:
    """Does the server answer, though from another address or port than the one that was asked?"""
    hops = scene.findings.forward.hops
    if scene.flow.protocol is not Protocol.UDP or not hops:
        return None
    asked = hops[-1].flow_out.reversed()
    for device, _, packet, out in captured(scene.case):
        flow = packet.flow
        if (
            flow is None
            or device != scene.server
            or not out
            or is_probe(scene.case, packet)
            or flow.protocol is not Protocol.UDP
        ):
            continue
        if (flow.dst, flow.dport) == (asked.dst, asked.dport) and (flow.src, flow.sport) != (
            asked.src,
            asked.sport,
        ):
            return flow
    return None


def own_other_address(scene: Scene) -> Flow | None:
    """That answer, where both addresses are the server's own: no translation stands behind it.

    Where the client was watched, its own capture tells whether it came, and from whom.
    """
    found = answers_from_elsewhere(scene)
    watched = scene.client is not None and scene.case.asked(scene.client, Question.CAPTURE)
    if found is None or scene.server is None or watched:
        return None
    asked = scene.findings.forward.hops[-1].flow_out.dst
    own = {port.address.ip for port in scene.case.ports_of(scene.server)}
    answered = any(
        p.flow is not None and p.flow.src == asked for d, _, p, out in captured(scene.case) if out
    )
    return found if {found.src, asked} <= own and found.src != asked and not answered else None


def _reasons(scene: Scene, evidence: tuple[str, ...]) -> Iterator[Reason]:
    yield Reason(STRONG, f"the datagrams reach {scene.server}, again and again", evidence)
    yield Reason(
        STRONG,
        f"a socket of {scene.server} takes them; it sends nothing back, which datagrams may do",
        evidence,
    )
    yield Reason(WEAK, "every device on both ways says that it would let the flow pass")
