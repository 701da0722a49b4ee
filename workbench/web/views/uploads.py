"""Outputs that people paste for devices that cannot be logged in to, host keys they vouch for, and
how a run went."""

from __future__ import annotations

from functools import partial
from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from collectors import platforms
from collectors.model.evidence import Question
from workbench.analysis.case.wording import some
from workbench.incidents import actions, queries, roles
from workbench.incidents.models import Incident
from workbench.incidents.pasted import pasting, pieces
from workbench.incidents.pasted.host_names import names_of
from workbench.incidents.storage import evidence_rows
from workbench.inventory import convert
from workbench.inventory.models import Device
from workbench.report import words
from workbench.web import parts
from workbench.web.presenters import playbook, records
from workbench.web.views.common import act, back, incident_or_404, may_respond, person, run_or_404


@require_http_methods(["GET", "POST"])
def paste(request: HttpRequest, pk: int) -> HttpResponse:
    """Paste the output of a command, or a capture, for a device."""
    incident = incident_or_404(request, pk)
    if request.method == "POST" and _paste(request, incident):
        return redirect("paste", pk)
    return render(request, "web/paste.html", _context(request, incident))


def _context(request: HttpRequest, incident: Incident) -> dict[str, Any]:
    rows = playbook.pasted_answers(queries.pasted(incident))
    return {
        "incident": incident,
        "can_act": may_respond(request, incident),
        "may_redact": roles.is_administrator(person(request), incident),
        "pasted": [(one, records.lines(one.evidence.records)[:12]) for one in reversed(rows)],
        "devices": Device.objects.values_list("name", flat=True),
        "questions": [(q.value, words.question_title(q.value)) for q in Question],
        "platforms": [platform.name for platform in platforms.PLATFORMS],
        "typed": request.POST or request.GET,
        "client_id": request.POST.get("client_id") or uuid4().hex,
    }


def _paste(request: HttpRequest, incident: Incident) -> bool:
    field = request.POST.get
    upload = request.FILES.get("file")
    content = upload.read() if upload else field("text", "").replace("\r\n", "\n").encode()
    device = field("device", "").strip()
    who = person(request)
    try:
        found = pieces.read_all(
            content,
            incident.flow,
            device,
            who.get_username(),
            question=field("question", ""),
            platform=field("platform", ""),
            names=names_of(
                [content], evidence_rows.pasted_evidence(incident), convert.without_logins()
            ),
            known=Device.objects.values_list("name", flat=True),
        )
    except pieces.NothingRead as error:
        messages.error(request, f"Not taken: {error}.")
        _say_pieces(request, error.pieces)
        return False
    except pasting.CannotRead as error:
        messages.error(request, f"Not taken: {error}.")
        return False
    _say_pieces(request, found.pieces)
    sent = field("client_id", "")[:40]
    return all(
        act(request, partial(actions.paste, who, incident, item, client_id=sent and f"{sent}.{n}"))
        for n, item in enumerate(found.evidence)
    )


def _say_pieces(request: HttpRequest, found: tuple[pieces.Piece, ...]) -> None:
    """A line for each piece: what was read of it, or why it was not taken."""
    for piece in found:
        all_read = piece.question and not piece.unread
        level = messages.success if all_read else messages.warning
        level(request, _in_words(piece))


def _in_words(piece: pieces.Piece) -> str:
    if piece.question is None:
        return (
            f"Not taken, as no question of the playbook: {piece.command} ({piece.device}):"
            f" {piece.note}."
        )
    title = words.question_title(piece.question)
    note = f" ({piece.note})" if piece.note else ""
    return (
        f"{piece.device}: {piece.command}: {title}, {some(piece.records, 'fact')}"
        f" read{_unread_lines(piece)}{note}."
    )


def _unread_lines(piece: pieces.Piece) -> str:
    if not piece.unread:
        return ""
    return f", {some(piece.unread, 'line')} not read, the first: {piece.first_unread}"


@require_POST
def withdraw(request: HttpRequest, pk: int, paste_number: int) -> HttpResponseRedirect:
    """Withdraw what was pasted."""
    incident = incident_or_404(request, pk)
    row = get_object_or_404(queries.pasted(incident), number=paste_number)
    act(
        request,
        lambda: actions.withdraw(person(request), row),
        "Withdrawn: later runs do not use it.",
    )
    return redirect("paste", pk)


@require_POST
def accept_key(request: HttpRequest, pk: int) -> HttpResponse:
    """Trust the key that a device offered in a run."""
    incident = incident_or_404(request, pk)
    device = get_object_or_404(Device, name=request.POST.get("device", ""))
    kind, fingerprint = request.POST.get("kind", ""), request.POST.get("fingerprint", "")
    done = f"{device.name}: this key is trusted from now on. Run again."
    act(
        request,
        lambda: actions.accept_host_key(person(request), incident, device, kind, fingerprint),
        done,
    )
    return back(request, incident)


@require_GET
def run_playbook(request: HttpRequest, pk: int, run_number: int) -> HttpResponse:
    """How did each step of the playbook go in this run?"""
    run = run_or_404(request, pk, run_number)
    key = ("steps", run.pk, run.incident.last_seq)
    phases = parts.shared.get(key, lambda: playbook.went(run))
    return render(
        request, "web/run_playbook.html", {"incident": run.incident, "run": run, "phases": phases}
    )
