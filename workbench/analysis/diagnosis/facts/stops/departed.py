"""Which packets left a device, by its own capture, and never reached the next one? No filter of it
dropped these."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from workbench.analysis.case.findings import Hop
from workbench.analysis.case.verdict import Direction, Drop
from workbench.analysis.device.tunnels import tunnel_at
from workbench.analysis.diagnosis.context import Scene
from workbench.analysis.diagnosis.facts.loss.random_loss import Counted, of_interface
from workbench.analysis.diagnosis.facts.neighbours.wrong_entries import entry_of, holders


def departed(scene: Scene, drop: Drop | None) -> bool:
    """Did the device's own capture see the packet on its way out? Bridges and tunnels work on it
    after that."""
    if drop is None or drop.after is None or _worked_on(scene, drop):
        return False
    sighting = scene.sighting(drop.node, drop.reverse)
    return sighting is not None and bool(sighting.went_out)


def _worked_on(scene: Scene, drop: Drop) -> bool:
    links = scene.case.interfaces(drop.node)
    bridges = any(link.master == drop.interface for link in links)
    return (
        drop.interface is None
        or bridges
        or tunnel_at(scene.case, drop.node, drop.interface) is not None
    )


@dataclass(frozen=True, slots=True)
class DeadLink:
    """One direction of a link from which nothing arrives. `sure` = the proof that it was sent to
    the right machine."""

    scene: Scene
    drop: Drop
    after: str
    sure: tuple[str, ...]
    counted: tuple[Counted, ...]

    @property
    def direction(self) -> Direction:
        """The direction of the packets that vanish."""
        return Direction.REVERSE if self.drop.reverse else Direction.FORWARD

    @property
    def where(self) -> str:
        """The place in words."""
        return f"between {self.drop.node} ({self.drop.interface}) and {self.after}"

    @property
    def other_way(self) -> bool:
        """Do packets of the other direction come over the same link?"""
        back = self.scene.sighting(self.drop.node, not self.drop.reverse)
        sent = self.scene.sighting(self.after, not self.drop.reverse)
        return bool(back and back.came_in and sent and sent.went_out)


def dead_link(scene: Scene) -> DeadLink | None:
    """The link into which a device was seen to send, and out of which nothing came, at the decisive
    place."""
    drop = scene.findings.drop
    if drop is None or drop.after is None or not departed(scene, drop):
        return None
    hop = scene.hop(drop.node, drop.reverse)
    sure = _meant(scene, hop) if hop is not None else ()
    return DeadLink(scene, drop, drop.after, sure, tuple(_counters(scene, drop)))


def _meant(scene: Scene, hop: Hop) -> tuple[str, ...]:
    """The evidence that the frames carry the address of the machine that should get them."""
    entry = entry_of(scene, hop)
    if entry is None:
        return ()
    ports = [
        port
        for port in holders(scene, hop)
        if port.mac and port.mac.lower() == (entry[0].mac or "").lower()
    ]
    return (entry[1],) if ports else ()


def _counters(scene: Scene, drop: Drop) -> Iterator[Counted]:
    """Errors that the interfaces at both ends of the link counted meanwhile."""
    after = drop.after or ""
    arriving = scene.hop(after, drop.reverse)
    yield from of_interface(scene, drop.node, drop.interface, sending=True)
    yield from of_interface(scene, after, arriving.iif if arriving else None, sending=False)
