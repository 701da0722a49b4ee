"""Nothing answers to somebody who is not logged in, except what is named here."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from workbench.config.access import OPEN_VIEWS

OPEN = {"login", "health", "admin:login", "shared"}
SAMPLES = {"int": "1", "str": "x", "slug": "x", "path": "x", "uuid": "0" * 8}


def patterns(resolver: URLResolver, prefix: str = "", space: str = "") -> Iterator[tuple[str, str]]:
    """Every address of the site, with its view's name."""
    for entry in resolver.url_patterns:
        here = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from patterns(entry, here, f"{entry.namespace}:" if entry.namespace else space)
        elif isinstance(entry, URLPattern):
            yield here, f"{space}{entry.name}"


ALL = list(patterns(get_resolver()))


def test_the_open_views_are_exactly_these() -> None:
    assert OPEN_VIEWS == OPEN
    assert len(ALL) > 30


@pytest.mark.django_db
@pytest.mark.parametrize("method", ["get", "post"])
def test_every_other_view_asks_for_a_login(method: str, monkeypatch: pytest.MonkeyPatch) -> None:
    reached: list[str] = []
    for entry in _all_patterns(get_resolver()):
        monkeypatch.setattr(entry, "callback", _noting(entry.callback, reached))
    client, missed = Client(), 0
    for address, name in ALL:
        before = len(reached)
        response = getattr(client, method)("/" + _sample(address))
        if name in OPEN:
            continue
        assert len(reached) == before, f"{name} ({address}) was reached without a login"
        assert response.status_code in (301, 302, 401, 404), (name, response.status_code)
        missed += response.status_code == 404
    assert missed <= 2, "the samples must fit the addresses"


def _all_patterns(resolver: URLResolver) -> Iterator[URLPattern]:
    for entry in resolver.url_patterns:
        if isinstance(entry, URLResolver):
            yield from _all_patterns(entry)
        else:
            yield entry


def _noting(view: Any, reached: list[str]) -> Any:
    def noted(request: Any, *args: Any, **kwargs: Any) -> Any:
        reached.append(request.path)
        return view(request, *args, **kwargs)

    return noted


def _sample(address: str) -> str:
    """An address that the pattern takes."""
    import re

    plain = re.sub(r"<(?:(\w+):)?\w+>", lambda m: SAMPLES.get(m.group(1) or "str", "1"), address)
    plain = re.sub(r"\(\?P<\w+>[^()]*(?:\([^()]*\)[^()]*)*\)", "1", plain)
    return plain.replace("^", "").replace("$", "").replace("\\Z", "").replace("\\", "")


@pytest.mark.django_db
def test_the_api_answers_in_json_and_a_partial_sends_the_page_to_the_login() -> None:
    client = Client()
    assert client.get("/api/incidents").json() == {"error": "log in, or send a token"}
    partial = client.get("/", headers={"HX-Request": "true"})
    assert partial.status_code == 401 and partial.headers["HX-Redirect"].startswith("/login")


@pytest.mark.django_db
def test_after_the_login_the_page_that_was_asked_for_comes() -> None:
    response = Client().get("/?state=open")
    assert response.status_code == 302
    assert response.headers["Location"] == "/login?next=/%3Fstate%3Dopen"
