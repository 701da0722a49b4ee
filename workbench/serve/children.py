"""The processes that serve: started in groups of their own, started again when they die, and all
ended in the end."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

LOG_LIMIT = 5_000_000  # bytes; a longer log begins anew


class GivenUp(Exception):
    """A process died too often; the text says which one and what it said last."""


@dataclass(slots=True)
class Child:
    """One process and how it may be treated."""

    name: str
    command: tuple[str, ...]
    log: Path
    patience: float = 6.0  # seconds between the request to end and the end by force
    restarts: int = 5  # within a minute
    env: Mapping[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None
    deaths: deque[float] = field(default_factory=deque)

    def start(self) -> None:
        """Start it; its output goes to the log."""
        if self.log.exists() and self.log.stat().st_size > LOG_LIMIT:
            self.log.unlink()
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [*_dies_with_us(), *self.command],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**os.environ, **self.env},
                start_new_session=True,  # Ctrl-C reaches us alone: we end the others in order
            )

    @property
    def alive(self) -> bool:
        """Is it running?"""
        return self.process is not None and self.process.poll() is None

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to it and to all that it started."""
        if self.process is None:
            return
        try:
            os.killpg(self.process.pid, number)
        except ProcessLookupError:
            return

    def revive(self, now: float) -> None:
        """Start it again. Raises GivenUp when it died too often within a minute."""
        while self.deaths and self.deaths[0] < now - 60:
            self.deaths.popleft()
        self.deaths.append(now)
        if len(self.deaths) > self.restarts:
            raise GivenUp(
                f"{self.name} died {len(self.deaths)} times within a minute; see"
                f" {self.log}\n{self.last_words()}"
            )
        self.signal(signal.SIGKILL)  # what it may have left behind
        self.start()

    def last_words(self, lines: int = 6) -> str:
        """The end of its log."""
        try:
            return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])
        except OSError:
            return ""


def _dies_with_us() -> tuple[str, ...]:
    """On Linux, even when we are killed, the kernel ends the child."""
    wrapper = shutil.which("setpriv")
    return (wrapper, "--pdeathsig", "TERM") if wrapper else ()


def watch(
    children: Sequence[Child], waits: Callable[[float], bool], say: Callable[[str], None]
) -> None:
    """Keep all children running until `waits(seconds)` says that the end is wanted. Raises
    GivenUp."""
    while not waits(0.5):
        for child in children:
            if not child.alive:
                say(f"{child.name} ended by itself; starting it again (log: {child.log})")
                child.revive(time.monotonic())


def stop(children: Sequence[Child]) -> None:
    """End these children and all that they started: asked first, forced after their patience."""
    for child in children:
        child.signal(signal.SIGTERM)
    begun = time.monotonic()
    for child in children:
        _await(child, begun + child.patience)
    for child in children:
        child.signal(signal.SIGKILL)
        if child.process is not None:
            child.process.wait()


def _await(child: Child, until: float) -> None:
    if child.process is None:
        return
    try:
        child.process.wait(max(0.0, until - time.monotonic()))
    except subprocess.TimeoutExpired:
        return
