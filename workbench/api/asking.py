"""What all views of the API share: finding the incident, reading the body, and saying what went
wrong."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any

from django.contrib.auth.models import User
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.request import RawPostDataException
from django.utils import timezone

from collectors.inventory.file import BadInventory
from collectors.model.flow import BadFlow
from workbench.incidents import actions, queries, roles, when
from workbench.incidents.models import Incident, Run
from workbench.incidents.pasted.pasting import CannotRead
from workbench.incidents.pasted.pieces import NothingRead
from workbench.inventory import actions as inventory_actions

View = Callable[..., HttpResponse]


class NotFound(Exception):
    """There is no such thing, or this person may not know of it."""


class BadRequest(Exception):
    """The request cannot be read; the message says why."""


_STATUS: dict[type[Exception], int] = {
    NotFound: 404,
    BadRequest: 400,
    BadFlow: 400,
    BadInventory: 400,
    CannotRead: 400,
    actions.ActionRefused: 409,
    roles.NotAllowed: 403,
    inventory_actions.InventoryNotAllowed: 403,
}


def endpoint(*methods: str) -> Callable[[View], View]:
    """A view that takes these methods and answers every refusal as one sentence in JSON."""

    def decorate(view: View) -> View:
        @wraps(view)
        def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if request.method not in methods:
                problem = {"error": f"this takes {' or '.join(methods)}"}
                return JsonResponse(problem, status=405, headers={"Allow": ", ".join(methods)})
            try:
                return view(request, *args, **kwargs)
            except OperationalError:
                raise
            except tuple(_STATUS) as error:
                return _refused(error)

        return answer

    return decorate


def _refused(error: Exception) -> JsonResponse:
    """Why not, in words; of a paste, what became of each piece."""
    status = next(status for kind, status in _STATUS.items() if isinstance(error, kind))
    pieces = (
        {"pieces": [piece.as_dict() for piece in error.pieces]}
        if isinstance(error, NothingRead)
        else {}
    )
    return JsonResponse({"error": str(error)} | pieces, status=status)


def person(request: HttpRequest) -> User:
    """Who asks; nobody comes this far without a login."""
    assert isinstance(request.user, User)
    return request.user


def incident(request: HttpRequest, incident_id: int) -> Incident:
    """The incident in the address. Raises NotFound."""
    try:
        return queries.incident(request.user, incident_id)
    except Incident.DoesNotExist:
        raise NotFound("there is no such incident") from None


def run(request: HttpRequest, incident_id: int, number: int | None) -> Run:
    """A run of the incident in the address, the newest when no number is given. Raises NotFound."""
    found = queries.run(incident(request, incident_id), number)
    if found is None:
        raise NotFound("there is no such run")
    return found


def body(request: HttpRequest) -> dict[str, Any]:
    """The fields sent: JSON or a form. Raises BadRequest."""
    if request.content_type != "application/json":
        return dict(request.POST.items())
    try:
        fields = json.loads(request.body or b"{}")
    except (ValueError, RecursionError, RawPostDataException):
        raise BadRequest("the body is not JSON") from None
    if not isinstance(fields, dict):
        raise BadRequest("the body must be one JSON object")
    return fields


def text(fields: dict[str, Any], name: str, default: str = "") -> str:
    """One field as text. Raises BadRequest."""
    value = fields.get(name, default)
    if not isinstance(value, str | int | float):
        raise BadRequest(f"{name} must be a text")
    return str(value)


def moment(fields: dict[str, Any], name: str) -> datetime | None:
    """One field as a moment, None where it is not given. Raises BadRequest."""
    try:
        return when.moment(text(fields, name), timezone.now())
    except when.NotATime as error:
        raise BadRequest(f"{name}: {error}") from None


def run_named(request: HttpRequest, row: Incident, fields: dict[str, Any], name: str) -> Run | None:
    """The run whose number a field gives, None where it gives none. Raises BadRequest,
    NotFound."""
    value = fields.get(name)
    if value in (None, ""):
        return None
    if not str(value).isdecimal():
        raise BadRequest(f"{name} must be the number of a run")
    return run(request, row.pk, int(value))


def number(request: HttpRequest, name: str, default: int) -> int:
    """One number of the query string. Raises BadRequest."""
    value = request.GET.get(name, str(default))
    if not (value.isascii() and value.isdigit() and len(value) < 16):
        raise BadRequest(f"{name} must be a number")
    return int(value)
