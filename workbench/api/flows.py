"""The flows of an incident and related incidents, as JSON."""

from __future__ import annotations

from typing_extensions import TypedDict  # pydantic needs this one before Python 3.12

from workbench.incidents import queries
from workbench.incidents.flows import NumberedFlow, flows_of
from workbench.incidents.models import Incident
from workbench.incidents.related import RelatedIncident


class FlowAnswer(TypedDict):
    """One flow, and the runs about it, newest first."""

    number: int
    flow: str
    main: bool
    why: str
    runs: list[int]


class FlowsAnswer(TypedDict):
    """All flows, the main one first."""

    flows: list[FlowAnswer]


class RelatedAnswer(TypedDict):
    """Another incident, and what it has in common with this one."""

    id: int
    title: str
    state: str
    why: str
    devices: list[str]


class RelatedListAnswer(TypedDict):
    """At most ten: on the same flow or addresses, then with the same devices."""

    related: list[RelatedAnswer]


def flows(incident: Incident) -> list[FlowAnswer]:
    """All flows of an incident."""
    runs = [(run.number, run.flow) for run in queries.runs(incident).defer(*HEAVY)]
    return [
        _flow(one, [number for number, flow in runs if flow == one.flow])
        for one in flows_of(incident)
    ]


HEAVY = ("picture", "verdict", "packed_findings")


def _flow(one: NumberedFlow, runs: list[int]) -> FlowAnswer:
    return {
        "number": one.number,
        "flow": str(one.flow),
        "main": one.main,
        "why": one.why,
        "runs": runs,
    }


def related(one: RelatedIncident) -> RelatedAnswer:
    """One related incident."""
    row = one.incident
    found = {"id": row.pk, "title": row.title, "state": row.state}
    return {**found, "why": one.why, "devices": list(one.devices)}  # type: ignore[typeddict-item]
