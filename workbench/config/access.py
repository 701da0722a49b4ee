"""Who may see anything at all: nobody who is not logged in, except on the few views named here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import resolve_url
from django.views.csrf import csrf_failure

OPEN_VIEWS = frozenset({"login", "health", "admin:login", "shared"})
View = Callable[..., HttpResponseBase]


class DefaultDeny(LoginRequiredMiddleware):
    """Every view needs a login; a view cannot excuse itself, only OPEN_VIEWS can."""

    def process_view(
        self, request: HttpRequest, view_func: View, view_args: Any, view_kwargs: Any
    ) -> HttpResponseBase | None:
        """Stop the request here unless somebody is logged in."""
        match = request.resolver_match
        if request.user.is_authenticated or (match and match.view_name in OPEN_VIEWS):
            return None
        if request.path.startswith("/api/"):
            return JsonResponse({"error": "log in, or send a token"}, status=401)
        if by_script(request):
            return JsonResponse({"error": "log in again"}, status=401)
        if request.headers.get("HX-Request"):
            return HttpResponse(
                status=401, headers={"HX-Redirect": resolve_url(self.get_login_url(view_func))}
            )
        return super().handle_no_permission(request, view_func)


def by_script(request: HttpRequest) -> bool:
    """Was this asked by one of our scripts, which reads JSON, and not by the browser itself?"""
    return request.headers.get("X-Requested-With") == "bothways"


def forged(request: HttpRequest, reason: str = "") -> HttpResponseBase:
    """The answer to a POST that does not prove that it comes from one of our pages."""
    if request.path.startswith("/api/"):
        return JsonResponse(
            {"error": "send the X-CSRFToken header, or a token instead of the session"}, status=403
        )
    if by_script(request):
        return JsonResponse({"error": "this page is too old to act; reload it"}, status=403)
    return csrf_failure(request, reason)
