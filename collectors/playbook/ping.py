"""Does the address answer a ping: the flow itself where it is ICMP, else the host behind its last
router?"""

from __future__ import annotations

from collections.abc import Iterator

from collectors.model.evidence import Evidence, Query, QueryParams, Question, Status
from collectors.model.flow import Address, Protocol
from collectors.model.records import Neighbour, ProbeResult
from collectors.model.step import Options, Phase, RunPhase, Step, View
from collectors.playbook.audience import PROBE_DELAY, probes_allowed, unusable, visits


def queries(view: View, options: Options, run_phase: RunPhase) -> Iterator[Query]:
    """An ICMP flow is attempted by a ping; of other flows only a host that seems to be down is
    pinged, from nearby."""
    if not probes_allowed(options):
        return
    if run_phase is RunPhase.WINDOW and view.flow.protocol is Protocol.ICMP:
        yield from _attempt(view)
    elif run_phase is RunPhase.SETTLE:
        yield from _last_router(view)


def _attempt(view: View) -> Iterator[Query]:
    if view.client is not None and view.client.login is not None:
        yield Query(
            view.client.name,
            Question.PING,
            QueryParams(flow=view.flow, sample="window"),
            STEP.id,
            PROBE_DELAY,
        )


def _last_router(view: View) -> Iterator[Query]:
    """From every device that gets no answer from its next hop, and from the last router of a server
    that is silent."""
    server = view.server.name if view.server else None
    silent = not any(e.device == server and e.status is Status.ANSWERED for e in view.evidence)
    for visit in visits(view, reverse=False):
        target = visit.next_hop
        if target is None or visit.device == server:
            continue
        if _unanswered(view, visit.device, target) or (silent and target == visit.flow.dst):
            yield Query(visit.device, Question.PING, QueryParams(address=target), STEP.id)


def _unanswered(view: View, device: str, target: Address) -> bool:
    """Does the device's newest neighbour table say that no device answers for that address?"""
    told = [e for e in view.evidence if (e.device, e.question) == (device, Question.NEIGHBOURS)]
    entries = told[-1].of(Neighbour) if told else ()
    return any(
        one.address == target and {"FAILED", "INCOMPLETE"} & set(one.states) for one in entries
    )


def meaning(evidence: Evidence) -> str:
    """Who answered, and how fast."""
    found = evidence.of(ProbeResult)
    good = [reach for reach in found if reach.ok]
    if good:
        fastest = min((reach.rtt_ms for reach in good if reach.rtt_ms is not None), default=None)
        return f"{good[0].target} answers pings" + (
            f", in {fastest:.1f} ms at best." if fastest is not None else "."
        )
    if not found:
        return unusable(evidence) or "The ping gave no result."
    error = found[-1].error or "silence"
    return (
        f"{found[-1].target} answers no ping ({error}); many hosts never do, so alone it proves"
        " little."
    )


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
