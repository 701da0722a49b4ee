"""The pages around the incidents: record of commands, devices, playbook."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import OuterRef, Subquery
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from collectors.inventory.file import BadInventory, parse_inventory
from collectors.model.evidence import Question, Status
from collectors.model.step import Phase
from workbench.incidents import queries, roles, sent
from workbench.incidents.models import EvidenceRow
from workbench.inventory import actions as inventory_actions
from workbench.inventory.models import Device, HostKey
from workbench.report import words
from workbench.web.late_paginator import LatePaginator
from workbench.web.views.common import number, person

PER_PAGE = 100


@require_GET
def commands(request: HttpRequest) -> HttpResponse:
    """What was sent to which device, when, by which user, and with what result?"""
    given = request.GET
    wanted = sent.CommandFilter(
        device=given.get("device", "").strip(),
        person=given.get("person", "").strip(),
        incident=number(given.get("incident")),
        run=number(given.get("run")),
        question=given.get("question", ""),
        since=given.get("since", ""),
        until=given.get("until", ""),
    )
    who = person(request)
    page = LatePaginator(sent.commands(who, wanted), PER_PAGE).get_page(given.get("page"))
    choices = {
        "devices": sent.devices(who),
        "people": sent.people(who),
        "questions": sorted((q.value, words.question_title(q.value)) for q in Question),
    }
    rest = request.GET.copy()
    rest.pop("page", None)
    return render(
        request,
        "web/commands.html",
        {"page": page, "wanted": wanted, "rest": rest.urlencode(), **choices},
    )


@require_GET
def command(request: HttpRequest, record_id: int) -> HttpResponse:
    """One command to the byte."""
    record = get_object_or_404(sent.commands(person(request), imported=True), pk=record_id)
    answer = EvidenceRow.objects.filter(command_record=record).only("evidence_id", "run_id").first()
    exact = bytes(record.command).hex(" ")
    return render(request, "web/command.html", {"record": record, "answer": answer, "exact": exact})


INVENTORY_EXAMPLE = (
    '{"devices": [{"name": "edge-fw-a", "role": "firewall", "platform": "linux", "state_group":'
    ' "edge", "ssh": {"host": "198.51.100.2", "user": "ops"}}]}'
)


@require_GET
def devices(request: HttpRequest) -> HttpResponse:
    """Which devices are there, and can they be reached?"""
    if not person(request).has_perm("inventory.view_device"):
        raise PermissionDenied("this needs the role viewer")
    context = {
        "devices": _devices(person(request)),
        "can_import": person(request).has_perm("inventory.add_device"),
        "can_accept": person(request).has_perm(roles.ACCEPT_KEY),
        "example": INVENTORY_EXAMPLE,
    }
    return render(request, "web/devices.html", context)


def _devices(who: User) -> list[tuple[Device, float | None, str]]:
    """Every device, when it last answered, and why its newest question could not be asked, if so;
    as far as this person may see the incidents of the answers."""
    hidden = queries.hidden(who).order_by().values("pk")
    newest = EvidenceRow.objects.filter(device=OuterRef("name")).order_by("-pk")
    visible = newest.exclude(run__incident__in=hidden)
    rows = Device.objects.select_related("state_group", "credential", "jump").annotate(
        answered_at=Subquery(visible.filter(status="answered").values("taken_at")[:1]),
        status=Subquery(visible.values("status")[:1]),
        reason=Subquery(visible.values("reason")[:1]),
    )
    unasked = (Status.NOT_ASKED.value, Status.NO_ANSWER.value)
    return [
        (row, row.answered_at, row.reason if row.status in unasked else "")
        for row in rows.prefetch_related("host_keys")
    ]


@require_POST
def import_devices(request: HttpRequest) -> HttpResponseRedirect:
    """Import an inventory file, uploaded or pasted."""
    upload = request.FILES.get("file")
    text: bytes | str = upload.read() if upload else request.POST.get("text", "")
    try:
        saved = inventory_actions.import_file(person(request), text)
    except BadInventory as error:
        messages.error(request, f"Nothing was changed. {error}")
    except inventory_actions.InventoryNotAllowed as error:
        raise PermissionDenied(str(error)) from error
    else:
        messages.success(request, f"{len(saved)} devices imported.")
        for warning in parse_inventory(text).warnings[:20]:
            messages.warning(request, f"{warning}.")
    return redirect("devices")


@require_POST
def accept_key(request: HttpRequest, device_id: int) -> HttpResponseRedirect:
    """Trust a host key that somebody compared."""
    device = get_object_or_404(Device, pk=device_id)
    kind, fingerprint = request.POST.get("kind", ""), request.POST.get("fingerprint", "").strip()
    try:
        inventory_actions.accept_host_key(person(request), device, kind, fingerprint)
    except inventory_actions.InventoryNotAllowed as error:
        raise PermissionDenied(str(error)) from error
    except ValidationError as error:
        messages.error(request, "; ".join(error.messages))
    else:
        messages.success(request, f"{device.name}: this key is trusted from now on.")
    return redirect("devices")


@require_POST
def revoke_key(request: HttpRequest, key_id: int) -> HttpResponseRedirect:
    """Trust a host key no longer."""
    key = get_object_or_404(HostKey, pk=key_id)
    try:
        inventory_actions.revoke_host_key(person(request), key)
    except inventory_actions.InventoryNotAllowed as error:
        raise PermissionDenied(str(error)) from error
    messages.success(request, f"{key.device.name}: the key is trusted no longer.")
    return redirect("devices")


@require_GET
def playbook(request: HttpRequest) -> HttpResponse:
    """Which questions does a run ask, in which order, and what do the answers decide?"""
    from collectors.playbook import STEPS

    phases = [(phase.value, [step for step in STEPS if step.phase is phase]) for phase in Phase]
    causes = [(code, *in_words) for code, in_words in words.CAUSES.items()]
    return render(request, "web/playbook.html", {"phases": phases, "causes": causes})
