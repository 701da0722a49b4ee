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
    findings = context.findings
    if context.case.flow.sport is None or findings.flow_works:
        return None
    if context.drops() or findings.observations:
        return None
    hops = (*findings.forward.hops, *findings.reverse.hops)
    walked = {hop.name for hop in hops if not hop.unrouted}
    for device in context.case.inventory.devices:
        if device.name in walked:
            continue
        held = _translated(context, device.name)
        if held is not None:
            return _unreplied(context, device.name, *held)
    return None


def _translated(context: Context, device: str) -> tuple[Session, str] | None:
    """The newest session of the flow there, where all of them are translated and unanswered."""
    flow = context.case.flow
    held = [(one, e.id) for one, e in context.case.sessions(device) if flow.covers(one.original)]
    for session, _ in held:
        translated = session.reply.src != session.original.dst
        if not translated or not session.unreplied:
            return None
    return held[-1] if held else None


def _unreplied(context: Context, device: str, session: Session, number: str) -> Unreplied | None:
    target = session.reply.src
    name = name_of(context, target)
    if context.case.reached(name):
        return None  # it can be asked itself
    others = tuple(dict.fromkeys(_answering(context, device, session)))
    return Unreplied(device, target, name, session, others, (number,))


def _answering(context: Context, device: str, mine: Session) -> Iterator[Address]:
    """The targets of other sessions of this service that were answered."""
    own = mine.original
    service = (own.protocol, own.dst, own.dport)
    for one, _ in context.case.sessions(device):
        theirs = one.original
        if one.unreplied or one.reply.src == mine.reply.src:
            continue
        if (theirs.protocol, theirs.dst, theirs.dport) == service:
            yield one.reply.src
