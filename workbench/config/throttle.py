"""Slows down whoever guesses passwords."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

from django.contrib.auth.signals import user_logged_in, user_login_failed
from django.core.cache import cache
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse, HttpResponseBase

TRIES = 10  # from one address for one name
TRIES_IN_ALL = 50  # from one address for all names; behind a proxy all people may share one
WINDOW = 300  # seconds
LOGINS = frozenset({"login", "admin:login"})
WORDS = f"Too many failed logins from here. Wait {WINDOW // 60} minutes, or ask an administrator."


class LoginThrottle:
    """After too many failures an address may not try for a while. Kept in this process: it need not
    be exact."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Any, args: Any, kwargs: Any
    ) -> HttpResponseBase | None:
        """Stop a login that comes too soon."""
        match = request.resolver_match
        if request.method != "POST" or match is None or match.view_name not in LOGINS:
            return None
        of_name, of_all = _keys(request, request.POST.get("username", ""))
        if cache.get(of_name, 0) < TRIES and cache.get(of_all, 0) < TRIES_IN_ALL:
            return None
        headers = {"Retry-After": str(WINDOW)}
        return HttpResponse(
            WORDS, status=429, content_type="text/plain; charset=utf-8", headers=headers
        )


@receiver(user_login_failed)
def count(
    request: HttpRequest | None = None, credentials: dict[str, Any] | None = None, **kwargs: Any
) -> None:
    """One more failure."""
    if request is not None:
        for key in _keys(request, str((credentials or {}).get("username", ""))):
            cache.add(key, 0, WINDOW)
            cache.incr(key)


@receiver(user_logged_in)
def forgive(request: HttpRequest | None = None, user: Any = None, **kwargs: Any) -> None:
    """Who logs in may mistype again; what was guessed for other names stays counted."""
    if request is not None and user is not None:
        cache.delete(_keys(request, user.get_username())[0])


def _keys(request: HttpRequest, name: str) -> tuple[str, str]:
    address = request.META.get("REMOTE_ADDR", "")
    digest = hashlib.sha256(name.strip().encode("utf-8", "replace")).hexdigest()
    return f"failed-logins:{address}:{digest}", f"failed-logins:{address}"
