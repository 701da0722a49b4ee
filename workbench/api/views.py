"""The JSON interface: each view calls one action or one query. docs/api.md describes it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Literal

from django.http import HttpRequest, HttpResponse, JsonResponse

from collectors.inventory.file import parse_inventory
from collectors.model.flow import Flow
from collectors.model.step import Options
from collectors.paste.flows import recognise
from workbench.api import asking, shapes
from workbench.api.asking import endpoint, person
from workbench.incidents import actions, fault, queries
from workbench.incidents.pasted import pieces
from workbench.inventory import actions as inventory_actions

PAGE = 200


@endpoint("GET", "POST")
def incidents(request: HttpRequest) -> HttpResponse:
    """List the incidents, or open one."""
    if request.method == "POST":
        return _open(request)
    rows = queries.incidents(request.user).select_related("opened_by")
    state = request.GET.get("state")
    rows = rows.filter(state=state) if state else rows
    return JsonResponse({"incidents": [shapes.incident(row) for row in rows[:PAGE]]})


def _open(request: HttpRequest) -> HttpResponse:
    fields = asking.body(request)
    title, probes = asking.text(fields, "title"), asking.text(fields, "probes")
    incident = actions.open_incident(person(request), _flow(fields), title, probes=probes)
    if fields.get("run"):
        actions.start_run(person(request), incident)
        incident.refresh_from_db()
    return JsonResponse(shapes.incident(incident), status=201)


def _flow(fields: dict[str, Any]) -> Flow:
    return recognise(asking.text(fields, "flow"))


@endpoint("GET")
def incident(request: HttpRequest, incident_id: int) -> HttpResponse:
    """One incident."""
    return JsonResponse(shapes.incident(asking.incident(request, incident_id)))


@endpoint("GET")
def state(request: HttpRequest, incident_id: int) -> HttpResponse:
    """Everything that a page needs to draw an incident; `run=N` for another than the newest run."""
    row = asking.incident(request, incident_id)
    wanted = asking.number(request, "run", 0) or None
    return JsonResponse(shapes.state(row, queries.run(row, wanted)))


@endpoint("GET")
def events(request: HttpRequest, incident_id: int) -> HttpResponse:
    """What happened after a number. `last` is the newest number given here: ask again while it is
    below upto."""
    row = asking.incident(request, incident_id)
    after = asking.number(request, "after", 0)
    found = queries.events_after(row, after)
    last = found[-1].seq if found else after
    return JsonResponse(
        {"last": last, "upto": row.last_seq, "events": [shapes.event(e) for e in found]}
    )


@endpoint("GET", "POST")
def runs(request: HttpRequest, incident_id: int) -> HttpResponse:
    """List the runs, or start one."""
    row = asking.incident(request, incident_id)
    if request.method == "GET":
        return JsonResponse({"runs": [shapes.run(r) for r in queries.runs(row)]})
    started = actions.start_run(person(request), row, _options(asking.body(request), row.probes))
    return JsonResponse(shapes.run(started), status=201)


def _options(fields: dict[str, Any], probes: str) -> Options:
    options = replace(Options(), probes=asking.text(fields, "probes") or probes)
    if fields.get("window") in (None, ""):
        return options
    try:
        window = float(fields["window"])
    except (TypeError, ValueError):
        raise asking.BadRequest("window must be a number of seconds") from None
    if not 1 <= window <= 60:
        raise asking.BadRequest("window must be between 1 and 60 seconds")
    return replace(options, window=window)


@endpoint("GET")
def run(request: HttpRequest, incident_id: int, number: int) -> HttpResponse:
    """One run."""
    return JsonResponse(shapes.run(asking.run(request, incident_id, number)))


@endpoint("POST")
def cancel(request: HttpRequest, incident_id: int, number: int) -> HttpResponse:
    """Ask a run to stop."""
    asked = actions.cancel_run(person(request), asking.run(request, incident_id, number))
    return JsonResponse({"cancelled": asked})


def _of_the_run(
    request: HttpRequest, incident_id: int, number: int, what: Literal["verdict", "picture"]
) -> dict[str, Any]:
    content: dict[str, Any] | None = getattr(asking.run(request, incident_id, number), what)
    if content is None:
        raise asking.NotFound(f"this run has no {'verdict' if what == 'verdict' else 'paths'} yet")
    return content


@endpoint("GET")
def verdict(request: HttpRequest, incident_id: int, number: int) -> HttpResponse:
    """The verdict object of a run, as `diagnose --json` prints it."""
    return JsonResponse(_of_the_run(request, incident_id, number, "verdict"))


@endpoint("GET")
def picture(request: HttpRequest, incident_id: int, number: int) -> HttpResponse:
    """Both paths as data."""
    return JsonResponse(_of_the_run(request, incident_id, number, "picture"))


@endpoint("GET")
def figure(request: HttpRequest, incident_id: int, number: int) -> HttpResponse:
    """Both paths as a figure for plotly; `theme` and `width` fit it to the page."""
    from workbench.report.figures.path_figure import path_figure

    content = _of_the_run(request, incident_id, number, "picture")
    theme = "light" if request.GET.get("theme") == "light" else "dark"
    return JsonResponse(path_figure(content, theme, asking.number(request, "width", 1232)))


@endpoint("GET")
def compare(request: HttpRequest, incident_id: int, number: int, other: int) -> HttpResponse:
    """What changed from one run to another."""
    before, after = (asking.run(request, incident_id, n) for n in (number, other))
    changes = [
        {"what": c.what, "before": c.before, "after": c.after}
        for c in queries.compare(before, after)
    ]
    return JsonResponse({"changes": changes, "meet_again": queries.meet_again(before, after)})


@endpoint("GET")
def evidence(request: HttpRequest, incident_id: int, number: int) -> HttpResponse:
    """The answers of a run, by device, question or step."""
    row = asking.run(request, incident_id, number)
    narrow = {name: request.GET.get(name, "") for name in ("device", "question", "step")}
    return JsonResponse({"evidence": [shapes.evidence(e) for e in queries.evidence(row, **narrow)]})


@endpoint("GET")
def raw(
    request: HttpRequest, incident_id: int, number: int, evidence_id: str, stream: str
) -> HttpResponse:
    """The device's raw bytes as a file, never shown by the browser as a page."""
    row = queries.evidence_named(asking.run(request, incident_id, number), evidence_id)
    if row is None:
        raise asking.NotFound("there is no such evidence")
    content = row.stderr if stream == "stderr" else row.stdout
    name = "".join(
        c if c.isalnum() or c in "._-" else "_"
        for c in f"{row.device}-{row.question}-{evidence_id}"
    )
    headers = {
        "Content-Disposition": f'attachment; filename="{name}.{stream}"',
        "X-Content-Type-Options": "nosniff",
    }
    return HttpResponse(content, content_type="application/octet-stream", headers=headers)


@endpoint("POST")
def notes(request: HttpRequest, incident_id: int) -> HttpResponse:
    """Write a note into the timeline."""
    row, fields = asking.incident(request, incident_id), asking.body(request)
    event = actions.add_note(
        person(request),
        row,
        asking.text(fields, "text"),
        happened_at=asking.moment(fields, "happened_at"),
        client_id=asking.text(fields, "client_id"),
    )
    return JsonResponse(shapes.event(event), status=201)


@endpoint("POST")
def change_state(request: HttpRequest, incident_id: int) -> HttpResponse:
    """Move the incident to open, mitigated or resolved."""
    row, fields = asking.incident(request, incident_id), asking.body(request)
    changed = actions.change_state(
        person(request),
        row,
        asking.text(fields, "state"),
        asking.text(fields, "why"),
        happened_at=asking.moment(fields, "happened_at"),
        proof=asking.run_named(request, row, fields, "proof"),
    )
    return JsonResponse(shapes.incident(changed))


@endpoint("POST")
def choose_runs(request: HttpRequest, incident_id: int) -> HttpResponse:
    """Say which run shows the fault and which one proves the repair; null = as found by itself."""
    row, fields = asking.incident(request, incident_id), asking.body(request)
    choices = {"fault": actions.choose_fault, "proof": actions.choose_proof}
    chosen = {
        name: asking.run_named(request, row, fields, name) for name in choices if name in fields
    }
    if not chosen:
        raise asking.BadRequest("say `fault` or `proof`: the number of a run, or null")
    for name, found in chosen.items():
        row = choices[name](person(request), row, found)
    return JsonResponse(shapes.speaking(fault.runs_of(row)))


@endpoint("GET", "POST")
def pasted(request: HttpRequest, incident_id: int) -> HttpResponse:
    """List what people pasted for devices that cannot be asked, or add an output: a text, or a
    file."""
    row = asking.incident(request, incident_id)
    if request.method == "GET":
        return JsonResponse({"pasted": [shapes.pasted(p) for p in queries.pasted(row)]})
    fields, file = asking.body(request), request.FILES.get("file")
    content = file.read() if file else asking.text(fields, "text").encode("utf-8", "replace")
    device, question, platform = (
        asking.text(fields, name) for name in ("device", "question", "platform")
    )
    who = person(request)
    name = who.get_username()
    found = pieces.read_all(content, row.flow, device, name, question=question, platform=platform)
    listed = [piece.as_dict() for piece in found.pieces]
    kept = [shapes.pasted(actions.paste(who, row, item)) for item in found.evidence]
    return JsonResponse(
        kept[0] | {"pasted": kept, "left_out": found.left_out, "pieces": listed}, status=201
    )


@endpoint("POST")
def withdraw(request: HttpRequest, incident_id: int, number: int) -> HttpResponse:
    """Withdraw what was pasted."""
    row = queries.pasted(asking.incident(request, incident_id)).filter(number=number).first()
    if row is None:
        raise asking.NotFound("this was not pasted here")
    return JsonResponse({"withdrawn": actions.withdraw(person(request), row)})


@endpoint("GET")
def commands(request: HttpRequest) -> HttpResponse:
    """What was sent to devices, newest first, by device, person, incident or time."""
    rows = queries.commands(request.user, _wanted(request))
    start = asking.number(request, "start", 0)
    return JsonResponse({"commands": [shapes.command(row) for row in rows[start : start + PAGE]]})


def _wanted(request: HttpRequest) -> queries.CommandFilter:
    device, person, question, since, until = (
        request.GET.get(name, "") for name in ("device", "person", "question", "since", "until")
    )
    incident, run = (asking.number(request, name, 0) or None for name in ("incident", "run"))
    return queries.CommandFilter(device, person, incident, run, question, since, until)


@endpoint("GET", "POST")
def inventory(request: HttpRequest) -> HttpResponse:
    """The inventory as a file without secrets, or take over the devices of one."""
    if request.method == "POST":
        saved = inventory_actions.import_file(person(request), request.body)
        warnings = parse_inventory(request.body).warnings
        return JsonResponse({"devices": [device.name for device in saved], "warnings": warnings})
    return JsonResponse(inventory_actions.export_file(person(request)))
