"""Did a state table tell the whole life of a connection: made, answered, and closed by both
ends?"""

from __future__ import annotations

from collections.abc import Iterator

from collectors.model.evidence import Question
from collectors.model.flow import Flow
from collectors.model.records import SessionEvent
from workbench.analysis.case.case import Case
from workbench.analysis.case.findings import Attempt, ConnState, Use, WatchedFrom

_CLOSED = "TIME_WAIT"  # after a FIN of each end, and the acknowledgement of the last


def lived(case: Case) -> Iterator[Attempt]:
    """The connections of the flow whose whole life one place saw, where nobody captured and none
    of them failed."""
    if any(case.answers(one.name, Question.CAPTURE) for one in case.inventory.devices):
        return
    for device in (one.name for one in case.inventory.devices):
        lives = _lives(case, device)
        if lives and all(_whole(states) for states in lives.values()):
            evidence = tuple(item.id for item in case.usable(device, Question.SESSION_EVENTS))
            for flow in lives:
                yield Attempt(
                    flow,
                    ConnState.WORKED,
                    evidence=evidence,
                    use=Use.USED,
                    watch=WatchedFrom.ONE_POINT,
                    place=device,
                )


def _lives(case: Case, device: str) -> dict[Flow, list[str | None]]:
    """The states of each connection of the flow, in their order; one that opened and closed again
    is the newer one."""
    found: dict[Flow, list[str | None]] = {}
    for item in case.usable(device, Question.SESSION_EVENTS):
        for event in item.of(SessionEvent):
            flow = event.session.original
            if not case.flow.covers(flow):
                continue
            if event.event == "NEW":
                found[flow] = []
            if event.event != "DESTROY":  # some kernels write a last state there
                found.setdefault(flow, []).append(event.session.state)
    return found


def _whole(states: list[str | None]) -> bool:
    return "ESTABLISHED" in states and _CLOSED in states and "CLOSE" not in states
