"""The server's application: it does not answer, hangs up or cuts off, and no network explains it."""

from __future__ import annotations

from collections.abc import Iterator

from workbench.analysis.case.verdict import Reason
from workbench.analysis.diagnosis.context import Scene
from workbench.analysis.diagnosis.facts.ends.cut_off import CutOff, cut_off
from workbench.analysis.diagnosis.facts.ends.hung_up import HungUp, hung_up
from workbench.analysis.diagnosis.facts.ends.ignored import Ignored, ignored
from workbench.analysis.diagnosis.facts.reasons import DIRECT, WEAK


def application(scene: Scene) -> Ignored | HungUp | CutOff | None:
    """What does the server's application do that no network explains?"""
    return ignored(scene) or hung_up(scene) or cut_off(scene)


def reasons(scene: Scene) -> Iterator[Reason]:
    """What it does, and that the network carries that very connection."""
    found = application(scene)
    if found is not None:
        yield Reason(DIRECT, found.text, found.evidence)
        both = "both directions carry packets of that very connection meanwhile"
        yield Reason(WEAK, both, found.evidence)


def summary(scene: Scene) -> str | None:
    """What it does."""
    found = application(scene)
    return found.text if found is not None else None


def settle(scene: Scene) -> str | None:
    """What would tell more."""
    found = application(scene)
    return found.settle if found is not None else None
