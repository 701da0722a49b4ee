"""Which packets left a device, by its own capture, and never reached the next one? No filter of it
dropped these."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from workbench.analysis.case.drop import Drop
from workbench.analysis.case.findings import Hop
from workbench.analysis.case.verdict import Direction
from workbench.analysis.device.tunnels import tunnel_at
from workbench.analysis.diagnosis.context import Context
from workbench.analysis.diagnosis.facts.loss.random_loss import Counted, of_interface
from workbench.analysis.diagnosis.facts.neighbours.wrong_entries import entry_of, holders


def departed(context: Context, drop: Drop | None) -> bool:
    """Did the device's own capture see the packet on its way out? Bridges and tunnels work on it
    after that."""
    if drop is None or drop.after is None:
        return False
    if _worked_on(context, drop):
        return False
    observation = context.observation(drop.node, drop.reverse)
    return observation is not None and bool(observation.went_out)


def _worked_on(context: Context, drop: Drop) -> bool:
    """Do a bridge or a tunnel work on it after that capture?"""
    if drop.interface is None:
        return True
    if drop.interface in {link.master for link in context.case.interfaces(drop.node)}:
        return True
    return tunnel_at(context.case, drop.node, drop.interface) is not None


@dataclass(frozen=True, slots=True)
class DeadLink:
    """One direction of a link from which nothing arrives. `sure` = the proof that it was sent to
    the right machine."""

    context: Context
    drop: Drop
    after: str
    sure: tuple[str, ...]
    counted: tuple[Counted, ...]

    @property
    def direction(self) -> Direction:
        """The direction of the packets that vanish."""
        return Direction.of(reverse=self.drop.reverse)

    @property
    def where(self) -> str:
        """The place in words."""
        return f"between {self.drop.node} ({self.drop.interface}) and {self.after}"

    @property
    def other_way(self) -> bool:
        """Do packets of the other direction come over the same link?"""
        back = self.context.observation(self.drop.node, not self.drop.reverse)
        sent = self.context.observation(self.after, not self.drop.reverse)
        if back is None or sent is None:
            return False
        return bool(back.came_in) and bool(sent.went_out)


def dead_link(context: Context) -> DeadLink | None:
    """The link into which a device was seen to send, and out of which nothing came, at the decisive
    place."""
    drop = context.findings.drop
    if drop is None or drop.after is None or not departed(context, drop):
        return None
    hop = context.hop(drop.node, drop.reverse)
    sure = _meant(context, hop) if hop is not None else ()
    return DeadLink(context, drop, drop.after, sure, tuple(_counters(context, drop)))


def _meant(context: Context, hop: Hop) -> tuple[str, ...]:
    """The evidence that the frames carry the address of the machine that should get them."""
    entry = entry_of(context, hop)
    if entry is None:
        return ()
    neighbour, number = entry
    own = {port.mac.lower() for port in holders(context, hop) if port.mac}
    return (number,) if (neighbour.mac or "").lower() in own else ()


def _counters(context: Context, drop: Drop) -> Iterator[Counted]:
    """Errors that the interfaces at both ends of the link counted meanwhile."""
    after = drop.after or ""
    arriving = context.hop(after, drop.reverse)
    yield from of_interface(context, drop.node, drop.interface, sending=True)
    yield from of_interface(context, after, arriving.iif if arriving else None, sending=False)
