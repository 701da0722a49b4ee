"""Does a daemon that shares sessions run on a device, and does it exchange messages with a partner?"""

from __future__ import annotations

from dataclasses import dataclass

from collectors.model.evidence import Question
from collectors.model.records import Counter, Setting
from workbench.analysis.facts.scene import Scene


@dataclass(frozen=True, slots=True)
class Syncing:
    """What conntrackd of one device has exchanged: packets since it started."""

    device: str
    sent: int
    received: int
    evidence: tuple[str, ...]

    @property
    def words(self) -> str:
        """For a reason: what it does, and where to look for what it leaves out."""
        told = f"conntrackd runs on {self.device} and exchanges messages ({self.sent} sent, {self.received} received)"
        return f"{told}, and this session is not shared: its configuration's Filter may leave it out, or it comes late"


def syncing(scene: Scene, device: str) -> Syncing | None:
    """The daemon of that device, where it runs and messages go there and back; None = it does not, or did not tell."""
    item = scene.case.answer(device, Question.STATE_SYNC)
    if item is None or not any(one.key == "running.conntrackd" for one in item.of(Setting)):
        return None
    numbers = {one.name.rpartition(" / ")[2]: one.value for one in item.of(Counter)}
    sent, received = numbers.get("Pckts sent", 0), numbers.get("Pckts recv", 0)
    return Syncing(device, sent, received, (item.id,)) if sent and received else None
