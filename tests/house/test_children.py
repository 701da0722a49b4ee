"""Processes that serve: they are started, revived within bounds, and ended with all that they
started."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from workbench.serve.children import Child, GivenUp, stop, watch

STUBBORN = """
import signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("up", subprocess.Popen(["sleep", "600"]).pid, flush=True)
time.sleep(600)
"""


def child(tmp_path: Path, code: str, **fields: object) -> Child:
    return Child("the child", (sys.executable, "-c", code), tmp_path / "child.log", **fields)  # type: ignore[arg-type]


@pytest.fixture
def stubborn(tmp_path: Path) -> Iterator[Child]:
    it = child(tmp_path, STUBBORN, patience=0.2)
    it.start()
    yield it
    it.signal(signal.SIGKILL)


def said(it: Child) -> str:
    """What the child has written, once it has written something."""
    deadline = time.monotonic() + 20
    while "\n" not in (text := it.last_words() + "\n" * bool(it.last_words())):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    return text


def gone(pid: int) -> bool:
    """Has the process ended (a zombie has)?"""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"
    except OSError:
        return True


def test_a_child_that_ignores_the_request_is_ended_by_force_with_its_own_children(
    stubborn: Child,
) -> None:
    grandchild = int(said(stubborn).split()[1])
    stop([stubborn])
    assert not stubborn.alive
    deadline = time.monotonic() + 5
    while not gone(grandchild):
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_stopping_what_never_started_or_is_gone_is_nothing(tmp_path: Path) -> None:
    never, done = child(tmp_path, ""), child(tmp_path, "")
    done.start()
    assert done.process and done.process.wait() == 0
    stop([never, done])


def test_a_child_that_died_is_started_again(tmp_path: Path) -> None:
    it = child(tmp_path, "import time; time.sleep(600)")
    it.start()
    assert it.process
    first = it.process.pid
    os.killpg(first, signal.SIGKILL)
    it.process.wait()
    lines: list[str] = []
    rounds = iter([False, True])
    watch([it], lambda seconds: next(rounds), lines.append)
    assert it.alive and it.process.pid != first
    assert "starting it again" in lines[0]
    stop([it])


def test_a_child_that_keeps_dying_is_given_up_with_its_last_words(tmp_path: Path) -> None:
    it = child(tmp_path, "raise SystemExit('no such thing')", restarts=2)
    it.start()

    def until_it_died(seconds: float) -> bool:
        assert it.process
        it.process.wait()
        return False

    with pytest.raises(GivenUp, match="no such thing"):
        watch([it], until_it_died, lambda text: None)


def test_deaths_of_long_ago_do_not_count(tmp_path: Path) -> None:
    it = child(tmp_path, "", restarts=1)
    for minute in range(5):
        it.revive(minute * 61.0)
        assert it.process
        it.process.wait()


def test_a_long_log_begins_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("workbench.serve.children.LOG_LIMIT", 10)
    (tmp_path / "child.log").write_text("an old and long story")
    it = child(tmp_path, "print('new')")
    it.start()
    assert it.process and it.process.wait() == 0
    assert it.last_words() == "new"
