"""The flows of an incident as the page shows them, and which one a run is about."""

from __future__ import annotations

from dataclasses import dataclass

from workbench.incidents import queries
from workbench.incidents.flows import NumberedFlow, flows_of, number_of
from workbench.incidents.models import Event, Incident, Run
from workbench.report import words


@dataclass(frozen=True, slots=True)
class FlowLine:
    """One flow, and what the newest run about it says."""

    number: int
    flow: str
    main: bool
    why: str
    run: int | None  # the newest about this flow; None = none looked at it
    active: bool
    cause: str
    tone: str


def flow_lines(incident: Incident) -> list[FlowLine]:
    """All flows of an incident, the main one first."""
    runs = list(queries.runs(incident).defer("picture", "packed_findings"))
    return [_line(one, [run for run in runs if run.flow == one.flow]) for one in flows_of(incident)]


def _line(one: NumberedFlow, runs: list[Run]) -> FlowLine:
    newest = runs[0] if runs else None
    judged = next((run for run in runs if run.verdict and run.verdict_final), None)
    verdict = judged.verdict if judged else None
    return FlowLine(
        one.number,
        str(one.flow),
        one.main,
        one.why,
        judged.number if judged else newest.number if newest else None,
        bool(newest and newest.active),
        words.short_title(verdict) if verdict else "",
        words.tone(verdict) if verdict else "none",
    )


def about(run: Run | None, incident: Incident) -> str:
    """Which other flow a run is about, in words; empty = the main one, as it is now."""
    if run is None or run.flow == incident.flow:
        return ""
    number = number_of(run, flows_of(incident))
    name = f"flow {number}" if number else "an earlier flow, corrected since"
    return f"{name}: {run.flow}"


def earlier_runs(incident: Incident) -> list[int]:
    """The numbers of the runs about flows that were corrected since, newest first."""
    flows = flows_of(incident)
    runs = Run.objects.filter(incident=incident).only("number", *COLUMNS).order_by("-number")
    return [run.number for run in runs if number_of(run, flows) is None]


def flow_facts(incident: Incident) -> tuple[tuple[str, str], ...]:
    """Further flows with what was found about them, and what the flows were before they were
    corrected, as rows of a document."""
    rows = [(f"Flow {one.number}", _told(one)) for one in flow_lines(incident) if not one.main]
    changes = Event.objects.filter(incident=incident, kind=Event.Kind.FLOW_CHANGED)
    for event in changes.order_by("seq"):
        said = f"{event.payload['from']} (by {event.actor_name}: {event.payload['why']})"
        rows.append((f"Corrected {event.at:%Y-%m-%d %H:%M} UTC, was", said))
    return tuple(rows)


def _told(one: FlowLine) -> str:
    found = f": {one.cause} (run {one.run})" if one.cause else ""
    return f"{one.flow}{found}"


COLUMNS = ("protocol", "src", "sport", "dst", "dport")
