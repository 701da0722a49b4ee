"""Does the very socket of the flow retransmit, or was it reset?"""

from __future__ import annotations

from collections.abc import Iterator

from collectors.model.evidence import Evidence, Query, QueryParams, Question
from collectors.model.records import Socket
from collectors.model.step import Options, Phase, RunPhase, Step, View
from collectors.playbook.audience import ask, ends, flows_of, unusable, within


def queries(view: View, options: Options, run_phase: RunPhase) -> Iterator[Query]:
    """Both ends, twice within the window."""
    for sample, delay in within(options.window):
        params = QueryParams(flow=view.flow, flows=flows_of(view), sample=sample)
        yield from ask(ends(view), Question.SOCKETS, params, STEP.id, delay)


def meaning(evidence: Evidence) -> str:
    """State and outstanding retransmits of the flow's sockets."""
    sockets = [one for one in evidence.of(Socket) if one.remote is not None]
    if not sockets:
        return unusable(evidence) or "No socket of this flow is open here at this moment."
    return " ".join(map(_words, sockets[:4]))


def _words(one: Socket) -> str:
    words = f"Port {one.local_port} is {one.state}"
    if one.retransmits or one.total_retransmits:
        words += (
            f", sent again {one.retransmits} times now and {one.total_retransmits} times in all"
        )
    if one.send_queue:
        words += f", {one.send_queue} bytes wait to be acknowledged"
    return f"{words}."


STEP = Step(
    id="sockets",
    title="Retransmits and resets at the ends",
    question="Does the socket of this very flow retransmit, stall or get reset?",
    phase=Phase.PROVE,
    run_phases=(RunPhase.WINDOW,),
    queries=queries,
    answers=(Question.SOCKETS,),
    meaning=meaning,
    decision=(
        "SYN sent again and again, or data that is never acknowledged, means network or state, not"
        " the application."
    ),
)
