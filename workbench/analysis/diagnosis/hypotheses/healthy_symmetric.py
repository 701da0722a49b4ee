"""Does the flow work, and do its two directions visit the same devices?"""

from __future__ import annotations

from collections.abc import Iterable

from workbench.analysis.captures.order_of_points import only_captures
from workbench.analysis.case.findings import Findings, Trace
from workbench.analysis.case.verdict import Cause, Hypothesis
from workbench.analysis.case.wording import listed
from workbench.analysis.diagnosis.context import Context
from workbench.analysis.diagnosis.facts.stops.visibility_limit import context_of
from workbench.analysis.diagnosis.facts.working.working import working

_SAME = ", and both directions take the same path"


def healthy_symmetric(findings: Findings) -> Iterable[Hypothesis]:
    """Does the flow work, and do its two directions visit the same devices?"""
    if not findings.divergent:
        context = context_of(findings)
        yield working(context, Cause.HEALTHY_SYMMETRIC, f"the flow works{_ways(context)}")


def _ways(context: Context) -> str:
    """What is known of them. Captures tell that packets came, and not by which way."""
    hidden = listed(list(context.unreached))
    if only_captures(context.case):
        return "; which path its directions take between the capture points is not known"
    if not all(map(_begins_known, (context.findings.forward, context.findings.reverse))):
        return "; which path its directions take is not known"
    return (
        f"; whether both directions pass the same devices {hidden} would have to tell"
        if hidden
        else _SAME
    )


def _begins_known(path: Trace) -> bool:
    """Is it known by which interface the first device sends? It is not where it showed its sockets
    only."""
    return len(path.hops) < 2 or path.hops[0].device is None or path.hops[0].oif is not None
