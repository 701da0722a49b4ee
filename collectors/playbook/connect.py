"""What happens when the client attempts exactly this flow now?"""

from __future__ import annotations

from collections.abc import Iterator

from collectors.model.evidence import Evidence, Query, QueryParams, Question
from collectors.model.flow import Protocol
from collectors.model.records import ProbeResult
from collectors.model.step import Options, Phase, RunPhase, Step, View
from collectors.playbook.audience import PROBE_DELAY, can_be_asked, probes_allowed, unusable


def queries(view: View, options: Options, run_phase: RunPhase) -> Iterator[Query]:
    """One attempt from the client itself, from the flow's own source port where that is free.

    None from a port that the client was seen to use: what we leave in the server and the firewalls
    between, where our reset is lost, would be met by the client's next attempt.
    """
    client, flow = view.client, view.flow
    if not can_be_asked(client) or not probes_allowed(options):
        return
    used_by_the_client = flow.sport is not None and view.tried
    if flow.protocol is Protocol.ICMP or used_by_the_client:
        return
    seconds = max(1.0, min(4.0, options.window - PROBE_DELAY - 0.5))
    params = QueryParams(flow=flow, seconds=round(seconds, 1), sample="window")
    yield Query(client.name, Question.CONNECT, params, STEP.id, PROBE_DELAY)


def meaning(evidence: Evidence) -> str:
    """Did it connect, was it refused, or was there silence?"""
    for probe in evidence.of(ProbeResult):
        if not probe.ok:
            return f"The attempt failed: {probe.error or 'no answer'}."
        time = f" in {probe.rtt_ms:.0f} ms" if probe.rtt_ms else ""
        return f"The attempt was answered{time}."
    return unusable(evidence) or "The attempt gave no result."


STEP = Step(
    id="connect",
    title="An attempt of the flow",
    question="Does the flow work from the client right now?",
    phase=Phase.PROVE,
    run_phases=(RunPhase.WINDOW,),
    queries=queries,
    answers=(Question.CONNECT,),
    meaning=meaning,
    decision=(
        "Silence is a drop, a refusal is an answer: look who sent it. One success proves one source"
        " port only."
    ),
    probe=True,
    sends="one connect (or datagram) from the flow's own port, unless the client uses it itself",
)
