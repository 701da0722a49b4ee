"""Does the packet reach the server, does it answer, and where is either last seen?"""

from __future__ import annotations

from collections.abc import Iterator

from collectors.model.evidence import Query
from collectors.model.step import Options, Phase, RunPhase, Step, View
from collectors.playbook.audience import involved
from collectors.playbook.capturing import captures, meaning


def queries(view: View, options: Options, run_phase: RunPhase) -> Iterator[Query]:
    """The server and every device of both ways, of their alternates and of their state groups, all
    at once."""
    client = view.client.name if view.client else None
    others = (device for device in involved(view) if device.name != client)
    return captures(view, options, others, STEP.id)


STEP = Step(
    id="capture-server",
    title="Capture at the server and at every device between",
    question=(
        "Does the packet arrive, is it answered, and at which device is it seen for the last time?"
    ),
    phase=Phase.CONFIRM,
    run_phases=(RunPhase.WINDOW,),
    queries=queries,
    task=8,
    meaning=meaning,
    decision=(
        "If the server answers, the drop is on the way back, between the last device that saw the"
        " answer come in and the first that did not."
    ),
)
