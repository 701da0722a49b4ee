"""The drawer: the commands and raw outputs behind a hop or a reason, and the bytes as a
download."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from collectors.model.evidence import Evidence
from workbench.incidents import queries, roles
from workbench.incidents.models import EvidenceRow, Run
from workbench.incidents.storage import evidence_rows
from workbench.report import words
from workbench.report.picture.picture import HopView, load
from workbench.web.presenters import records
from workbench.web.presenters.playbook import meaning, step_of
from workbench.web.presenters.raw import show
from workbench.web.presenters.verdict import verdict_view
from workbench.web.views.common import incident_or_404, person, run_or_404, wanted_runs

MOST = 60  # answers in one drawer


@require_GET
def linked(request: HttpRequest, pk: int) -> HttpResponse:
    """What an address of the incident's page names: an answer (`e=e12`), a device (`hop=fw-b`) or
    the answers behind a reason (`reason=e1,e2`), of the run that stands or of `run=2`."""
    speaking = wanted_runs(request, incident_or_404(request, pk))
    run = speaking.shown or speaking.newest
    if run is None:
        raise Http404("there is no run yet")
    if name := request.GET.get("hop", ""):
        return _hop(request, run, name[:200])
    ids = request.GET.get("reason", "") or request.GET.get("e", "")
    return _reason(request, run, ids, _text_of(run, ids))


def _text_of(run: Run, ids: str) -> str:
    """The reason of the verdict that rests on just these answers; an address cannot say another."""
    view = verdict_view(run)
    reasons = [reason for side in view.reasons for reason in side] if view else []
    return next((str(reason["text"]) for reason in reasons if reason["ids"] == ids), "")


@require_GET
def hop(request: HttpRequest, pk: int, run_number: int) -> HttpResponse:
    """What was asked of one device, and what do its hops rest on?"""
    return _hop(request, run_or_404(request, pk, run_number), request.GET.get("device", "")[:200])


def _hop(request: HttpRequest, run: Run, name: str) -> HttpResponse:
    views = _views(run, name)
    resting = {eid for _, view in views for eid in view.evidence}
    rows = list(queries.evidence(run, device=name))
    first = [row for row in rows if row.evidence_id in resting]
    rest = [row for row in rows if row.evidence_id not in resting]
    context = {
        "run": run,
        "name": name,
        "views": views,
        "groups": [("What this rests on", first), ("Also asked", rest)],
        "titles": _titles(rows),
    }
    return render(request, "web/parts/drawer_hop.html", context)


def _views(run: Run, name: str) -> list[tuple[str, HopView]]:
    if not run.picture:
        return []
    picture = load(run.picture)
    sides = (("forward", picture.forward), ("reverse", picture.reverse))
    return [(title, hop) for title, side in sides for hop in side.hops if hop.key == name]


@require_GET
def reason(request: HttpRequest, pk: int, run_number: int) -> HttpResponse:
    """Which answers does a reason rest on?"""
    run = run_or_404(request, pk, run_number)
    return _reason(request, run, request.GET.get("ids", ""), request.GET.get("text", "")[:500])


def _reason(request: HttpRequest, run: Run, ids: str, text: str) -> HttpResponse:
    wanted = [eid for eid in ids[: MOST * 61].split(",") if eid][:MOST]
    rows = queries.evidence_for(run, wanted)
    there = {row.evidence_id for row in rows}
    context = {
        "run": run,
        "text": text,
        "ids": ",".join(wanted),
        "groups": [("It rests on" if text else "Answers", rows)],
        "missing": [eid for eid in wanted if eid not in there],
        "open_all": len(rows) <= 3,
        "titles": _titles(rows),
    }
    return render(request, "web/parts/drawer_reason.html", context)


@require_GET
def answer(request: HttpRequest, pk: int, run_number: int, evidence_id: str) -> HttpResponse:
    """One answer: command, output, what was read in it, and what that means."""
    run = run_or_404(request, pk, run_number)
    row = _row(run, evidence_id)
    evidence = evidence_rows.evidence_of(row)
    return render(
        request,
        "web/parts/answer.html",
        {
            "run": run,
            "row": row,
            **_shown(row, evidence),
            "may_redact": roles.is_administrator(person(request), run.incident),
        },
    )


def _shown(row: EvidenceRow, evidence: Evidence) -> dict[str, Any]:
    step = step_of(evidence)
    return {
        "stdout": show(evidence.stdout),
        "stderr": show(evidence.stderr),
        "records": records.lines(evidence.records),
        "records_left": max(0, len(evidence.records) - records.MOST),
        "step": step,
        "meaning": meaning(step, evidence),
        "sent": row.command_record,
        "redaction": row.redaction,
    }


@require_GET
def raw(request: HttpRequest, pk: int, run_number: int, evidence_id: str) -> HttpResponse:
    """The bytes as the device sent them."""
    row = _row(run_or_404(request, pk, run_number), evidence_id)
    if row.redaction_id is not None:
        raise Http404("it was redacted")
    body = row.stderr if request.GET.get("stream") == "stderr" else row.stdout
    kind = "pcap" if row.question == "capture" else "txt"
    name = "".join(
        c if c.isalnum() or c in "-_." else "-"
        for c in f"{row.device}-{row.question}-{row.evidence_id}"
    )
    headers = {
        "Content-Disposition": f'attachment; filename="{name}.{kind}"',
        "X-Content-Type-Options": "nosniff",
    }
    return HttpResponse(body, content_type="application/octet-stream", headers=headers)


def _row(run: Run, evidence_id: str) -> EvidenceRow:
    row = queries.evidence_named(run, evidence_id)
    if row is None:
        raise Http404("no such answer")
    return row


def _titles(rows: list[EvidenceRow]) -> dict[str, str]:
    return {row.question: words.question_title(row.question) for row in rows}
