"""Slows down whoever guesses passwords."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib.auth.signals import user_logged_in, user_login_failed
from django.core.cache import cache
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse, HttpResponseBase

TRIES = 10
WINDOW = 300  # seconds
LOGINS = frozenset({"login", "admin:login"})
WORDS = f"Too many failed logins from here. Wait {WINDOW // 60} minutes, or ask an administrator."


class LoginThrottle:
    """After TRIES failures an address may not try to log in for a while. Kept in this process: it need not be exact."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponseBase | None:
        """Stop a login that comes too soon."""
        match = request.resolver_match
        if request.method != "POST" or match is None or match.view_name not in LOGINS:
            return None
        if cache.get(_key(request), 0) < TRIES:
            return None
        headers = {"Retry-After": str(WINDOW)}
        return HttpResponse(WORDS, status=429, content_type="text/plain; charset=utf-8", headers=headers)


@receiver(user_login_failed)
def count(request: HttpRequest | None = None, **kwargs: Any) -> None:
    """One more failure."""
    if request is not None:
        cache.add(_key(request), 0, WINDOW)
        cache.incr(_key(request))


@receiver(user_logged_in)
def forgive(request: HttpRequest | None = None, **kwargs: Any) -> None:
    """Who logs in may mistype again."""
    if request is not None:
        cache.delete(_key(request))


def _key(request: HttpRequest) -> str:
    return f"failed-logins:{request.META.get('REMOTE_ADDR', '')}"
