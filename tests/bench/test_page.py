"""The page's benchmark counts what a viewer fetches, and an answer that failed is no figure."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from workbench.bench.page import PAGE_KB, Visitor, _weight


class Pages(BaseHTTPRequestHandler):
    """Answers every address with a page of 130,000 bytes, and /gone with a 404."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.send_response(404 if self.path == "/gone" else 200)
        self.send_header("Content-Length", "130000")
        self.end_headers()
        self.wfile.write(b"x" * 130_000)

    def log_message(self, *args: object) -> None:
        """Stay quiet."""


@pytest.fixture
def visitor() -> Iterator[Visitor]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Pages)
    server.block_on_close = False  # the visitor keeps its connection
    threading.Thread(target=server.serve_forever, daemon=True).start()
    made = Visitor(f"http://127.0.0.1:{server.server_port}/", 1, "a=b", 9)
    yield made
    made.close()
    server.shutdown()
    server.server_close()


def test_a_page_that_is_too_heavy_misses_its_bar(visitor: Visitor) -> None:
    size, took = _weight(visitor)
    assert (size.value, size.bar, size.ok) == (130.0, PAGE_KB, False)
    assert took.value > 0


def test_the_headers_count(visitor: Visitor) -> None:
    body, _, wire = visitor.get("/")
    assert wire > len(body) == 130_000


def test_an_answer_that_failed_is_no_figure(visitor: Visitor) -> None:
    with pytest.raises(AssertionError):
        visitor.get("/gone")
