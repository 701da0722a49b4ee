"""Incidents: list, open, what happened, notes and states."""

from __future__ import annotations

from collections.abc import Iterator

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Query, Router, Status

from collectors.paste.flows import recognise
from workbench.api import answers, asking, fields, shapes
from workbench.api.asking import person
from workbench.incidents import actions, fault, queries
from workbench.incidents.models import Incident, Run
from workbench.incidents.search.asked import asked
from workbench.incidents.search.find import find, in_order
from workbench.incidents.search.query_text import KEYS
from workbench.web.views import exports

router = Router(tags=["incidents"])


@router.get("/incidents", response=answers.IncidentsAnswer, url_name="incidents")
def list_incidents(
    request: HttpRequest, wanted: Query[fields.IncidentQuery]
) -> answers.IncidentsAnswer:
    """The incidents that you may see and that have all that is asked for."""
    given = wanted.model_dump(include=set(KEYS))
    looked_for = asked(wanted.q, timezone.now(), given)
    if looked_for.problems:
        raise asking.BadRequest("; ".join(looked_for.problems))
    rows = find(request.user, looked_for).select_related("opened_by", "commander", "scribe")
    found = asking.page(*in_order(rows, wanted.sort), wanted.cursor)
    return {"incidents": [shapes.incident(row) for row in found.rows], "next": found.next}


@router.post("/incidents", response={201: answers.IncidentAnswer}, url_name="open")
def open_incident(request: HttpRequest, new: fields.NewIncident) -> Status[answers.IncidentAnswer]:
    """Open an incident for one failing flow."""
    who = person(request)
    opened = actions.open_incident(
        who, recognise(new.flow), new.title, probes=new.probes, restricted=new.restricted
    )
    if new.run:
        actions.start_run(who, opened)
        opened.refresh_from_db()
    return Status(201, shapes.incident(opened))


@router.get("/incidents/{int:incident_id}", response=answers.IncidentAnswer, url_name="incident")
def incident(request: HttpRequest, incident_id: int) -> answers.IncidentAnswer:
    """One incident."""
    return shapes.incident(asking.incident(request, incident_id))


@router.get(
    "/incidents/{int:incident_id}/state",
    response=answers.StateAnswer,
    exclude_unset=True,
    url_name="state",
)
def state(request: HttpRequest, incident_id: int, run: fields.Number = 0) -> answers.StateAnswer:
    """Everything that a page needs to draw an incident; `run` for another than the newest run."""
    row = asking.incident(request, incident_id)
    return shapes.state(row, queries.run(row, run or None))


@router.get("/incidents/{int:incident_id}/events", response=answers.EventsAnswer, url_name="events")
def events(
    request: HttpRequest, incident_id: int, after: fields.Number = 0
) -> answers.EventsAnswer:
    """What happened after a number. `last` is the newest number given here: ask again while it is
    below upto."""
    row = asking.incident(request, incident_id)
    found = queries.events_after(row, after)
    last = found[-1].seq if found else after
    return {"last": last, "upto": row.last_seq, "events": [shapes.event(e) for e in found]}


@router.post(
    "/incidents/{int:incident_id}/notes", response={201: answers.EventAnswer}, url_name="notes"
)
def add_note(
    request: HttpRequest, incident_id: int, note: fields.NewNote
) -> Status[answers.EventAnswer]:
    """Write a note into the timeline."""
    event = actions.add_note(
        person(request),
        asking.incident(request, incident_id),
        note.text,
        happened_at=asking.moment(note.happened_at, "happened_at"),
        until=asking.moment(note.until, "until"),
        client_id=note.client_id,
    )
    return Status(201, shapes.event(event))


@router.post(
    "/incidents/{int:incident_id}/change-state",
    response=answers.IncidentAnswer,
    url_name="change-state",
)
def change_state(
    request: HttpRequest, incident_id: int, new: fields.NewState
) -> answers.IncidentAnswer:
    """Move the incident to open, mitigated or resolved."""
    row = asking.incident(request, incident_id)
    changed = actions.change_state(
        person(request),
        row,
        new.state,
        new.why,
        happened_at=asking.moment(new.happened_at, "happened_at"),
        proof=asking.run(request, row.pk, new.proof) if new.proof else None,
    )
    return shapes.incident(changed)


@router.post(
    "/incidents/{int:incident_id}/choose-runs",
    response=answers.SpeakingAnswer,
    url_name="choose-runs",
)
def choose_runs(
    request: HttpRequest, incident_id: int, chosen: fields.ChosenRuns
) -> answers.SpeakingAnswer:
    """Say which run shows the fault and which one proves the repair; null = as found by itself."""
    row = asking.incident(request, incident_id)
    if not chosen.model_fields_set:
        raise asking.BadRequest("say `fault` or `proof`: the number of a run, or null")
    choices = {"fault": actions.choose_fault, "proof": actions.choose_proof}
    for name, found in list(_chosen(request, row, chosen)):
        row = choices[name](person(request), row, found)
    return shapes.speaking(fault.runs_of(row))


def _chosen(
    request: HttpRequest, row: Incident, chosen: fields.ChosenRuns
) -> Iterator[tuple[str, Run | None]]:
    for name in sorted(chosen.model_fields_set):
        number = getattr(chosen, name)
        yield name, asking.run(request, row.pk, number) if number else None


@router.get("/incidents/{int:incident_id}/postmortem.{form}", url_name="postmortem")
def postmortem(request: HttpRequest, incident_id: int, form: str) -> HttpResponse:
    """The whole incident as one file: `md` or `html`."""
    return exports.postmortem(request, incident_id, form)
