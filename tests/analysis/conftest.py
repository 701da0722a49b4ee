"""Every verdict of these tests must tell one story."""

from __future__ import annotations

import pytest

from workbench.analysis.case.findings import Findings
from workbench.analysis.case.verdict import Verdict
from workbench.analysis.diagnosis.ranking import rank
from workbench.analysis.diagnosis.ranking.consistency import contradictions
from workbench.report.picture.ladder import describe_ladder


@pytest.fixture(autouse=True)
def one_story(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever else a test looks at: no verdict that it makes contradicts itself."""
    judged = rank._judge

    def checked(findings: Findings) -> Verdict:
        verdict = judged(findings)
        assert contradictions(verdict.as_dict()) == ()
        assert _strangers_in_ladder(findings) == set()
        return verdict

    monkeypatch.setattr(rank, "_judge", checked)


def _strangers_in_ladder(findings: Findings) -> set[str]:
    """The devices that a packet of the ladder is said to have passed, and that have no column
    there."""
    ladder = describe_ladder(findings)
    if ladder is None:
        return set()
    columns = {point["device"] for point in ladder["points"]}
    return {
        name for row in ladder["rows"] for name in (row["first"], row["last"], *row["seen"])
    } - columns
