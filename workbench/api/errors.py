"""What went wrong, always as `{"error": "one sentence"}` under /api/."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from http.client import responses
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError

from collectors.inventory.file import BadInventory
from collectors.model.flow import BadFlow
from workbench.api import asking
from workbench.incidents import actions, roles
from workbench.incidents.pasted.pasting import CannotRead
from workbench.incidents.pasted.pieces import NothingRead
from workbench.inventory import actions as inventory_actions

STATUS: dict[type[Exception], int] = {
    asking.NotFound: 404,
    asking.BadRequest: 400,
    BadFlow: 400,
    BadInventory: 400,
    CannotRead: 400,
    actions.ActionRefused: 409,
    roles.NotAllowed: 403,
    inventory_actions.InventoryNotAllowed: 403,
}
WORDS = {
    404: "there is no such address",
    405: "this address does not take {method}",
    500: "something broke here; it is in the server's log",
}


def install(api: NinjaAPI) -> None:
    """Let every refusal become one sentence; what is no refusal goes on to the server's log."""
    for kind in STATUS:
        api.add_exception_handler(kind, refused)
    api.add_exception_handler(Http404, _nothing)
    api.add_exception_handler(HttpError, _by_the_library)
    api.add_exception_handler(ValidationError, _unreadable)
    api.add_exception_handler(Exception, _unexpected)


def problem(says: str, status: int, **more: Any) -> JsonResponse:
    """An answer that says why not."""
    return JsonResponse({"error": says, **more}, status=status)


def refused(request: HttpRequest, error: Any) -> HttpResponse:
    """Why not, in words; of a paste, what became of each piece; of a body, which fields."""
    status = next(status for kind, status in STATUS.items() if isinstance(error, kind))
    more: dict[str, Any] = {}
    if isinstance(error, NothingRead):
        more["pieces"] = [piece.as_dict() for piece in error.pieces]
    if isinstance(error, asking.BadRequest) and error.fields:
        more["fields"] = error.fields
    if isinstance(error, actions.HeadClash):
        more["clashes"] = [asdict(clash) for clash in error.clashes]
    return problem(str(error), status, **more)


def _nothing(request: HttpRequest, error: Any) -> HttpResponse:
    return problem(str(error) or WORDS[404], 404)


def _by_the_library(request: HttpRequest, error: Any) -> HttpResponse:
    if isinstance(error.__cause__, asking.BadRequest):  # our parser's words, which it hides
        return refused(request, error.__cause__)
    return problem(str(error), error.status_code)


def _unreadable(request: HttpRequest, error: Any) -> HttpResponse:
    errors = [dict(one) for one in error.errors]
    if any(one["loc"][0] == "path" for one in errors):
        return problem(WORDS[404], 404)
    return refused(request, asking.unreadable(errors))


def _unexpected(request: HttpRequest, error: Any) -> HttpResponse:
    raise error


class JsonErrors:
    """Turns every error page under /api/, whoever made it, into JSON."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if not request.path.startswith("/api/") or response.status_code < 400:
            return response
        if response.headers.get("Content-Type", "").startswith("application/json"):
            return response
        return _as_json(request, response)


def _as_json(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    words = WORDS.get(response.status_code, responses.get(response.status_code, "refused").lower())
    answer = problem(words.format(method=request.method), response.status_code)
    for name in ("Allow", "Retry-After"):
        if name in response.headers:
            answer.headers[name] = response.headers[name]
    return answer
