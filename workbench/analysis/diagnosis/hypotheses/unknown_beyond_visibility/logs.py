"""Lines of logs that name packets of the flow, and that something else speaks against."""

from __future__ import annotations

from collections.abc import Iterator

from workbench.analysis.case.verdict import Reason
from workbench.analysis.device.log_drops import Dismissed, dismissed
from workbench.analysis.diagnosis.context import Scene


def _aside(scene: Scene) -> tuple[Dismissed, ...]:
    return tuple(dismissed(scene.case, (scene.findings.forward, scene.findings.reverse)))


def reasons(scene: Scene) -> Iterator[Reason]:
    """They weigh nothing, and are shown."""
    yield from (Reason(0.0, one.text, one.evidence) for one in _aside(scene))


def summary(scene: Scene, nothing: str) -> str | None:
    """That nothing is known now, and what a line said before."""
    aside = _aside(scene)
    return f"{nothing} now. {aside[0].text}" if aside else None


def settle(scene: Scene) -> str | None:
    """Whether such lines are still written, where nothing was seen to stop."""
    aside = _aside(scene) if scene.findings.drop is None else ()
    if not aside:
        return None
    return f"new lines of the log of {aside[0].device}, or its counters before and after an attempt"
