"""How attempts of the flow failed, where no packet shows the place."""

from __future__ import annotations

from workbench.analysis.case.findings import Attempt, AttemptEnd, Watch
from workbench.analysis.diagnosis.context import Scene


def _failed(scene: Scene) -> tuple[Attempt, ...]:
    well = (AttemptEnd.WORKED, AttemptEnd.OPEN)
    return tuple(one for one in scene.attempts if one.end not in well)


def refused(scene: Scene) -> bool:
    """Was every attempt that failed refused at once? Then a packet came back, and none is lost."""
    failed = _failed(scene)
    return bool(failed) and all(one.end is AttemptEnd.REFUSED for one in failed)


def only_late(scene: Scene) -> bool:
    """Did somebody's own attempts say that they connected, and is that, and a missing answer, all
    that is known?"""
    failed = _failed(scene)
    return bool(failed) and all(
        one.end is AttemptEnd.STALLED and one.watch is Watch.PROBE for one in failed
    )
