"""When did a device first log the failure that was found?"""

from __future__ import annotations

from collections.abc import Iterator

from collectors.model.evidence import Evidence, Question
from collectors.model.records import LogLine
from workbench.analysis.case.findings import Findings


def first_failure(findings: Findings) -> float | None:
    """Seconds since 1970, by our clock, of the earliest log line about this flow among what the
    drops rest on; None = no log tells it."""
    return min((time for item in _logs(findings) for time in _times(item, findings)), default=None)


def _logs(findings: Findings) -> Iterator[Evidence]:
    rests_on = {eid for drop in findings.drops if not drop.undated for eid in drop.evidence}
    for item in findings.case.evidence:
        if item.id in rests_on and item.question is Question.LOGS:
            yield item


def _times(item: Evidence, findings: Findings) -> Iterator[float]:
    flows = (findings.case.flow, findings.case.flow.reversed())
    for line in item.of(LogLine):
        named = line.flow is not None and any(flow.matches(line.flow) for flow in flows)
        if line.time and named:
            yield line.time - item.clock_offset
