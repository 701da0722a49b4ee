"""The interface as a whole: how requests are read and judged before a view sees them, and the
document that describes it (`/api/openapi.json`), made from the same declarations.

An app adds its own addresses with a `ninja.Router` in `workbench/api/urls.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.urls import URLPattern, URLResolver
from ninja import NinjaAPI
from ninja.openapi.schema import OpenAPISchema
from ninja.operation import Operation
from ninja.parser import Parser

from workbench.api import asking, errors, idempotency

Run = Callable[..., HttpResponseBase]
PROBLEM = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {"type": "string", "description": "one sentence"},
        "fields": {"type": "array", "items": {"type": "string"}},
    },
}
KEY = {
    "in": "header",
    "name": idempotency.HEADER,
    "required": False,
    "schema": {"type": "string", "maxLength": idempotency.LONGEST},
    "description": "what is sent twice with one key is done once, and answered alike",
}


class LoggedIn:
    """Takes whoever the token or the session says; `DefaultDeny` has asked before."""

    openapi_security_schema = {"type": "http", "scheme": "bearer"}

    def __call__(self, request: HttpRequest) -> Any:
        return request.user if request.user.is_authenticated else None


class JsonOrForm(Parser):
    """Reads a body as JSON, or as a form without files."""

    def parse_body(self, request: HttpRequest) -> dict[str, Any]:
        """The fields. Raises BadRequest, which becomes the answer."""
        return asking.plain_body(request)


class Interface(NinjaAPI):
    """Refuses what no declaration names, and describes what it takes."""

    @property
    def guarded_urls(self) -> tuple[list[URLPattern | URLResolver], str, str]:
        """The addresses; a session needs its CSRF token here as everywhere."""
        patterns, app_name, namespace = self.urls
        for pattern in patterns:
            if isinstance(pattern, URLPattern) and hasattr(pattern.callback, "csrf_exempt"):
                pattern.callback.csrf_exempt = False
        return patterns, app_name, namespace

    def get_openapi_schema(self, **kwargs: Any) -> OpenAPISchema:
        """The document, with what holds for every address."""
        schema = super().get_openapi_schema(**kwargs)
        schema["components"]["schemas"]["Problem"] = PROBLEM
        for methods in schema["paths"].values():
            for method, operation in methods.items():
                _complete(method, operation)
        return schema


def _complete(method: str, operation: dict[str, Any]) -> None:
    content = {"application/json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    operation["responses"]["default"] = {"description": "Refused", "content": content}
    if method == "post" and KEY not in operation["parameters"]:
        operation["parameters"].append(KEY)


def strict(run: Run) -> Run:
    """Every operation: refuses names in the query string that it does not know, and does once what
    is sent twice with one key."""
    operation: Operation = run.__self__  # type: ignore[attr-defined]
    known = {
        name
        for model in operation.models
        if model.__ninja_param_source__ == "query"
        for name in getattr(model, "__ninja_flatten_map__", ())
    }

    @wraps(run)
    def answer(request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        unknown = sorted(set(request.GET) - known)
        if unknown:
            return errors.refused(request, _unknown(unknown, known))
        return idempotency.once(request, lambda: run(request, **kwargs))

    return answer


def _unknown(names: list[str], known: set[str]) -> asking.BadRequest:
    shown = ", ".join(repr(name[:60]) for name in names[:5])
    rest = f"; there is {', '.join(sorted(known))}" if known else ""
    return asking.BadRequest(f"there is no parameter {shown} here{rest}", names[:50])
