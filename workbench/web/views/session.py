"""Who is logged in here now? Asked by pages whose login may have ended or changed meanwhile."""

from __future__ import annotations

from django.http import HttpRequest, JsonResponse
from django.middleware.csrf import get_token
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from workbench.web.views.common import person


@require_GET
@never_cache
def session(request: HttpRequest) -> JsonResponse:
    """The name of whoever is logged in, and the token that proves to a POST that a page of ours
    sent it."""
    return JsonResponse({"user": person(request).get_username(), "csrf": get_token(request)})
