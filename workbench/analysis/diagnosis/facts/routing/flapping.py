"""Routing ends a way at a device that was captured sending the packets on: does its route come and
go?"""

from __future__ import annotations

from dataclasses import dataclass

from collectors.model.evidence import Evidence, Question
from workbench.analysis.case.findings import Hop, Observation, Trace
from workbench.analysis.device.route_changes import route_changes
from workbench.analysis.diagnosis.context import Context
from workbench.analysis.trace.parting import dead_end


@dataclass(frozen=True, slots=True)
class Flapping:
    """Two observations of one device that cannot both hold all the time."""

    hop: Hop
    path: Trace
    # its tables said so before the packets passed and after: then the route comes and goes
    again: bool
    evidence: tuple[str, ...]

    @property
    def text(self) -> str:
        """In words."""
        name, target = self.hop.name, self.hop.flow_out.dst
        if self.again:
            return (
                f"{name} had no way to {target} before and after, and sent packets there meanwhile:"
                " it flaps"
            )
        return (
            f"{name} says that it has no way to {target}, and sent packets there: it changes, or"
            " something else decides too"
        )


def flapping(context: Context, path: Trace) -> Flapping | None:
    """Did packets of this way leave the device at which its routing ends them?"""
    hop = dead_end(path)
    if hop is None or hop.device is None:
        return None
    point = context.observation(hop.name, path.reverse)
    if point is None or not point.went_out:
        return None
    tables = [item for item in context.case.answers(hop.device, Question.ROUTES) if item.whole]
    changed = {one.device for one in route_changes(context.findings)}
    again = hop.device not in changed and _sent_between(point, tables)
    proof = (*hop.evidence, *(item.id for item in tables), *point.evidence)
    return Flapping(hop, path, again, tuple(dict.fromkeys(proof)))


def _sent_between(point: Observation, tables: list[Evidence]) -> bool:
    """By the clock of the device: was it asked before a packet went out, and after it?"""
    if not tables:
        return False
    asked = [item.taken_at + item.clock_offset for item in tables]
    first, last = min(asked), max(asked)
    return any(first < packet.time < last for packet in point.went_out)


def either_way(context: Context) -> Flapping | None:
    """The same for both directions, the way back first."""
    for path in (context.findings.reverse, context.findings.forward):
        found = flapping(context, path)
        if found is not None:
            return found
    return None
