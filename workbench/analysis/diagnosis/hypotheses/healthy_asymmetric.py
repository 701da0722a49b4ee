"""Does the flow work although its two directions visit different devices?"""

from __future__ import annotations

from collections.abc import Iterable

from workbench.analysis.case.findings import Findings
from workbench.analysis.case.verdict import Cause, Hypothesis
from workbench.analysis.diagnosis.facts.stops.visibility_limit import context_of
from workbench.analysis.diagnosis.facts.working.working import working


def healthy_asymmetric(findings: Findings) -> Iterable[Hypothesis]:
    """Does the flow work although its two directions visit different devices?"""
    if findings.divergent:
        text = "the flow works; its directions take different paths, and no device on them objects"
        yield working(context_of(findings), Cause.HEALTHY_ASYMMETRIC, text)
