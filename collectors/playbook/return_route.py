"""Where does the server send the reply, and each device after it?"""

from __future__ import annotations

from collections.abc import Iterator

from collectors.model.evidence import Query, Question
from collectors.model.step import Options, Phase, RunPhase, Step, View
from collectors.playbook import route_get
from collectors.playbook.audience import at, visits


def queries(view: View, options: Options, run_phase: RunPhase) -> Iterator[Query]:
    """Every place that the reverse direction visits, with the addresses that it really has
    there."""
    for visit in visits(view, reverse=True):
        yield Query(visit.device, Question.ROUTE_CHOICE, at(visit), STEP.id)


STEP = Step(
    id="return-route",
    title="Return route",
    question="Where does the server send its reply, and each device after it?",
    phase=Phase.CONFIRM,
    run_phases=(RunPhase.TRACK,),
    queries=queries,
    task=9,
    meaning=route_get.meaning,
    decision=(
        "If the reply leaves by another gateway than the request came from, either bring it back"
        " (route, source rule) or let the devices between tolerate it."
    ),
)
