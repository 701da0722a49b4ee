"""What all views of the API share: who asks, the incident or run in the address, and bodies that
may be a form with a file."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any, TypeVar

from django.contrib.auth.models import User
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.http.request import RawPostDataException
from django.utils import timezone
from pydantic import BaseModel, ValidationError

from workbench.incidents import keyset, queries, when
from workbench.incidents.models import Incident, Run

PAGE = 200  # rows in one answer
M = TypeVar("M", bound=Model)
B = TypeVar("B", bound=BaseModel)


class NotFound(Exception):
    """There is no such thing, or this person may not know of it."""


class BadRequest(Exception):
    """The request cannot be read; the message says why, `fields` where."""

    def __init__(self, says: str, fields: Sequence[str] = ()) -> None:
        super().__init__(says)
        self.fields = list(fields)


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


def page(rows: QuerySet[M], order: Sequence[str], cursor: str, size: int = PAGE) -> keyset.Page[M]:
    """The rows after a cursor. Raises BadRequest."""
    try:
        return keyset.page(rows, order, cursor, size)
    except keyset.BadCursor as error:
        raise BadRequest(str(error), ["cursor"]) from None


def moment(text: str, name: str) -> datetime | None:
    """The moment that a field names, None where it is empty. Raises BadRequest."""
    try:
        return when.moment(text, timezone.now())
    except when.NotATime as error:
        raise BadRequest(f"{name}: {error}", [name]) from None


def form_or_json(request: HttpRequest, shape: type[B]) -> B:
    """The body of a request that may bring a file, which is not held in memory as JSON is. Raises
    BadRequest."""
    try:
        return shape.model_validate(plain_body(request))
    except ValidationError as error:
        found: list[dict[str, Any]] = [dict(one) for one in error.errors(include_url=False)]
        raise unreadable(found) from None


def plain_body(request: HttpRequest) -> dict[str, Any]:
    """The fields sent, as JSON or as a form. Raises BadRequest."""
    if request.content_type in ("multipart/form-data", "application/x-www-form-urlencoded"):
        return dict(request.POST.items())
    try:
        fields = json.loads(request.body or b"{}")
    except (ValueError, RecursionError, RawPostDataException):
        raise BadRequest("the body is not JSON") from None
    if not isinstance(fields, dict):
        raise BadRequest("the body must be one JSON object")
    return fields


def unreadable(errors: Sequence[dict[str, Any]]) -> BadRequest:
    """One sentence about everything that a schema found wrong, with the names of the fields."""
    names = [_name(error["loc"]) for error in errors]
    says = [_wrong(name, error) for name, error in zip(names, errors, strict=True)]
    return BadRequest("; ".join(says[:10]), names[:50])


def _name(place: Sequence[Any]) -> str:
    return str(place[-1])[:60] if place else "body"


def _wrong(name: str, error: dict[str, Any]) -> str:
    if error["type"] == "extra_forbidden":
        return f"there is no field {name!r} here"
    if error["type"] == "missing":
        return f"{name} is missing"
    return f"{name}: {str(error['msg'])[:200]}"
