"""Do large packets pass, both ways?"""

from __future__ import annotations

from collections.abc import Iterator

from collectors.model.evidence import Evidence, Query, QueryParams, Question
from collectors.model.flow import Address
from collectors.model.inventory import Device
from collectors.model.records import Failure, Interface, ProbeResult, Socket
from collectors.model.step import Options, Phase, RunPhase, Step, View
from collectors.playbook.audience import involved, probes_allowed, unusable


def queries(view: View, options: Options, run_phase: RunPhase) -> Iterator[Query]:
    """DF probes from the ends to each other, after the counters were read; with gentle probes only
    on suspicion.

    Whoever is answered learns the smaller size, and the flow may work for minutes by that. So where
    one end is seen to wait in vain the other is not asked.
    """
    if not probes_allowed(options) or not (probes_allowed(options, "full") or suspected(view)):
        return
    ends = ((view.client, view.flow.dst), (view.server, _client_seen(view)))
    able = [
        (device, target)
        for device, target in ends
        if device is not None and device.login is not None
    ]
    waiting = [
        (device, target) for device, target in able if device in view.unheard or waits(view, device)
    ]
    for device, target in waiting or able:
        yield _probe(device, target)


def suspected(view: View) -> bool:
    """Do links of different MTU lie on the way, or does an established socket wait for
    acknowledgements?"""
    near = involved(view)
    names = {device.name for device in near}
    mtus = {
        one.mtu
        for e in view.evidence
        if e.device in names
        for one in e.of(Interface)
        if one.name != "lo"
    }
    return len(mtus) > 1 or any(waits(view, device) for device in near)


def waits(view: View, device: Device) -> bool:
    """Does an established socket there send the same again and again?"""
    sockets = (one for e in view.evidence if e.device == device.name for one in e.of(Socket))
    return any(
        one.state.startswith("ESTAB") and one.send_queue and one.retransmits for one in sockets
    )


def _client_seen(view: View) -> Address:
    """The client's address as the server sees it."""
    back = [
        v.flow.dst
        for v in view.visits
        if v.reverse and view.server and v.device == view.server.name
    ]
    return back[0] if back else view.flow.src


def _probe(device: Device, target: Address) -> Query:
    return Query(device.name, Question.PATH_MTU, QueryParams(address=target, seconds=8.0), STEP.id)


def meaning(evidence: Evidence) -> str:
    """The largest size that passed, and the smallest that did not."""
    probes = [reach for reach in evidence.of(ProbeResult) if reach.size]
    if not probes:
        return (
            unusable(evidence)
            or "No probe was answered, small or large: this says nothing about the MTU."
        )
    passed = max((reach.size or 0 for reach in probes if reach.ok), default=0)
    if not passed:
        return _nothing_passed(probes)
    failed = min((reach.size or 0 for reach in probes if not reach.ok), default=0)
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
    level="full",
)
