"""Bundles: an incident as a file for another installation."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponseBase
from ninja import Router, Status

from workbench.api import answers, asking
from workbench.api.asking import person
from workbench.integrations import actions
from workbench.web.views.bundles import as_download

router = Router(tags=["bundles"])
FILE: dict[str, Any] = {
    "required": True,
    "content": {
        "multipart/form-data": {
            "schema": {
                "type": "object",
                "required": ["bundle"],
                "properties": {"bundle": {"type": "string", "format": "binary"}},
            }
        }
    },
}


@router.get("/incidents/{int:incident_id}/bundle", url_name="bundle")
def bundle(request: HttpRequest, incident_id: int) -> HttpResponseBase:
    """The whole incident as a bundle (.tar.gz)."""
    row = asking.incident(request, incident_id)
    return as_download(actions.export_bundle(person(request), row), row)


@router.post(
    "/incidents/import",
    response={201: answers.ImportedIncidentAnswer},
    url_name="import-incident",
    openapi_extra={"requestBody": FILE},
)
def take_in(request: HttpRequest) -> Status[answers.ImportedIncidentAnswer]:
    """Import a bundle, or nothing of it."""
    file = request.FILES.get("bundle")
    if file is None:
        raise asking.BadRequest("send the bundle as the file `bundle` of a form")
    kept = actions.import_bundle(person(request), file)
    return Status(201, {"id": kept.pk, "origin": kept.origin})
