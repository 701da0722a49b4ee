"""A PostgreSQL of our own for the tests: made from the machine's binaries, on a Unix socket, gone
afterwards."""

from __future__ import annotations

import os
import pwd
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

PLACES = ("/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/opt/homebrew/opt/postgresql*/bin")
SETTINGS = (
    "-c listen_addresses='' -c fsync=off -c synchronous_commit=off -c full_page_writes=off -c"
    " max_connections=60"
)


def binaries() -> Path | None:
    """The directory of initdb and pg_ctl, the newest version first; None when PostgreSQL is not
    installed."""
    on_path = shutil.which("initdb")
    found = [
        path
        for place in PLACES
        for path in Path("/").glob(place.lstrip("/"))
        if (path / "initdb").exists()
    ]
    return Path(on_path).resolve().parent if on_path else max(found, key=_version, default=None)


def _version(path: Path) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", str(path))]


def account() -> str | None:
    """PostgreSQL refuses to run as root: whose account runs it then. None = our own."""
    if os.getuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"


@contextmanager
def cluster(binaries: Path) -> Iterator[str]:
    """The DATABASE_URL of a new, empty cluster that lives as long as this block."""
    user = account()
    folder = Path(tempfile.mkdtemp(prefix="bothways-pg-"))
    if user:
        shutil.chown(folder, user)
    pg_ctl = (str(binaries / "pg_ctl"), "-D", str(folder / "data"), "-w", "-s")
    try:
        _run(
            user,
            str(binaries / "initdb"),
            "-D",
            str(folder / "data"),
            *["-U", "bothways", "-A", "trust", "-E", "UTF8", "-N"],
        )
        _run(user, *pg_ctl, "-l", str(folder / "log"), "-o", f"{SETTINGS} -k {folder}", "start")
        try:
            yield f"postgres://bothways@/postgres?host={quote(str(folder))}"
        finally:
            _run(user, *pg_ctl, "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _run(user: str | None, *command: str) -> None:
    # output goes nowhere: a server that kept our pipe open would keep us waiting for its end
    subprocess.run(
        command,
        user=user,
        group=pwd.getpwnam(user).pw_gid if user else None,
        extra_groups=[] if user else None,
        env={"PATH": os.defpath, "LC_ALL": "C"},
        cwd="/",
        check=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )
