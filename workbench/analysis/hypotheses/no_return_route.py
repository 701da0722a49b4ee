"""Does a device on the way back to the client have no route for the replies?"""

from __future__ import annotations

from collections.abc import Iterable

from workbench.analysis import remedies
from workbench.analysis.facts.dead_ends import dead_end, dead_end_reasons, dead_gateway
from workbench.analysis.facts.horizon import scene_of
from workbench.analysis.findings import Findings
from workbench.analysis.verdict import Cause, Direction, Hypothesis


def no_return_route(findings: Findings) -> Iterable[Hypothesis]:
    """Does a device on the way back to the client have no route for the replies?"""
    scene = scene_of(findings)
    useless = dead_gateway(scene, findings.reverse)
    hop, gateway = useless if useless is not None else (dead_end(findings.reverse), None)
    if hop is not None:
        yield Hypothesis(
            Cause.NO_RETURN_ROUTE,
            guilty_node=hop.name,
            decided_by=hop.name,
            direction=Direction.REVERSE,
            reasons=tuple(dead_end_reasons(scene, findings.reverse, hop, gateway)),
            fixes=tuple(remedies.add_route(scene, hop, reverse=True)),
            refuted_by=f"`ip route get` on {hop.name} naming a next hop for the replies",
            would_settle=f"`ip route get` on {hop.name} for exactly the reply",
            summary=f"{hop.name} has no usable route back to {hop.flow_out.dst}, so the replies end there",
        )
