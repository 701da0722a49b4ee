"""What does the case show, before any judgement? Both paths, who saw the packet, where it was last seen."""

from __future__ import annotations

from workbench.analysis.case import Case
from workbench.analysis.findings import Findings


def read(case: Case) -> Findings:
    """Both paths, sightings, drops and attempts of the case; made once per case."""
    return case.findings


def read_case(case: Case) -> Findings:
    raise NotImplementedError
