"""Runs: list, start, stop, what one found, and what is different in another."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Literal

from django.http import HttpRequest
from ninja import Query, Router, Status

from collectors.model.step import Options
from workbench.api import answers, asking, fields, shapes
from workbench.api.asking import person
from workbench.incidents import actions, queries

router = Router(tags=["runs"])
RUNS = "/incidents/{int:incident_id}/runs"
RUN = f"{RUNS}/{{int:number}}"


@router.get(RUNS, response=answers.RunsAnswer, url_name="runs")
def list_runs(
    request: HttpRequest, incident_id: int, paging: Query[fields.Paging]
) -> answers.RunsAnswer:
    """The runs, newest first."""
    rows = queries.runs(asking.incident(request, incident_id))
    found = asking.page(rows, ("-number",), paging.cursor)
    return {"runs": [shapes.run(row) for row in found.rows], "next": found.next}


@router.post(RUNS, response={201: answers.RunAnswer}, url_name="start")
def start(
    request: HttpRequest,
    incident_id: int,
    new: fields.NewRun = fields.NewRun(),  # noqa: B008
) -> Status[answers.RunAnswer]:
    """Start a run."""
    row = asking.incident(request, incident_id)
    options = replace(Options(), probes=new.probes or row.probes, ask=new.ask)
    if new.window is not None:
        options = replace(options, window=new.window)
    return Status(201, shapes.run(actions.start_run(person(request), row, options, flow=new.flow)))


@router.get(RUN, response=answers.RunAnswer, url_name="run")
def run(request: HttpRequest, incident_id: int, number: int) -> answers.RunAnswer:
    """One run."""
    return shapes.run(asking.run(request, incident_id, number))


@router.post(f"{RUN}/cancel", response=answers.CancelledAnswer, url_name="cancel")
def cancel(request: HttpRequest, incident_id: int, number: int) -> answers.CancelledAnswer:
    """Ask a run to stop."""
    row = asking.run(request, incident_id, number)
    return {"cancelled": actions.cancel_run(person(request), row)}


def _of_the_run(
    request: HttpRequest, incident_id: int, number: int, what: Literal["verdict", "picture"]
) -> dict[str, Any]:
    content: dict[str, Any] | None = getattr(asking.run(request, incident_id, number), what)
    if content is None:
        raise asking.NotFound(f"this run has no {'verdict' if what == 'verdict' else 'paths'} yet")
    return content


@router.get(f"{RUN}/verdict", response=dict[str, Any], url_name="verdict")
def verdict(request: HttpRequest, incident_id: int, number: int) -> dict[str, Any]:
    """The verdict object of a run, as `diagnose --json` prints it."""
    return _of_the_run(request, incident_id, number, "verdict")


@router.get(f"{RUN}/picture", response=dict[str, Any], url_name="picture")
def picture(request: HttpRequest, incident_id: int, number: int) -> dict[str, Any]:
    """Both paths as data."""
    return _of_the_run(request, incident_id, number, "picture")


@router.get(f"{RUN}/figure", response=dict[str, Any], url_name="figure")
def figure(
    request: HttpRequest,
    incident_id: int,
    number: int,
    theme: Literal["dark", "light"] = "dark",
    width: fields.Number = 1232,
) -> dict[str, Any]:
    """Both paths as a figure for plotly; `theme` and `width` fit it to the page."""
    from workbench.report.figures.path_figure import path_figure

    return path_figure(_of_the_run(request, incident_id, number, "picture"), theme, width)


@router.get(f"{RUN}/compare/{{int:other}}", response=answers.CompareAnswer, url_name="compare")
def compare(
    request: HttpRequest, incident_id: int, number: int, other: int
) -> answers.CompareAnswer:
    """What changed from one run to another."""
    before, after = (asking.run(request, incident_id, n) for n in (number, other))
    changes: list[answers.Change] = [
        {"what": c.what, "before": c.before, "after": c.after}
        for c in queries.compare(before, after)
    ]
    return {"changes": changes, "meet_again": queries.meet_again(before, after)}
