"""Where does a device's own session send the flow, and does nothing come back from there?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from collectors.model.flow import Address
from collectors.model.records import Session
from workbench.analysis.diagnosis.context import Context
from workbench.analysis.diagnosis.facts.stops.complaints import name_of


@dataclass(frozen=True, slots=True)
class Unreplied:
    """`at` holds the flow's session, translated to `target`, and never saw an answer in it."""

    at: str
    target: Address
    name: str  # the device that holds the target, else its address
    session: Session
    # targets to which it sends other sessions of that service, and that answer
    others: tuple[Address, ...]
    evidence: tuple[str, ...]

    @property
    def text(self) -> str:
        """The sentence."""
        elsewhere = (
            f"; others to this service it sends to {self.others[0]}, which answers"
            if self.others
            else ""
        )
        return (
            f"{self.at} sends this flow to {self.name}, as its session says, and saw no answer in"
            f" it{elsewhere}"
        )

    @property
    def settle(self) -> str:
        """What would tell more."""
        return (
            f"whether {self.name} is still there; once {self.at} forgets this session, the next"
            " packet chooses anew"
        )


def unreplied(context: Context) -> Unreplied | None:
    """Is exactly this flow translated to a target that never answered, by a device that tells no
    more of its way?

    Where a walk passed it by its routes, its translation is walked on to the target.
    """
    if (
        context.findings.flow_works
        or context.drops()
        or context.findings.observations
        or context.case.flow.sport is None
    ):
        return None
    hops = (*context.findings.forward.hops, *context.findings.reverse.hops)
    met = {hop.name for hop in hops if not hop.unrouted}
    for device in (one for one in context.case.inventory.devices if one.name not in met):
        held = [
            (s, e.id)
            for s, e in context.case.sessions(device.name)
            if context.case.flow.covers(s.original)
        ]
        if held and all(s.unreplied and s.reply.src != s.original.dst for s, _ in held):
            session, number = held[-1]
            target = session.reply.src
            if context.case.reached(name_of(context, target)):
                return None  # it can be asked itself
            others = tuple(dict.fromkeys(_answering(context, device.name, session)))
            return Unreplied(
                device.name, target, name_of(context, target), session, others, (number,)
            )
    return None


def _answering(context: Context, device: str, mine: Session) -> Iterator[Address]:
    own = mine.original
    for one, _ in context.case.sessions(device):
        theirs = one.original
        same = (theirs.protocol, theirs.dst, theirs.dport) == (own.protocol, own.dst, own.dport)
        if same and not one.unreplied and one.reply.src != mine.reply.src:
            yield one.reply.src
