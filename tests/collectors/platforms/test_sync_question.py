"""The question about shared sessions, in a real shell: whose file does it read, and does it come to
an end?"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from collectors.model.evidence import QueryParams
from collectors.platforms.linux.sync import ask_sync

NOBODY = 65534
pytestmark = pytest.mark.skipif(
    os.geteuid() != 0 or not (shutil.which("pidof") and shutil.which("perl")),
    reason="takes root, who can start a process of somebody else, pidof and perl",
)

Start = Callable[[Path, int], None]


@pytest.fixture
def inside() -> Iterator[tuple[str, ...]]:
    """The words that start a command in a network of this test's own: other tests start daemons of
    that name too."""
    words = ("unshare", "--net", "sh", "-c", "echo up; exec sleep 60")
    with subprocess.Popen(words, stdout=subprocess.PIPE) as keeper:
        assert keeper.stdout is not None
        assert keeper.stdout.readline()
        yield ("nsenter", f"--net=/proc/{keeper.pid}/ns/net", "--")
        keeper.kill()


@pytest.fixture
def daemon(inside: tuple[str, ...]) -> Iterator[Start]:
    """Starts a process that is called conntrackd and was given that file, as that user."""
    # nobody may not look into pytest's own directories
    with tempfile.TemporaryDirectory() as place:
        Path(place).chmod(0o755)
        name = Path(place, "conntrackd")
        shutil.copy(shutil.which("perl") or "", name)
        yield from _daemons(inside, name)


def _daemons(inside: tuple[str, ...], name: Path) -> Iterator[Start]:
    started = []

    def start(config: Path, user: int) -> None:
        as_user = ("setpriv", f"--reuid={user}", "--clear-groups")
        words = [
            *inside,
            *as_user,
            str(name),
            "-e",
            '$| = 1; print "up\\n"; sleep 60',
            "--",
            "-C",
            str(config),
        ]
        process = subprocess.Popen(words, stdout=subprocess.PIPE, cwd="/")
        started.append(process)
        assert process.stdout is not None
        assert process.stdout.readline()

    yield start
    for process in started:
        process.kill()
        process.communicate()


@pytest.fixture
def ask(inside: tuple[str, ...], tmp_path: Path) -> Callable[[], str]:
    """What the question prints here, with a conntrackd that answers nothing."""
    tools = tmp_path / "tools"
    tools.mkdir()
    (tools / "conntrackd").write_text("#!/bin/sh\n")
    (tools / "conntrackd").chmod(0o755)
    environment = {"PATH": f"{tools}:/usr/sbin:/usr/bin:/sbin:/bin"}

    def run() -> str:
        asked = [*inside, "sh", "-c", f"ulimit -v 4000000; {ask_sync(QueryParams())}"]
        shell = subprocess.Popen(
            asked, stdout=subprocess.PIPE, text=True, env=environment, start_new_session=True
        )
        try:
            return shell.communicate(timeout=30)[0]
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(shell.pid, signal.SIGKILL)  # what reads without end outlives its shell
            shell.communicate()

    return run


def test_the_file_of_a_daemon_of_roots_is_read(
    tmp_path: Path, daemon: Start, ask: Callable[[], str]
) -> None:
    config = tmp_path / "sync.conf"
    config.write_text(
        "General {\n  Filter From Kernelspace {\n    Address Ignore {\n  secret = hunter2\n"
    )
    daemon(config, 0)
    answer = ask()
    assert f"config {config}" in answer
    assert "Address Ignore {" in answer
    assert "hunter2" not in answer


def test_nobody_elses_process_makes_root_read_a_file(
    tmp_path: Path, daemon: Start, ask: Callable[[], str]
) -> None:
    config = tmp_path / "theirs.conf"
    config.write_text("State of something that root alone may read\n")
    config.chmod(0o600)
    daemon(config, NOBODY)
    answer = ask()
    assert "running conntrackd" in answer
    assert "root alone" not in answer
    assert "config" not in answer


def test_what_is_no_file_is_not_read(daemon: Start, ask: Callable[[], str]) -> None:
    daemon(Path("/dev/zero"), 0)
    assert ask().splitlines() == ["running conntrackd", "config /dev/zero"]


def test_a_file_without_end_of_line_is_read_in_part(
    tmp_path: Path, daemon: Start, ask: Callable[[], str]
) -> None:
    config = tmp_path / "long.conf"
    config.write_text("Address " + "x" * 10_000_000)
    daemon(config, 0)
    assert len(ask()) < 70_000
