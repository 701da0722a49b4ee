"""Requests as the server hands them over."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from asgiref.testing import ApplicationCommunicator
from django.http import HttpRequest, HttpResponse

from workbench.config.asgi import application
from workbench.config.pages import Pages

pytestmark = pytest.mark.django_db(transaction=True)
PATIENCE = 20.0


async def answer(
    path: str,
    method: str = "GET",
    body: tuple[bytes, ...] = (b"",),
    app: Any = application,
    **headers: str,
) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and content of one request."""
    named = [
        (name.replace("_", "-").encode(), value.encode())
        for name, value in {"host": "localhost", **headers}.items()
    ]
    address, _, query = path.partition("?")
    scope = {
        "type": "http",
        "method": method,
        "path": address,
        "query_string": query.encode(),
        "headers": named,
    }
    wire = ApplicationCommunicator(
        app, scope | {"http_version": "1.1", "scheme": "http", "client": ("127.0.0.1", 9)}
    )
    for number, part in enumerate(body, 1):
        await wire.send_input(
            {"type": "http.request", "body": part, "more_body": number < len(body)}
        )
    start, content, more = await wire.receive_output(PATIENCE), b"", True
    while more:
        part_of = await wire.receive_output(PATIENCE)
        content, more = content + part_of.get("body", b""), part_of.get("more_body", False)
    await wire.wait(PATIENCE)
    received = {name.decode().lower(): value.decode() for name, value in start["headers"]}
    return start["status"], received, content


async def test_a_page_and_its_headers() -> None:
    status, headers, content = await answer("/login?next=/")
    assert status == 200 and "default-src 'none'" in headers["content-security-policy"]
    assert b"<form" in content and "bothways_csrf=" in headers["set-cookie"]


async def test_a_body_in_pieces() -> None:
    status, _, content = await answer(
        "/api/incidents",
        "POST",
        (b'{"flow":', b'"x"}'),
        content_type="application/json",
        content_length="12",
    )
    assert (status, content) == (401, b'{"error": "log in, or send a token"}')


async def test_a_static_file_whole() -> None:
    status, headers, content = await answer("/static/warroom.js")
    assert (status, len(content)) == (200, int(headers["content-length"]))
    status, _, content = await answer(
        "/static/warroom.js", if_modified_since=headers["last-modified"]
    )
    assert (status, content) == (304, b"")


async def test_a_stranger_s_host_and_a_bad_query() -> None:
    assert (await answer("/health", host="evil.example"))[0] == 400
    assert (await answer("/nowhere/%ff?a=%ff"))[0] == 404


async def test_a_reader_who_left_before_the_end_of_the_request() -> None:
    scope = {"type": "http", "method": "POST", "path": "/login", "query_string": b"", "headers": []}
    wire = ApplicationCommunicator(application, scope)
    await wire.send_input({"type": "http.disconnect"})
    await wire.wait(PATIENCE)
    assert await wire.receive_nothing()


async def test_many_requests_are_answered_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each waits for the other, so both must be under way."""
    import asyncio

    meet = threading.Barrier(2)

    def view(request: HttpRequest) -> HttpResponse:
        meet.wait(PATIENCE)
        return HttpResponse("met")

    pages = Pages()
    monkeypatch.setattr(pages, "get_response", view)
    answers = await asyncio.gather(answer("/", app=pages), answer("/", app=pages))
    assert [content for _, _, content in answers] == [b"met", b"met"]


async def test_a_view_that_breaks_is_a_500_and_tells_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from workbench.config import health

    def broken(*args: Any) -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr(health, "connection", broken)
    status, _, content = await answer("/health")
    assert status == 500 and b"secret detail" not in content
