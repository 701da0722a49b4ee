"""Does the flow work, and do its two directions visit the same devices?"""

from __future__ import annotations

from collections.abc import Iterable

from workbench.analysis.facts.horizon import scene_of
from workbench.analysis.facts.working import working
from workbench.analysis.findings import Findings
from workbench.analysis.verdict import Cause, Hypothesis
from workbench.analysis.wording import listed

_SAME = "both directions take the same way"


def healthy_symmetric(findings: Findings) -> Iterable[Hypothesis]:
    """Does the flow work, and do its two directions visit the same devices?"""
    if not findings.divergent:
        scene = scene_of(findings)
        hidden = listed(list(scene.unreached))
        ways = f"whether both directions pass the same devices {hidden} would have to tell" if hidden else _SAME
        text = f"the flow works; {ways}" if hidden else f"the flow works, and {ways}"
        yield working(scene, Cause.HEALTHY_SYMMETRIC, text)
