"""What stands around the incidents: the record of commands, the inventory, numbers."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router

from collectors.inventory.file import parse_inventory
from workbench.api import answers, asking, fields, metrics, shapes
from workbench.api.asking import person
from workbench.incidents import sent
from workbench.inventory import actions as inventory_actions

router = Router(tags=["library"])


@router.get("/commands", response=answers.CommandsAnswer, url_name="commands")
def commands(request: HttpRequest, wanted: Query[fields.CommandQuery]) -> answers.CommandsAnswer:
    """What was sent to devices, newest first, by device, person, incident or time."""
    named = wanted.model_dump(exclude={"cursor", "start"})
    numbers = {name: named[name] or None for name in ("incident", "run")}
    rows = sent.commands(request.user, sent.CommandFilter(**named | numbers))
    if wanted.start:
        some = list(rows[wanted.start : wanted.start + asking.PAGE])
        return {"commands": [shapes.command(row) for row in some], "next": None}
    found = asking.page(rows, ("-pk",), wanted.cursor)
    return {"commands": [shapes.command(row) for row in found.rows], "next": found.next}


@router.get("/metrics", url_name="metrics")
def numbers(request: HttpRequest) -> HttpResponse:
    """Incidents, runs, open verdicts by cause and commands, for Prometheus."""
    return metrics.metrics(person(request))


@router.get("/inventory", response=dict[str, Any], url_name="inventory")
def export_inventory(request: HttpRequest) -> dict[str, Any]:
    """The inventory as a file without secrets."""
    return inventory_actions.export_file(person(request))


FILE = {
    "required": True,
    "content": {
        "application/json": {"schema": {"type": "object"}},
        "application/yaml": {"schema": {"type": "string"}},
    },
}


@router.post(
    "/inventory",
    response=answers.ImportedAnswer,
    url_name="import-inventory",
    openapi_extra={"requestBody": FILE},
)
def import_inventory(request: HttpRequest) -> answers.ImportedAnswer:
    """Import the devices of an inventory file."""
    saved = inventory_actions.import_file(person(request), request.body)
    warnings = parse_inventory(request.body).warnings
    return {"devices": [device.name for device in saved], "warnings": list(warnings)}
