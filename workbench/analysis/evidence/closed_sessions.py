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
_States = list[str | None]


def lived(case: Case) -> Iterator[Attempt]:
    """The connections of the flow whose whole life one place saw, where nobody captured and none
    of them failed."""
    names = [device.name for device in case.inventory.devices]
    if any(case.answers(name, Question.CAPTURE) for name in names):
        return
    for name in names:
        lives = _lives(case, name)
        if lives and all(map(_whole, lives.values())):
            yield from _as_attempts(case, name, lives)


def _as_attempts(case: Case, device: str, flows: dict[Flow, _States]) -> Iterator[Attempt]:
    evidence = tuple(item.id for item in case.usable(device, Question.SESSION_EVENTS))
    for flow in flows:
        yield Attempt(
            flow,
            ConnState.WORKED,
            evidence=evidence,
            use=Use.USED,
            watch=WatchedFrom.ONE_POINT,
            place=device,
        )


def _lives(case: Case, device: str) -> dict[Flow, _States]:
    """The states of each connection of the flow, in their order; one that opened and closed again
    is the newer one."""
    found: dict[Flow, _States] = {}
    for event in _events(case, device):
        flow = event.session.original
        if event.event == "NEW":
            found[flow] = []
        if event.event != "DESTROY":  # some kernels write a last state there
            found.setdefault(flow, []).append(event.session.state)
    return found


def _events(case: Case, device: str) -> Iterator[SessionEvent]:
    """What happened to sessions of the flow, in the order in which the device reported it."""
    for item in case.usable(device, Question.SESSION_EVENTS):
        for event in item.of(SessionEvent):
            if case.flow.covers(event.session.original):
                yield event


def _whole(states: _States) -> bool:
    return "ESTABLISHED" in states and _CLOSED in states and "CLOSE" not in states
