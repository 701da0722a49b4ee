"""Fixes in the commands of the devices of a test, as a run gives them."""

from __future__ import annotations

from collections.abc import Iterable

from collectors.platforms import platform_named
from workbench.analysis.case.findings import Findings
from workbench.analysis.case.verdict import Fix, Verdict
from workbench.analysis.diagnosis.ranking.rank import judge
from workbench.analysis.diagnosis.remedies.spelling import Speller, in_commands


def spelled_fixes(findings: Findings, fixes: Iterable[Fix]) -> tuple[Fix, ...]:
    """The same fixes, each in the commands of its device's platform."""
    return Speller(findings.case, platform_named).fixes(fixes)


def judged(findings: Findings) -> Verdict:
    """The verdict as a run tells it."""
    return in_commands(judge(findings), findings.case, platform_named)
