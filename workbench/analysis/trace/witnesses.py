"""Which devices tell by their own records that the flow came to them: by their logs, or by their
state tables?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from collectors.model.evidence import Question
from collectors.model.flow import Flow
from collectors.model.records import LogLine
from workbench.analysis.case.case import Case
from workbench.analysis.device.own_log import outdated, wrote
from workbench.analysis.device.translation import session_of


@dataclass(frozen=True, slots=True)
class Witness:
    """A device that had packets of one direction, the interface by which they came where that is
    shown, and the proof."""

    device: str
    iif: str | None
    evidence: str


def witnesses(case: Case, flow: Flow) -> Iterator[Witness]:
    """Who had packets of that direction? Not shown by states that another member of the group may
    have handed over."""
    for device in case.inventory.devices:
        found = _by_log(case, device.name, flow) or _by_session(case, device.name, flow)
        if found is not None:
            yield found


def interface_out(case: Case, device: str, flow: Flow) -> str | None:
    """The interface by which packets of the flow would leave the device, by its own log. None = not
    shown."""
    for line, _ in _lines(case, device, flow):
        if line.oif is not None:
            return line.oif
    return None


def _by_log(case: Case, device: str, flow: Flow) -> Witness | None:
    for line, number in _lines(case, device, flow):
        return Witness(device, line.iif, number)
    return None


def _lines(case: Case, device: str, flow: Flow) -> Iterator[tuple[LogLine, str]]:
    """What the device wrote of packets of the flow that came in."""
    for line, item in case.all_records(device, Question.LOGS, LogLine):
        came_in = line.iif is not None or line.bound_in
        ours = line.flow is not None and flow.matches(line.flow)
        if came_in and ours and not outdated(line) and wrote(case, device, line):
            yield line, item.id


def _by_session(case: Case, device: str, flow: Flow) -> Witness | None:
    if _may_come_from_another(case, device):
        return None
    held = session_of(case, device, flow)
    if held is None:
        return None
    session, is_reply, item = held
    never_answered = is_reply and session.unreplied
    return None if never_answered else Witness(device, None, item.id)


def _may_come_from_another(case: Case, device: str) -> bool:
    """May another device have handed its sessions over?"""
    known = case.inventory.named(device)
    in_a_group = known is not None and known.state_group is not None
    return in_a_group or bool(case.usable(device, Question.STATE_SYNC))
