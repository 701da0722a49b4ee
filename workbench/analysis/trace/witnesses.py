"""Which devices tell by their own records that the flow came to them: by their logs, or by their
state tables?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from collectors.model.evidence import Question, Status
from collectors.model.flow import Flow
from collectors.model.records import LogLine
from workbench.analysis.case.case import Case
from workbench.analysis.device.own_log import outdated, wrote
from workbench.analysis.device.translation import session_of


@dataclass(frozen=True, slots=True)
class Witness:
    """A device that had packets of one direction, the interface by which they came where it tells,
    and the proof."""

    device: str
    iif: str | None
    evidence: str


def witnesses(case: Case, flow: Flow) -> Iterator[Witness]:
    """Who had packets of that direction? Not shown by states that another member of the group may
    have handed over."""
    for device in (one.name for one in case.inventory.devices):
        found = _by_log(case, device, flow) or _by_session(case, device, flow)
        if found is not None:
            yield found


def way_out(case: Case, device: str, flow: Flow) -> str | None:
    """The interface by which packets of the flow would leave the device, by its own log. None = not
    shown."""
    return next((line.oif for line, _ in _lines(case, device, flow) if line.oif is not None), None)


def _by_log(case: Case, device: str, flow: Flow) -> Witness | None:
    return next(
        (Witness(device, line.iif, number) for line, number in _lines(case, device, flow)), None
    )


def _lines(case: Case, device: str, flow: Flow) -> Iterator[tuple[LogLine, str]]:
    """What the device wrote of packets of the flow that came in."""
    for line, item in case.all_records(device, Question.LOGS, LogLine):
        came = (
            (line.iif is not None or line.bound_in)
            and line.flow is not None
            and flow.matches(line.flow)
        )
        if came and not outdated(line) and wrote(case, device, line):
            yield line, item.id


def _by_session(case: Case, device: str, flow: Flow) -> Witness | None:
    known = case.inventory.named(device)
    shared = known is not None and known.state_group is not None
    held = session_of(case, device, flow) if not (shared or _synchronises(case, device)) else None
    if held is None:
        return None
    session, is_reply, item = held
    return Witness(device, None, item.id) if not (is_reply and session.unreplied) else None


def _synchronises(case: Case, device: str) -> bool:
    return any(item.status is Status.ANSWERED for item in case.answers(device, Question.STATE_SYNC))
