"""Packets that one capture saw and the next one did not, with nobody to ask between them."""

from __future__ import annotations

from collections.abc import Iterator

from workbench.analysis.case.verdict import Direction, Reason
from workbench.analysis.diagnosis.context import Scene
from workbench.analysis.diagnosis.facts.reasons import DIRECT
from workbench.analysis.diagnosis.facts.stops.gaps import gap, parted


def reasons(scene: Scene) -> Iterator[Reason]:
    """What the captures missed, and whether that parts the ways."""
    found = gap(scene)
    if found is None:
        return
    yield Reason(DIRECT, found.text, found.evidence)
    apart = parted(scene)
    if apart:
        yield Reason(0.0, apart, found.evidence)


def summary(scene: Scene) -> str | None:
    """Which packets are missing."""
    found = gap(scene)
    return found.text if found is not None else None


def settle(scene: Scene) -> str | None:
    """What would tell more."""
    found = gap(scene)
    return found.settle if found is not None else None


def direction(scene: Scene) -> Direction | None:
    """Of the packets that are missing, where one direction only is."""
    found = gap(scene)
    if found is None or found.reverse is None:
        return None
    return Direction.REVERSE if found.reverse else Direction.FORWARD
