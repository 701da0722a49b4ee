"""The commands up and demo as a user runs them: they serve, revive, refuse a second one, and leave
nothing behind."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.house.conftest import ROOT

pytestmark = pytest.mark.xdist_group("serving")


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


class Server:
    """One running command; `until` reads what it says."""

    def __init__(self, data: Path, *words: str) -> None:
        clean = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        self.data, self.port, self.said = data, free_port(), ""
        self.words = [sys.executable, str(ROOT / "manage.py"), *words]
        self.env = {**clean, "BOTHWAYS_DATA": str(data), "PYTHONUNBUFFERED": "1"}
        self.process = self.start()

    def start(self) -> subprocess.Popen[str]:
        words = [*self.words, "--port", str(self.port)]
        return subprocess.Popen(
            words, cwd=self.data, env=self.env, stderr=subprocess.PIPE, text=True
        )

    def until(self, pattern: str) -> str:
        assert self.process.stderr
        for line in self.process.stderr:
            self.said += line
            found = re.search(pattern, line)
            if found:
                return found.group(found.re.groups and 1)
        raise AssertionError(f"it ended without saying {pattern!r}: {self.said}")

    def second(self) -> subprocess.CompletedProcess[str]:
        words = [*self.words, "--port", str(free_port())]
        return subprocess.run(
            words, cwd=self.data, env=self.env, capture_output=True, text=True, timeout=60
        )

    def get(self, path: str) -> int:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=20) as answer:
            return int(answer.status)

    def pids(self) -> set[int]:
        """Every process that has our data directory in its environment."""
        mark = f"BOTHWAYS_DATA={self.data}".encode()
        return {
            int(p.parent.name) for p in Path("/proc").glob("[0-9]*/environ") if mark in _read(p)
        }

    def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        with self.process.stderr or open(os.devnull) as rest:
            self.said += rest.read()
        return self.process.wait(60)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


@contextmanager
def running(data: Path, *words: str) -> Iterator[Server]:
    server = Server(data, *words)
    try:
        yield server
    finally:
        if server.process.returncode is None:
            server.end()


def test_up_serves_revives_its_worker_and_ends_all_it_started(tmp_path: Path) -> None:
    with running(tmp_path, "up") as server:
        assert server.until(r"first login, shown only once: admin / (\S+)")
        server.until("serving on")
        assert server.get("/health") == 200
        worker = next(
            pid for pid in server.pids() if b"celery" in _read(Path(f"/proc/{pid}/cmdline"))
        )
        os.kill(worker, signal.SIGKILL)
        server.until("the worker ended by itself; starting it again")
        second = server.second()
        assert second.returncode == 1
        assert (
            f"running already with the data in {tmp_path}: http://127.0.0.1:{server.port}/"
            in second.stderr
        )
        assert second.stderr.count("\n") == 1
        assert server.end(signal.SIGINT) == 0
        assert server.pids() == set()
        server.process = server.start()
        server.until("serving on")
        assert "admin /" not in server.said.split("serving on")[1]  # the first login is shown once


def test_up_refuses_a_directory_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with running(tmp_path, "up") as server:
        server.end()
        server.env["BOTHWAYS_DATA"] = str(tmp_path / "file" / "data")
        second = server.second()
    assert second.returncode == 1
    assert "cannot write in" in second.stderr and "BOTHWAYS_DATA=" in second.stderr


@pytest.mark.lab
def test_demo_opens_an_incident_on_a_network_of_its_own_and_takes_it_down(tmp_path: Path) -> None:
    with running(tmp_path, "demo") as server:
        server.env["BOTHWAYS_LAB_DIR"] = str(tmp_path / "labs")
        page = server.until(r"open http://[^/]+(/incidents/\d+)")
        server.until("log in as admin")
        assert server.get(page) == 200  # the login page, after a redirect
        assert server.end() == 0
        assert server.pids() == set()
    assert "nothing is left running" in server.said
