"""Every verdict of these tests must tell one story."""

from __future__ import annotations

import pytest

from workbench.analysis import rank
from workbench.analysis.consistency import contradictions
from workbench.analysis.findings import Findings
from workbench.analysis.verdict import Verdict


@pytest.fixture(autouse=True)
def one_story(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever else a test looks at: no verdict that it makes contradicts itself."""
    judged = rank._judge

    def checked(findings: Findings) -> Verdict:
        verdict = judged(findings)
        assert contradictions(verdict.as_dict()) == ()
        return verdict

    monkeypatch.setattr(rank, "_judge", checked)
