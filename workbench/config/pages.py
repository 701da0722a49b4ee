"""Serves pages under ASGI in a few threads of their own.

Django's own handler changes threads for every middleware, and opens a database connection for every
request. Here a request crosses into one thread once, and the thread keeps its connection: half the
CPU of a request.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

from django.core import signals
from django.core.exceptions import RequestAborted
from django.core.handlers.asgi import ASGIHandler, get_script_prefix
from django.core.handlers.base import BaseHandler
from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.urls import set_script_prefix

THREADS = 8


class Pages(ASGIHandler):
    """The HTTP half of the web."""

    def __init__(self) -> None:
        BaseHandler.__init__(self)
        self.load_middleware(is_async=False)
        self._threads = ThreadPoolExecutor(THREADS, "page")

    async def __call__(
        self,
        scope: Any,
        receive: Callable[[], Awaitable[Any]],
        send: Callable[[Any], Awaitable[None]],
    ) -> None:
        """Answer one request."""
        try:
            body = await self.read_body(receive)
        except RequestAborted:
            return
        inside = partial(asyncio.get_running_loop().run_in_executor, self._threads)
        response = await inside(self._answer, scope, body)
        try:
            await self.send_response(response, send)
        finally:
            await inside(response.close)

    def _answer(self, scope: Any, body: Any) -> HttpResponseBase:
        with body:
            set_script_prefix(get_script_prefix(scope))
            signals.request_started.send(sender=type(self), scope=scope)
            request, refusal = self.create_request(scope, body)
            response = refusal if request is None else self.get_response(request)
            assert response is not None
            return _whole(response)


def _whole(response: HttpResponseBase) -> HttpResponseBase:
    """A file's content read here, in the thread, instead of piece by piece in the loop."""
    if not isinstance(response, StreamingHttpResponse):
        return response
    whole = HttpResponse(
        b"".join(response), status=response.status_code, headers=dict(response.items())
    )
    whole.cookies = response.cookies
    response.close()
    return whole
