"""Do large packets pass, both ways?"""

from __future__ import annotations

from collections.abc import Iterator

from collectors.model.evidence import Evidence, Query, QueryParams, Question
from collectors.model.flow import Address
from collectors.model.inventory import Device
from collectors.model.records import Failure, Interface, ProbeResult, Socket
from collectors.model.step import Options, Phase, ProbeLevel, RunPhase, Step, View
from collectors.playbook.audience import (
    as_the_server_sees_it,
    can_be_asked,
    involved,
    probes_allowed,
    unusable,
)


def queries(view: View, options: Options, run_phase: RunPhase) -> Iterator[Query]:
    """DF probes from the ends to each other, after the counters were read; with gentle probes only
    on suspicion.

    Whoever is answered learns the smaller size, and the flow may work for minutes by that. So where
    one end is seen to wait in vain the other is not asked.
    """
    if not probes_allowed(options):
        return
    if not probes_allowed(options, ProbeLevel.FULL) and not suspected(view):
        return
    able = list(_ends(view))
    waiting = [(device, target) for device, target in able if _waits_in_vain(view, device)]
    for device, target in waiting or able:
        yield _probe(device, target)


def _ends(view: View) -> Iterator[tuple[Device, Address]]:
    """The ends that can be asked, each with the address of the other one as it sees it."""
    if can_be_asked(view.client):
        yield view.client, view.flow.dst
    if can_be_asked(view.server):
        yield view.server, as_the_server_sees_it(view).dst


def _waits_in_vain(view: View, device: Device) -> bool:
    return device in view.unheard or waits(view, device)


def suspected(view: View) -> bool:
    """Do links of different MTU lie on the way, or does an established socket wait for
    acknowledgements?"""
    near = involved(view)
    sizes: set[int] = set()
    for device in near:
        sizes.update(_mtus(view, device))
    return len(sizes) > 1 or any(waits(view, device) for device in near)


def _mtus(view: View, device: Device) -> Iterator[int]:
    for evidence in view.evidence:
        if evidence.device == device.name:
            links = (one for one in evidence.of(Interface) if one.name != "lo")
            yield from (one.mtu for one in links if one.mtu)


def waits(view: View, device: Device) -> bool:
    """Does an established socket there send the same again and again?"""
    return any(
        any(map(_is_stuck, evidence.of(Socket)))
        for evidence in view.evidence
        if evidence.device == device.name
    )


def _is_stuck(socket: Socket) -> bool:
    established = socket.state.startswith("ESTAB")
    return established and bool(socket.send_queue and socket.retransmits)


def _probe(device: Device, target: Address) -> Query:
    return Query(device.name, Question.PATH_MTU, QueryParams(address=target, seconds=8.0), STEP.id)


def meaning(evidence: Evidence) -> str:
    """The largest size that passed, and the smallest that did not."""
    probes = [probe for probe in evidence.of(ProbeResult) if probe.size]
    if not probes:
        return (
            unusable(evidence)
            or "No probe was answered, small or large: this says nothing about the MTU."
        )
    passed = max((probe.size or 0 for probe in probes if probe.ok), default=0)
    if not passed:
        return _nothing_passed(probes)
    failed = min((probe.size or 0 for probe in probes if not probe.ok), default=0)
    if not failed:
        return f"{passed} bytes pass, and nothing larger failed."
    return f"{passed} bytes pass, {failed} bytes do not."


def _nothing_passed(probes: list[ProbeResult]) -> str:
    for reach in probes:
        if reach.failure is Failure.TOO_BIG_TO_SEND:
            limit = f" (mtu {reach.mtu})" if reach.mtu else ""
            return (
                f"This host itself refuses to send {reach.size} bytes unfragmented{limit}: its own"
                " MTU, not that of the way."
            )
    return "No probe of any size came back: this says nothing about the MTU."


STEP = Step(
    id="path-mtu",
    title="MTU by probes that must not be fragmented",
    question="Do packets of full size pass on both ways, or only small ones?",
    phase=Phase.CONFIRM,
    run_phases=(RunPhase.SETTLE,),
    queries=queries,
    answers=(Question.PATH_MTU,),
    task=14,
    meaning=meaning,
    decision=(
        "If large packets vanish without an ICMP answer, it is MTU and not asymmetry: allow the"
        " ICMP, clamp the MSS or raise the MTU."
    ),
    probe=True,
    sends=(
        "a dozen unfragmentable pings from each end, or from the one that waits; gentle sends"
        " them on suspicion only"
    ),
    level=ProbeLevel.FULL,
)
