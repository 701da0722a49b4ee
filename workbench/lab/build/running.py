"""Labs that run: start one, find those that run, end them, and clear what a crash left."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from collectors.model.flow import Flow
from workbench.lab.build.namespaces import LabError
from workbench.lab.build.wires import Wan, stretched
from workbench.lab.declare.plan import LabPlan, make_plan
from workbench.lab.topologies import lab_named

ROOT = Path(__file__).resolve().parents[3]
MARKER = "bothways-lab-1"


@dataclass(frozen=True)
class Up:
    """One lab that runs."""

    home: Path
    state: dict[str, Any]

    @property
    def id(self) -> str:
        """What `down` and `status` call it."""
        return self.home.name

    @property
    def plan(self) -> LabPlan:
        """What was decided for it."""
        return make_plan(stretched(lab_named(self.state["lab"]), self.wan), self.state["seed"])

    @property
    def wan(self) -> Wan | None:
        """The long wire that was laid into it."""
        return Wan.parse(self.state.get("wan", "0"))

    @property
    def inventory(self) -> Path:
        """The inventory file."""
        return self.home / "inventory.json"

    @property
    def flow(self) -> Flow:
        """The flow to diagnose."""
        return Flow.parse(self.state["flow"])

    def pid(self, node: str) -> int:
        """The first process of a node, by its declared name."""
        return int(self.state["pids"][node])

    @property
    def alive(self) -> bool:
        """Does its keeper still run?"""
        with contextlib.suppress(OSError):
            command = Path(f"/proc/{self.state['keeper']}/cmdline").read_bytes()
            return str(self.home).encode() in command
        return False

    def outcomes(self, talk: int = 0) -> list[dict[str, Any]]:
        """What came of the client's attempts so far."""
        path = self.home / f"talk-{talk}.jsonl"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def place() -> Path:
    """Where running labs are kept, private to the user."""
    named = os.environ.get("BOTHWAYS_LAB_DIR")
    path = Path(named) if named else Path(tempfile.gettempdir()) / f"bothways-lab-{os.getuid()}"
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    if path.stat().st_uid != os.getuid():
        raise LabError(
            f"{path} belongs to another user; set BOTHWAYS_LAB_DIR to a directory of your own."
        )
    return path


def _home(name: str) -> Path:
    home = place() / f"{name}-{secrets.token_hex(3)}"
    home.mkdir(mode=0o700)
    (home / ".marker").write_text(MARKER)
    return home


def _keeper(name: str, seed: int, home: Path, tied: bool, wan: Wan | None) -> subprocess.Popen[str]:
    words = [sys.executable, "-m", "workbench.lab.build.keeper", name, str(seed), str(home)]
    words += [*(["--tied"] if tied else []), *([f"--wan={wan}"] if wan else [])]
    errors = (home / "keeper.log").open("w")
    with errors:
        return subprocess.Popen(
            words,
            cwd=ROOT,
            stdin=subprocess.PIPE if tied else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            start_new_session=True,
        )


def _awaited(keeper: subprocess.Popen[str], home: Path) -> Up:
    assert keeper.stdout is not None
    word, _, rest = keeper.stdout.readline().strip().partition(" ")
    if word == "ready":
        return Up(home, json.loads((home / "lab.json").read_text()))
    log = home / "keeper.log"
    reason = rest or (log.read_text()[-600:].strip() if log.exists() else "it ended without a word")
    keeper.wait(timeout=90)
    shutil.rmtree(home, ignore_errors=True)
    raise LabError(f"The lab did not come up: {reason}")


def start(name: str, seed: int = 0, wan: Wan | None = None) -> Up:
    """Bring a lab up and leave it running in the background."""
    lab_named(name)
    home = _home(name)
    keeper = _keeper(name, seed, home, False, wan)
    up = _awaited(keeper, home)
    assert keeper.stdout is not None
    keeper.stdout.close()
    keeper.returncode = 0  # it lives on; nobody waits for it
    return up


@contextlib.contextmanager
def running(name: str, seed: int = 0, wan: Wan | None = None) -> Iterator[Up]:
    """A lab for the length of a `with`; it ends with this process, however that ends."""
    home = _home(name)
    keeper = _keeper(name, seed, home, True, wan)
    try:
        yield _awaited(keeper, home)
    finally:
        assert keeper.stdin is not None and keeper.stdout is not None
        keeper.stdin.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            keeper.wait(timeout=90)
        if keeper.poll() is None:
            keeper.kill()
            keeper.wait()
        keeper.stdout.close()
        shutil.rmtree(home, ignore_errors=True)


def instances() -> list[Up]:
    """Every lab of this user that was started and not taken down, crashed ones included."""
    found = []
    for path in sorted(place().iterdir()):
        with contextlib.suppress(OSError, ValueError):
            if (path / ".marker").read_text() == MARKER and (path / "lab.json").exists():
                found.append(Up(path, json.loads((path / "lab.json").read_text())))
    return found


def stop(up: Up) -> None:
    """Take a lab down and wait until it is gone."""
    if up.alive:
        os.kill(up.state["keeper"], signal.SIGTERM)
        deadline = time.monotonic() + 90
        while up.alive and time.monotonic() < deadline:
            time.sleep(0.05)
        if up.alive:
            os.kill(up.state["keeper"], signal.SIGKILL)
    if (up.home / ".marker").exists():
        shutil.rmtree(up.home, ignore_errors=True)


def chosen(name: str) -> list[Up]:
    """The instances that a name or an id means."""
    return [up for up in instances() if name in (up.id, up.state["lab"])]
