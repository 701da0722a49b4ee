"""The flows of an incident: the main one, which its fault is about, and further ones."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import F, Q

from collectors.model.flow import Flow
from workbench.incidents.models import FurtherFlow, Incident, Run

MAIN = 1  # the number of the main flow


@dataclass(frozen=True, slots=True)
class NumberedFlow:
    """One flow of an incident."""

    number: int
    flow: Flow
    why: str = ""

    @property
    def main(self) -> bool:
        """Is it the one that the incident's fault is about?"""
        return self.number == MAIN


def flows_of(incident: Incident) -> tuple[NumberedFlow, ...]:
    """All flows, the main one first."""
    rows = FurtherFlow.objects.filter(incident=incident).order_by("number")
    further = (NumberedFlow(row.number, row.flow, row.why) for row in rows)
    return (NumberedFlow(MAIN, incident.flow), *further)


def number_of(run: Run, flows: tuple[NumberedFlow, ...]) -> int | None:
    """Which of these flows is a run about? None = one that was corrected since."""
    return next((one.number for one in flows if one.flow == run.flow), None)


def about_main(run: Run, incident: Incident) -> bool:
    """Is a run about the main flow, as it is now?"""
    return run.flow == incident.flow


def _same(name: str) -> Q:
    return Q(**{name: F(f"incident__{name}")})


def _same_port(name: str) -> Q:
    return _same(name) | Q(**{name: None, f"incident__{name}": None})


# the runs that are about the main flow of their incident, as it is now
OF_THE_MAIN_FLOW = (
    _same("protocol") & _same("src") & _same("dst") & _same_port("sport") & _same_port("dport")
)
