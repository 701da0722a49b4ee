"""Login to the API by a token in the Authorization header."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django.db.models import Q
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.utils import timezone

if TYPE_CHECKING:
    from workbench.api.models import ApiToken

# what a token opens that is not good for all that its person may do: method and view, nothing else
OPENS: dict[str, frozenset[tuple[str, str]]] = {
    "hooks": frozenset({("POST", "api:alertmanager"), ("POST", "api:plain-alert")}),
    "changes": frozenset({("POST", "api:changes")}),
}
EVERYTHING = "person"


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

    def process_view(
        self, request: HttpRequest, view: Any, args: Any, kwargs: Any
    ) -> HttpResponseBase | None:
        """Stop a token that is not good for this address."""
        token: ApiToken | None = getattr(request, "api_token", None)
        if token is None or token.scope == EVERYTHING:
            return None
        match = request.resolver_match
        asked = (request.method or "", match.view_name if match else "")
        if asked in OPENS.get(token.scope, ()):
            return None
        return JsonResponse({"error": f"this token is for {token.scope} only"}, status=403)


def token_named(token: str) -> ApiToken | None:
    """The token, with the person that it lets act; None = it opens nothing."""
    from workbench.api.models import ApiToken

    valid = Q(expires_at=None) | Q(expires_at__gt=timezone.now())
    row = ApiToken.objects.filter(valid, digest=ApiToken.digest_of(token), person__is_active=True)
    return row.select_related("person").first()
