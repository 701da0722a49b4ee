"""A server on this machine that keeps what it was sent, and answers as it is told."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Receiver:
    """What was posted, and the answers to give: statuses in order, the last one again and again."""

    url: str = ""
    answers: list[int] = field(default_factory=lambda: [200])
    location: str = ""
    posted: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def take(self, handler: Any) -> None:
        """Keep one request and answer it."""
        length = int(handler.headers.get("Content-Length", 0))
        self.posted.append((dict(handler.headers), handler.rfile.read(length)))
        self.asked.append(handler.path)
        handler.send_response(self.answers.pop(0) if len(self.answers) > 1 else self.answers[0])
        if self.location:
            handler.send_header("Location", self.location)
        handler.send_header("Content-Length", "0")
        handler.end_headers()


@contextmanager
def receiving() -> Iterator[Receiver]:
    """A server for as long as the block lasts."""
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            receiver.take(self)

        do_GET = do_POST

        def log_message(self, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    receiver.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield receiver
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
