"""Does the flow work, and do its two directions visit the same devices?"""

from __future__ import annotations

from collections.abc import Iterable

from workbench.analysis.facts.horizon import scene_of
from workbench.analysis.facts.working import working
from workbench.analysis.findings import Findings
from workbench.analysis.verdict import Cause, Hypothesis


def healthy_symmetric(findings: Findings) -> Iterable[Hypothesis]:
    """Does the flow work, and do its two directions visit the same devices?"""
    if not findings.divergent:
        text = "the flow works, and both directions take the same way"
        yield working(scene_of(findings), Cause.HEALTHY_SYMMETRIC, text)
