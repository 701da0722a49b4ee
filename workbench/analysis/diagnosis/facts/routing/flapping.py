"""Routing ends a way at a device that was captured sending the packets on: does its route come and
go?"""

from __future__ import annotations

from dataclasses import dataclass

from collectors.model.evidence import Evidence, Question
from workbench.analysis.case.findings import Hop, Trace
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
    still = not any(one.device == hop.device for one in route_changes(context.findings))
    between = bool(tables) and any(_between(tables, packet.time) for packet in point.went_out)
    proof = (*hop.evidence, *(item.id for item in tables), *point.evidence)
    return Flapping(hop, path, still and between, tuple(dict.fromkeys(proof)))


def _between(tables: list[Evidence], moment: float) -> bool:
    """By the clock of the device: was it asked before that moment, and after it?"""
    asked = [item.taken_at + item.clock_offset for item in tables]
    return min(asked) < moment < max(asked)


def either_way(context: Context) -> Flapping | None:
    """The same for both directions, the way back first."""
    ways = (context.findings.reverse, context.findings.forward)
    return next(
        (found for path in ways for found in (flapping(context, path),) if found is not None), None
    )
