"""Does the address answer a ping: the flow itself where it is ICMP, else the host behind its last
router?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from collectors.model.evidence import Evidence, Query, QueryParams, Question, Status
from collectors.model.flow import Address, Protocol
from collectors.model.records import Neighbour, ProbeResult
from collectors.model.step import Options, Phase, RunPhase, Step, View
from collectors.playbook.audience import (
    PROBE_DELAY,
    can_be_asked,
    probes_allowed,
    unusable,
    visits,
)


def queries(view: View, options: Options, run_phase: RunPhase) -> Iterator[Query]:
    """An ICMP flow is attempted by a ping; of other flows only a host that seems to be down is
    pinged, from nearby."""
    if not probes_allowed(options):
        return
    if run_phase is RunPhase.SETTLE:
        yield from _last_router(view)
    elif run_phase is RunPhase.WINDOW and view.flow.protocol is Protocol.ICMP:
        yield from _attempt(view)


def _attempt(view: View) -> Iterator[Query]:
    if can_be_asked(view.client):
        params = QueryParams(flow=view.flow, sample="window")
        yield Query(view.client.name, Question.PING, params, STEP.id, PROBE_DELAY)


def _last_router(view: View) -> Iterator[Query]:
    """From every device that gets no answer from its next hop, and from the last router of a server
    that is silent."""
    server = view.server.name if view.server else None
    server_silent = not _answers(view, server)
    for visit in visits(view, reverse=False):
        target = visit.next_hop
        if target is None or visit.device == server:
            continue
        leads_to_it = server_silent and target == visit.flow.dst
        if leads_to_it or _unanswered(view, visit.device, target):
            yield Query(visit.device, Question.PING, QueryParams(address=target), STEP.id)


def _answers(view: View, device: str | None) -> bool:
    """Has it answered anything so far?"""
    asked = (e for e in view.evidence if e.device == device)
    return any(e.status is Status.ANSWERED for e in asked)


def _unanswered(view: View, device: str, target: Address) -> bool:
    """Does the device's newest neighbour table say that no device answers for that address?"""
    place = (device, Question.NEIGHBOURS)
    tables = [e for e in view.evidence if (e.device, e.question) == place]
    if not tables:
        return False
    newest = tables[-1].of(Neighbour)
    return any(one.address == target and one.unanswered for one in newest)


def meaning(evidence: Evidence) -> str:
    """Who answered, and how fast."""
    found = evidence.of(ProbeResult)
    good = [probe for probe in found if probe.ok]
    if good:
        return f"{good[0].target} answers pings{_fastest(good)}."
    if not found:
        return unusable(evidence) or "The ping gave no result."
    last = found[-1]
    error = last.error or "silence"
    return (
        f"{last.target} answers no ping ({error}); many hosts never do, so alone it proves little."
    )


def _fastest(probes: Iterable[ProbeResult]) -> str:
    times = [probe.rtt_ms for probe in probes if probe.rtt_ms is not None]
    return f", in {min(times):.1f} ms at best" if times else ""


STEP = Step(
    id="ping",
    title="Pings",
    question="Does the host answer at all, from its last router?",
    phase=Phase.CONFIRM,
    run_phases=(RunPhase.WINDOW, RunPhase.SETTLE),
    queries=queries,
    answers=(Question.PING,),
    meaning=meaning,
    decision=(
        "If it answers its last router, the host is up: the flow dies elsewhere. "
        "If not even its neighbour entry is complete, the host or its link is down."
    ),
    probe=True,
    sends="one ping where ping is the flow; three from the last router where the server is silent",
)
