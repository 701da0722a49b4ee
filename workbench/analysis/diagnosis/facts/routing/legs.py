"""Does the packet stop on one branch of an ECMP set only, while the others would let it pass?"""

from __future__ import annotations

from collections.abc import Iterator

from workbench.analysis.case.findings import AttemptEnd, Hop, Path
from workbench.analysis.case.verdict import Reason
from workbench.analysis.diagnosis.context import Scene
from workbench.analysis.diagnosis.facts.reasons import DIRECT, STRONG
from workbench.analysis.diagnosis.facts.stops.blame import blames, unanswered
from workbench.analysis.diagnosis.facts.stops.simulation import before, passages_of
from workbench.analysis.diagnosis.handshake import Stage
from workbench.analysis.trace.parting import hashed


def leg(scene: Scene, device: str, reverse: bool, stage: Stage) -> Hop | None:
    """The hop whose hash leads this flow to that device, while another branch avoids it and would
    work."""
    path = scene.findings.path(reverse)
    for hop in reversed(hashed(path)):
        on_the_leg = _after(path.names, hop.name, device) or (
            hop.name == device and unanswered(scene, hop) is not None
        )
        if (
            hop.name in path.names
            and on_the_leg
            and _another_works(scene, path, hop, device, stage)
        ):
            return hop
    return None


def _after(names: tuple[str, ...], first: str, second: str) -> bool:
    return second in names and names.index(first) < names.index(second)


def _another_works(scene: Scene, path: Path, hop: Hop, device: str, stage: Stage) -> bool:
    own = hop.name == device  # it cannot hand the packet on: its next hop is dead
    others = [a for a in path.alternates if hop.name in a.names and (own or device not in a.names)]
    if not path.alternates:
        return device in {b.device for b in hop.branches if b.taken}
    return any(_passes(scene, other, stage) for other in others)


def _passes(scene: Scene, path: Path, stage: Stage) -> bool:
    """Would every device on that other branch let the packet pass?"""
    memory = before(scene, stage)
    return all(
        not any(b.certain for b in blames(scene, p)) for p in passages_of(path, stage, memory)
    )


def ports_differ(scene: Scene) -> Iterator[Reason]:
    """Do attempts from some source ports work while others fail?"""
    ended = [a for a in scene.findings.attempts if a.end is not AttemptEnd.OPEN]
    good = [a for a in ended if a.end is AttemptEnd.WORKED]
    bad = [a for a in ended if a.end is not AttemptEnd.WORKED]
    if good and bad and {a.flow.sport for a in good}.isdisjoint(a.flow.sport for a in bad):
        evidence = (*good[0].evidence, *bad[0].evidence)
        yield Reason(
            STRONG, f"from {len(good)} source ports it works, from {len(bad)} it fails", evidence
        )


def only_one_leg(scene: Scene, device: str, reverse: bool, stage: Stage) -> Iterator[Reason]:
    """Against every cause that would hit all flows: only one branch stops the packet."""
    hop = leg(scene, device, reverse, stage)
    if hop is not None:
        text = (
            f"only the branch through {device} stops it; {hop.name} spreads flows over"
            f" {len(hop.branches)}"
        )
        yield Reason(-DIRECT, text, hop.evidence)
