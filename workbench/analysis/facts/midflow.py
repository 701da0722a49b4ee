"""An established session that now meets a device which does not know it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from workbench.analysis.facts.scene import Scene
from workbench.analysis.facts.sessions import Held
from workbench.analysis.filtering import Outcome
from workbench.analysis.findings import Hop
from workbench.analysis.hop_filtering import at_hop
from workbench.analysis.matching import State


@dataclass(frozen=True)
class Moved:
    """A device with state on the way now, that knows nothing of a session which another device holds established."""

    hop: Hop
    reverse: bool
    old: Held
    mine: Held
    outcome: Outcome  # what its filter does with packets from the middle of a connection


def moved_sessions(scene: Scene) -> Iterator[Moved]:
    """Every device on either way that an established session of this flow was moved to."""
    if not scene.tcp:
        return
    for reverse in (False, True):
        for hop in scene.findings.path(reverse).hops:
            if hop.device is None or hop.boundary is None or hop.device in (scene.client, scene.server):
                continue
            old = _old_holder(scene, hop.device)
            mine = scene.held(hop.device)
            if old is not None and not mine.established:
                yield Moved(hop, reverse, old, mine, at_hop(scene.case, hop, stranger(scene, hop.device), ".", reverse))


def _old_holder(scene: Scene, device: str) -> Held | None:
    ends = (scene.client, scene.server, device)
    held = (scene.held(d.name) for d in scene.case.inventory.devices if d.name not in ends)
    return next((h for h in held if h.established), None)


def stranger(scene: Scene, device: str) -> State:
    """What conntrack calls a packet from the middle of a connection that it does not know."""
    loose = scene.case.setting(device, "net.netfilter.nf_conntrack_tcp_loose")
    return "invalid" if loose == "0" else "new"
