"""Is the port free, and under which names is it reached?"""

from __future__ import annotations

import errno
import socket

from workbench.serve.refusal import StartRefused

LOOPBACK = ("localhost", "127.0.0.1", "[::1]")


def free(host: str, port: int) -> bool:
    """Can a server listen there now?"""
    kind, *_rest, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    with socket.socket(kind, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(address)
        except OSError as error:
            if error.errno in (errno.EADDRINUSE, errno.EACCES):
                return False
            raise
    return True


def checked(host: str, port: int, command: str) -> None:
    """Raise Refusal, with the next free port, when the port cannot be had."""
    try:
        if free(host, port):
            return
        way_out = next((p for p in range(max(port, 8000) + 1, 65536) if free(host, p)), 8000)
    except OSError as error:
        raise StartRefused(
            f"cannot listen on {host} ({error.strerror}); name an address of this machine: --host"
        ) from None
    raise StartRefused(
        f"port {port} on {host} is in use or not allowed; try ./bothways {command} --port {way_out}"
    )


def names(host: str) -> list[str]:
    """The host names under which a browser may reach a server that listens on this address."""
    if host not in ("0.0.0.0", "::"):
        return list(dict.fromkeys([*LOOPBACK, bracketed(host)]))
    own = socket.gethostname()
    try:
        found = {bracketed(str(entry[4][0])) for entry in socket.getaddrinfo(own, None)}
    except OSError:
        found = set()
    return list(dict.fromkeys([*LOOPBACK, own, socket.getfqdn(), *sorted(found)]))


def bracketed(host: str) -> str:
    """The host as a URL writes it."""
    return f"[{host}]" if ":" in host else host


def url(host: str, port: int) -> str:
    """Where a browser on this machine finds it."""
    shown = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    return f"http://{bracketed(shown)}:{port}/"
