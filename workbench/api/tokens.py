"""Login to the API by a token in the Authorization header."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from django.db.models import Q
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone

if TYPE_CHECKING:
    from workbench.api.models import ApiToken


class TokenLogin:
    """Takes `Authorization: Bearer ...` on /api/ as a login; such a request needs no CSRF token."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() == "bearer" and request.path.startswith("/api/"):
            found = token_named(token.strip())
            if found is None:
                return JsonResponse(
                    {"error": "this token is not known, or no longer valid"}, status=401
                )
            request.user = found.person
            request.api_token = found  # type: ignore[attr-defined]
            request._dont_enforce_csrf_checks = True  # type: ignore[attr-defined]  # no cookie, so nothing to forge
        return self.get_response(request)


def token_named(token: str) -> ApiToken | None:
    """The token, with the person that it lets act; None = it opens nothing."""
    from workbench.api.models import ApiToken

    valid = Q(expires_at=None) | Q(expires_at__gt=timezone.now())
    row = ApiToken.objects.filter(valid, digest=ApiToken.digest_of(token), person__is_active=True)
    return row.select_related("person").first()
