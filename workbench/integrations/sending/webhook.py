"""Posts a body to an address: HTTPS (HTTP only to this machine, where the settings allow it), one
resolution of the name, no redirect, no proxy, an end after some seconds whatever the other side
does."""

from __future__ import annotations

import contextlib
import http.client
import socket
import ssl
import threading
from collections.abc import Mapping
from typing import Any
from urllib.parse import SplitResult, urlsplit

from workbench.integrations.sending.reachable import Address, MayNotReach, resolve

PATIENCE = 5.0  # seconds for each step
DEADLINE = 15.0  # seconds for everything


class NotSent(Exception):
    """Nobody took it; the message says why, without the URL."""


def check_url(url: str) -> SplitResult:
    """The parts of a URL that may be posted to. Raises MayNotReach."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise MayNotReach("this is not a URL") from None
    plain = url.isascii() and url.isprintable() and " " not in url
    if parts.scheme not in ("https", "http") or not parts.hostname or not plain or port == 0:
        raise MayNotReach("the URL must be https://host/...")
    if parts.username is not None or parts.password is not None:
        raise MayNotReach("the URL must not hold a name or a password")
    return parts


def post(url: str, body: bytes, headers: Mapping[str, str]) -> int:
    """Post the body; the status of the answer. Raises MayNotReach, NotSent."""
    parts = check_url(url)
    host, secure = str(parts.hostname), parts.scheme == "https"
    port = parts.port or (443 if secure else 80)
    address = resolve(host, port)
    if not secure and not address.is_loopback:
        raise MayNotReach("plain HTTP is for this machine only; use https://")
    connection = _Pinned(host, port, address, secure)
    giving_up = threading.Timer(DEADLINE, connection.abort)
    giving_up.daemon = True
    giving_up.start()
    try:
        connection.request("POST", _path(parts), body=body, headers=dict(headers))
        return connection.getresponse().status
    except (OSError, http.client.HTTPException) as error:
        raise NotSent(_in_words(error)) from None
    finally:
        giving_up.cancel()
        connection.close()


def _path(parts: SplitResult) -> str:
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


def _in_words(error: Exception) -> str:
    """What went wrong, in words that hold nothing of the URL."""
    if isinstance(error, TimeoutError):
        return "no answer in time"
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"the certificate is not trusted: {error.verify_message}"[:200]
    if isinstance(error, OSError) and error.strerror:
        return error.strerror[:200]
    return type(error).__name__


class _Pinned(http.client.HTTPConnection):
    """A connection to one address, with the host's name in the request and in TLS."""

    def __init__(self, host: str, port: int, address: Address, secure: bool) -> None:
        super().__init__(host, port, timeout=PATIENCE)
        self._address, self._secure = address, secure
        self.default_port = 443 if secure else 80

    def connect(self) -> None:
        """Connect to the address that was checked."""
        sock = socket.create_connection((str(self._address), self.port), PATIENCE)
        self.sock: Any = sock
        if self._secure:
            context = ssl.create_default_context()
            self.sock = context.wrap_socket(sock, server_hostname=self.host)

    def abort(self) -> None:
        """End it in the middle of whatever it does."""
        if self.sock is not None:
            with contextlib.suppress(OSError):
                self.sock.shutdown(socket.SHUT_RDWR)
