"""Devices that can be asked, and that are seen or expected to stop the packet."""

from __future__ import annotations

from collections.abc import Iterator

from workbench.analysis.case.verdict import Reason
from workbench.analysis.diagnosis.context import Scene
from workbench.analysis.diagnosis.facts.reasons import DIRECT, REFUTES, STRONG, WEAK
from workbench.analysis.diagnosis.facts.stops.departed import dead_link
from workbench.analysis.diagnosis.facts.stops.horizon import horizon
from workbench.analysis.diagnosis.facts.stops.simulation import Expected, rehearsed
from workbench.analysis.diagnosis.facts.stops.stops import Stop, stops
from workbench.analysis.diagnosis.handshake import Stage


def reasons(scene: Scene) -> Iterator[Reason]:
    """What is seen counts more than what a device's own settings would do."""
    seen = next((one for one in stops(scene) if one.drop is not None), None)
    if seen is not None:
        yield _seen(scene, seen)
        return
    expected = rehearsed(scene)
    if expected is not None and expected.blames[0].certain and not _assumed(scene, expected):
        text = f"{expected.device} says itself that it would stop it"
        yield Reason(-STRONG, text, expected.blames[0].evidence)
    elif scene.findings.flow_works is False:
        yield Reason(WEAK, "no device that can be asked would stop the flow, and yet it fails")


def _seen(scene: Scene, seen: Stop) -> Reason:
    evidence = seen.drop.evidence if seen.drop else ()
    if seen.blames:
        text = f"the {seen.packet} is seen to stop at {seen.device}"
        return Reason(2 * REFUTES, text, evidence)
    if seen.left and seen.drop is not None:
        dead = dead_link(scene)
        weight = WEAK if dead is None or dead.sure else DIRECT
        text = f"{seen.drop.where}: what is between them cannot be asked"
        return Reason(weight, text, evidence)
    if not scene.case.reached(seen.device):
        weight = 0.0 if horizon(scene) else DIRECT
        text = f"the {seen.packet} vanishes in {seen.device}, which cannot be asked"
        return Reason(weight, text, evidence)
    return Reason(-WEAK, f"the {seen.packet} is seen to stop at {seen.device}, which can be asked")


def _assumed(scene: Scene, expected: Expected) -> bool:
    """Would the device refuse the client's ACK only if the answer took another way, which nobody
    told?"""
    told = bool(scene.findings.sightings) or not scene.findings.path(True).untold
    return expected.passage.stage is Stage.CONFIRM and not told
