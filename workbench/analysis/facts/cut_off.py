"""Does the server take the connection and the question, and reset it before any answer?"""

from __future__ import annotations

from dataclasses import dataclass

from workbench.analysis.facts.hung_up import in_part
from workbench.analysis.facts.scene import Scene
from workbench.analysis.findings import AttemptEnd


@dataclass(frozen=True, slots=True)
class CutOff:
    """The network carried the question, its acknowledgement and the RST; the application tells why."""

    text: str
    server: str | None
    evidence: tuple[str, ...]

    @property
    def settle(self) -> str:
        """What would tell more."""
        return f"the log of the application on {self.server}: whom it lets in, and what it makes of the question"


def cut_off(scene: Scene) -> CutOff | None:
    """Did connections of the window end so, and none in another way that is a failure?"""
    tried = [one for one in scene.attempts if not one.ours and one.end is not AttemptEnd.OPEN and not in_part(one)]
    found = [one for one in tried if one.end is AttemptEnd.CUT_OFF]
    if not found or any(one.end not in (AttemptEnd.CUT_OFF, AttemptEnd.WORKED) for one in tried):
        return None
    often = "" if len(found) == len(tried) else f" in {len(found)} of {len(tried)} attempts"
    whose = scene.server or "the other side"
    text = f"{whose} takes the connection and acknowledges the question, and resets it itself before any answer{often}"
    return CutOff(text, scene.server, tuple(dict.fromkeys(i for one in found for i in one.evidence)))
