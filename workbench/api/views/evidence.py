"""What devices answered, and what people pasted for devices that cannot be asked."""

from __future__ import annotations

from typing import Any, Literal

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router, Status

from workbench.api import answers, asking, fields, shapes
from workbench.api.asking import person
from workbench.incidents import actions, queries
from workbench.incidents.pasted import pieces

router = Router(tags=["evidence"])
EVIDENCE = "/incidents/{int:incident_id}/runs/{int:number}/evidence"
PASTED = "/incidents/{int:incident_id}/pasted"


@router.get(EVIDENCE, response=answers.EvidenceListAnswer, url_name="evidence")
def list_evidence(
    request: HttpRequest, incident_id: int, number: int, wanted: Query[fields.EvidenceQuery]
) -> answers.EvidenceListAnswer:
    """The answers of a run, by device, question or step."""
    row = asking.run(request, incident_id, number)
    narrow = wanted.model_dump(exclude={"cursor"})
    found = asking.page(queries.evidence(row, **narrow), ("pk",), wanted.cursor)
    return {"evidence": [shapes.evidence(e) for e in found.rows], "next": found.next}


@router.get(f"{EVIDENCE}/{{evidence_id}}/{{stream}}", url_name="raw")
def raw(
    request: HttpRequest,
    incident_id: int,
    number: int,
    evidence_id: str,
    stream: Literal["stdout", "stderr"],
) -> HttpResponse:
    """The device's raw bytes as a file, never shown by the browser as a page."""
    row = queries.evidence_named(asking.run(request, incident_id, number), evidence_id[:60])
    if row is None:
        raise asking.NotFound("there is no such evidence")
    if row.redaction_id is not None:
        raise asking.NotFound("this answer was redacted")
    content = row.stderr if stream == "stderr" else row.stdout
    name = "".join(
        c if c.isalnum() or c in "._-" else "_"
        for c in f"{row.device}-{row.question}-{row.evidence_id}"
    )
    headers = {
        "Content-Disposition": f'attachment; filename="{name}.{stream}"',
        "X-Content-Type-Options": "nosniff",
    }
    return HttpResponse(content, content_type="application/octet-stream", headers=headers)


@router.get(PASTED, response=answers.PastedListAnswer, url_name="pasted")
def list_pasted(
    request: HttpRequest, incident_id: int, paging: Query[fields.Paging]
) -> answers.PastedListAnswer:
    """What people pasted for devices that cannot be asked."""
    rows = queries.pasted(asking.incident(request, incident_id))
    found = asking.page(rows, ("number",), paging.cursor)
    return {"pasted": [shapes.pasted(p) for p in found.rows], "next": found.next}


_SHAPE = fields.NewPasted.model_json_schema()
_FILE = {"file": {"type": "string", "format": "binary"}}
_FORM = {**_SHAPE, "properties": {**_SHAPE["properties"], **_FILE}}
PASTED_BODY: dict[str, Any] = {
    "required": True,
    "content": {
        "application/json": {"schema": _SHAPE},
        "multipart/form-data": {"schema": _FORM},
    },
}


@router.post(
    PASTED,
    response={201: answers.PastedNowAnswer},
    url_name="paste",
    openapi_extra={"requestBody": PASTED_BODY},
)
def paste(request: HttpRequest, incident_id: int) -> Status[answers.PastedNowAnswer]:
    """Add an output: a text, or a file."""
    row = asking.incident(request, incident_id)
    new = asking.form_or_json(request, fields.NewPasted)
    file = request.FILES.get("file")
    content = file.read() if file else new.text.encode("utf-8", "replace")
    who = person(request)
    found = pieces.read_all(
        content,
        row.flow,
        new.device,
        who.get_username(),
        question=new.question,
        platform=new.platform,
    )
    listed = [piece.as_dict() for piece in found.pieces]
    kept = [shapes.pasted(actions.paste(who, row, item)) for item in found.evidence]
    made: answers.PastedNowAnswer = {
        **kept[0],
        "pasted": kept,
        "left_out": list(found.left_out),
        "pieces": listed,
    }
    return Status(201, made)


@router.post(
    f"{PASTED}/{{int:number}}/withdraw", response=answers.WithdrawnAnswer, url_name="withdraw"
)
def withdraw(request: HttpRequest, incident_id: int, number: int) -> answers.WithdrawnAnswer:
    """Withdraw what was pasted."""
    row = queries.pasted(asking.incident(request, incident_id)).filter(number=number).first()
    if row is None:
        raise asking.NotFound("this was not pasted here")
    return {"withdrawn": actions.withdraw(person(request), row)}
