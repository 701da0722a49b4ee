"""The checklist and the state boundaries of one incident, as the page and the postmortem show
them."""

from __future__ import annotations

from dataclasses import dataclass

from workbench.incidents import checks
from workbench.incidents.fault import IncidentRuns
from workbench.incidents.models import Incident
from workbench.inventory.models import Device
from workbench.report.boundaries import HEAD, BoundaryLine, boundaries_of, lines, sentence
from workbench.report.checklist.points import POINTS, Point
from workbench.report.checklist.words import Mark, Row


@dataclass(frozen=True, slots=True)
class Checklist:
    """The twelve rows."""

    rows: tuple[Row, ...]

    @property
    def done(self) -> int:
        """How many are done or skipped?"""
        return sum(row.done for row in self.rows)

    @property
    def partly(self) -> int:
        """How many are answered in part?"""
        return sum(row.mark is Mark.PARTLY for row in self.rows)


@dataclass(frozen=True, slots=True)
class OwnedLine:
    """One boundary in words, with who answers for the device."""

    line: BoundaryLine
    owner: str


@dataclass(frozen=True, slots=True)
class BoundaryTable:
    """The table, and the sentence above it. `run`: the run that it is from."""

    rows: tuple[OwnedLine, ...]
    sentence: str
    run: int | None
    final: bool
    head: tuple[str, ...] = HEAD


def checklist(incident: Incident, speaking: IncidentRuns) -> Checklist:
    """The checklist of one incident."""
    return Checklist(checks.checklist(incident, speaking))


def points() -> tuple[Point, ...]:
    """The points, for the dialog."""
    return POINTS


def boundary_table(incident: Incident, speaking: IncidentRuns) -> BoundaryTable:
    """Who keeps state, as the run showed it that the page speaks of."""
    run = speaking.subject
    if run is None or not (run.verdict or run.picture):
        return BoundaryTable((), "No run has walked the paths yet.", None, False)
    found = boundaries_of(run.verdict, run.picture)
    dark = (run.verdict or {}).get("unreached") or ()
    owners = _owners([one.device for one in found])
    shown = tuple(OwnedLine(line, owners.get(line.device, "")) for line in lines(found))
    return BoundaryTable(
        shown, sentence(found, incident.protocol, dark), run.number, run.verdict_final
    )


def _owners(names: list[str]) -> dict[str, str]:
    return dict(Device.objects.filter(name__in=names).values_list("name", "owner"))
