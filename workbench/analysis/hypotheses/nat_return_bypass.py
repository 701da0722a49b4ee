"""Do the replies return past the device that translated the flow?"""

from __future__ import annotations

from collections.abc import Iterable

from workbench.analysis import remedies
from workbench.analysis.facts.bypass import bypass, bypass_reasons
from workbench.analysis.facts.horizon import scene_of
from workbench.analysis.facts.translation import balances
from workbench.analysis.findings import Findings
from workbench.analysis.verdict import Cause, Direction, Hypothesis


def nat_return_bypass(findings: Findings) -> Iterable[Hypothesis]:
    """Do the replies return past the device that translated the flow?"""
    scene = scene_of(findings)
    found = bypass(scene)
    if found is None or balances(scene, found.translator):
        return
    name = found.translator.name
    yield Hypothesis(
        Cause.NAT_RETURN_BYPASS,
        guilty_node=found.guilty,
        decided_by=found.decided_by,
        direction=Direction.REVERSE,
        reasons=tuple(bypass_reasons(found)),
        fixes=tuple(remedies.return_to_translator(found)),
        refuted_by=f"replies seen at {name}, or its session answered",
        would_settle=f"the session looked up on {name} and {found.guilty} at once, a capture on both",
        summary=f"replies do not return through {name}, which translated the flow: they reach {found.guilty}, "
        "which does not know it",
    )
