"""What every answer carries, and what a reader sees while the database is busy."""

from __future__ import annotations

import logging
from collections.abc import Callable

from django.db import OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse

Handler = Callable[[HttpRequest], HttpResponse]
log = logging.getLogger(__name__)

POLICY = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "style-src-attr 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "connect-src 'self'",
        "manifest-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    ]
)
BUSY = "The database is busy or cannot be reached. Nothing was changed; try again in a few seconds."


class SecurityHeaders:
    """Adds the content security policy, and keeps what is personal out of caches."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", POLICY)
        response.headers.setdefault(
            "Permissions-Policy", "camera=(), microphone=(), geolocation=()"
        )
        if not request.path.startswith("/static/"):
            response.headers.setdefault("Cache-Control", "no-store")
        return response


class BusyDatabase:
    """Turns a locked or lost database into one clear sentence instead of a stack trace."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Answer 503 for a database error; anything else is not ours."""
        if not isinstance(error, OperationalError):
            return None
        log.error("database: %s", error)
        return busy(request)


def busy(request: HttpRequest) -> HttpResponse:
    """The answer while the database cannot be used."""
    headers = {"Retry-After": "3"}
    if request.path.startswith("/api/"):
        return JsonResponse({"error": BUSY}, status=503, headers=headers)
    return HttpResponse(BUSY, status=503, content_type="text/plain; charset=utf-8", headers=headers)
