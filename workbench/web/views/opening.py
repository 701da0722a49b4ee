"""Opening an incident from a pasted line."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import ip_interface
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from collectors.model.flow import BadFlow, Flow
from workbench.incidents import actions, queries, related
from workbench.incidents.models import Incident
from workbench.inventory.models import Device
from workbench.web.presenters.probes import probes
from workbench.web.reading import read_line
from workbench.web.views.common import act, may_respond, number, person


@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Open an incident for one flow; the pasted line fills the form."""
    line = request.POST.get("line", request.GET.get("line", ""))
    context = {"chosen": settings.PROBES, "can_act": may_respond(request), "probes": probes}
    return render(request, "web/new.html", context | _reading(person(request), line))


@require_POST
def recognise(request: HttpRequest) -> HttpResponse:
    """What flow does this line speak of, and who owns its ends?"""
    who, line = person(request), request.POST.get("line", "")
    own = queries.incidents(who).filter(pk=number(request.POST.get("incident")) or 0).first()
    return render(request, "web/parts/flow_form.html", _reading(who, line, own))


FIELDS = ("protocol", "src", "sport", "dst", "dport", "title")


def _reading(by: User, line: str, but: Incident | None = None) -> dict[str, Any]:
    read = read_line(line)
    flow = read.flow
    typed = {name: str(getattr(flow, name, None) or "") for name in FIELDS}
    context: dict[str, Any] = {"read": read, "flow": flow, "line": line, "typed": typed}
    if flow:
        context["related"] = related.on_flow(by, flow, but)
    return context | _owners(flow) if flow and by.has_perm("inventory.view_device") else context


def _owners(flow: Flow) -> dict[str, Any]:
    # names are enough: no secret is opened here
    declared = list(Device.objects.values_list("name", "addresses"))
    return {
        "owners": [
            ("Client", flow.src, _owner(declared, flow.src)),
            ("Server", flow.dst, _owner(declared, flow.dst)),
        ],
        "devices": len(declared),
    }


def _owner(devices: list[tuple[str, list[str]]], address: Any) -> str:
    """The device that declares the address; else the device on whose network it lies is not
    guessed."""
    return next(
        (
            name
            for name, texts in devices
            if any(ip_interface(text).ip == address for text in texts)
        ),
        "",
    )


def typed_flow(sent: Mapping[str, str]) -> Flow:
    """The flow in the fields of a form. Raises BadFlow."""
    ends = (sent.get(name, "") for name in ("src", "sport", "dst", "dport"))
    return Flow.build(sent.get("protocol"), *ends)


@require_POST
def open_incident(request: HttpRequest) -> HttpResponse | HttpResponseRedirect:
    """Open the incident and start its first run."""
    field = request.POST.get
    try:
        flow = typed_flow(request.POST)
    except BadFlow as error:
        typed = {name: field(name, "")[:200] for name in FIELDS}
        context = {
            "problem": str(error),
            "typed": typed,
            "chosen": field("probes", ""),
            "can_act": True,
        }
        context["probes"] = probes
        return render(request, "web/new.html", context, status=400)
    opened: list[Incident] = []

    def verb() -> None:
        opened.append(
            actions.open_incident(
                person(request),
                flow,
                field("title", ""),
                probes=field("probes", ""),
                restricted=field("restricted") == "on",
            )
        )
        actions.start_run(person(request), opened[0])

    if not act(request, verb) and not opened:
        return redirect("new")
    return redirect("incident", opened[0].pk)
