"""Does the drop lie where nobody can be asked?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from workbench.analysis.facts.reasons import REFUTES, STRONG, WEAK, both_ends, silence
from workbench.analysis.facts.rehearsal import rehearsed
from workbench.analysis.facts.scene import Scene, scene_of
from workbench.analysis.findings import Fate, Findings
from workbench.analysis.verdict import Cause, Direction, Hypothesis, Reason

_OPEN = frozenset({Fate.INVISIBLE, Fate.UNRESOLVED})


def unknown_beyond_visibility(findings: Findings) -> Iterable[Hypothesis]:
    """Does the drop lie where nobody can be asked?"""
    scene = scene_of(findings)
    yield Hypothesis(
        Cause.UNKNOWN_BEYOND_VISIBILITY,
        direction=_direction(scene),
        reasons=tuple(_reasons(scene)),
        refuted_by="a device that can be asked and that stops the packet",
        would_settle=_settle(scene),
        summary=_summary(scene),
    )


def _reasons(scene: Scene) -> Iterator[Reason]:
    yield from both_ends(scene)
    yield Reason(WEAK, "what cannot be seen can never be ruled out")
    blind = blind_spots(scene)
    if blind:
        yield Reason(STRONG, f"{', '.join(blind)} cannot be asked")
    drop = scene.findings.drop
    if drop is not None and scene.case.inventory.named(drop.node):
        yield Reason(REFUTES, f"the {drop.packet} is seen to stop at {drop.node}", drop.evidence)
    elif drop is not None:
        yield Reason(STRONG, f"the {drop.packet} is last seen on its way to {drop.node} ({drop.where})", drop.evidence)
    elif rehearsed(scene) is None and scene.findings.flow_works is False:
        yield Reason(WEAK, "no device that can be asked would stop the flow, and yet it fails")
    yield from silence(scene)


def blind_spots(scene: Scene) -> tuple[str, ...]:
    """Which places on either way cannot be asked?"""
    paths = (scene.findings.forward, scene.findings.reverse)
    ends = tuple(f"what lies beyond {p.hops[-1].name}" for p in paths if p.fate in _OPEN and p.hops)
    return tuple(dict.fromkeys((*scene.unreached, *ends)))


def _direction(scene: Scene) -> Direction | None:
    drop = scene.findings.drop
    if drop is not None:
        return Direction.REVERSE if drop.reverse else Direction.FORWARD
    if scene.server and scene.saw(scene.server, reverse=False) is False:
        return Direction.FORWARD
    if scene.server and scene.saw(scene.server, reverse=True):
        return Direction.REVERSE
    return None


def _settle(scene: Scene) -> str:
    blind = blind_spots(scene)
    return (
        f"a capture at {blind[0]}, or its own answers"
        if blind
        else "an attempt of the flow while all devices are watched"
    )


def _summary(scene: Scene) -> str:
    blind = blind_spots(scene)
    if blind:
        return f"the drop lies where nothing can be asked: {', '.join(blind)}"
    return "nothing that was seen explains the failure; more evidence is needed"
