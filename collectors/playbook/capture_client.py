"""What does the client send, and what comes back to it?"""

from __future__ import annotations

from collections.abc import Iterator

from collectors.model.evidence import Query, Question
from collectors.model.step import Options, Phase, RunPhase, Step, View
from collectors.playbook.audience import can_be_asked
from collectors.playbook.capturing import captures, meaning


def queries(view: View, options: Options, run_phase: RunPhase) -> Iterator[Query]:
    """The client, for the whole window."""
    clients = [view.client] if can_be_asked(view.client) else []
    return captures(view, options, clients, STEP.id)


STEP = Step(
    id="capture-client",
    title="Capture at the client",
    question="Does the first packet leave the client, and does an answer come back?",
    phase=Phase.CONFIRM,
    run_phases=(RunPhase.WINDOW,),
    queries=queries,
    answers=(Question.CAPTURE,),
    task=7,
    meaning=meaning,
    decision=(
        "A SYN that leaves and no SYN-ACK that arrives: the drop is behind this point; look whether"
        " the server answered."
    ),
)
