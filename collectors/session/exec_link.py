"""How is a command run on a login that gives each command a channel of its own?"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from paramiko import Channel, SSHException

from collectors.session.link import HeldLink, LinkLost, Raw, StopSignal
from collectors.session.shell import NoShell
from collectors.session.shells import Shells

CHUNK = 65536
STDERR_LIMIT = 65536


class ExecLink(HeldLink):
    """Linux and its like: raw bytes, stderr apart, and an exit status."""

    def __init__(self, connection: Any, root_shell: str | None) -> None:
        super().__init__(connection)
        self._shells: Shells | None = Shells(self.transport)
        self._root = Shells(self.transport, root_shell.encode()) if root_shell else None

    def run(
        self,
        command: bytes,
        timeout: float,
        limit: int,
        stop: StopSignal,
        alone: bool = False,
        root: bool = False,
    ) -> Raw:
        """Send one command and read its answer. Raises LinkLost."""
        if root:
            return self._by_root(command, timeout, limit, stop, alone)
        if self._shells is not None:
            try:
                return self._shells.run(command, timeout, limit, stop, alone)
            except NoShell:
                self._shells = None
        return self._by_itself(command, timeout, limit, stop)

    def _by_root(
        self, command: bytes, timeout: float, limit: int, stop: StopSignal, alone: bool
    ) -> Raw:
        try:
            if self._root is None:
                raise NoShell
            return self._root.run(command, timeout, limit, stop, alone)
        except NoShell:
            raise LinkLost("there is no shell with all rights") from None

    def prepare(self, count: int) -> None:
        """Be ready for so many long commands at once."""
        with suppress(NoShell, LinkLost):
            if self._shells is not None:
                self._shells.prepare(count)

    def _by_itself(self, command: bytes, timeout: float, limit: int, stop: StopSignal) -> Raw:
        """On a channel of its own."""
        end = time.monotonic() + timeout
        try:
            channel = self.transport.open_session(timeout=timeout)
        except (SSHException, EOFError, OSError):
            raise LinkLost(
                "the connection was lost, or the device allows no more sessions"
            ) from None
        stop.watch(channel, channel.close)
        try:
            return _Reader(channel, lambda: self.alive, end, limit).run(command)
        except (SSHException, EOFError, OSError):
            raise LinkLost("the connection was lost") from None
        finally:
            stop.forget(channel)
            channel.close()


class _Reader:
    """Reads one channel to its end, its deadline or its limit."""

    def __init__(self, channel: Channel, alive: Callable[[], bool], end: float, limit: int) -> None:
        self.channel, self.alive, self.end, self.limit = channel, alive, end, limit
        self.out, self.err = bytearray(), bytearray()
        self.first: float | None = None

    def run(self, command: bytes) -> Raw:
        """Everything that the device says to one command."""
        self.channel.settimeout(self._left())
        sent = time.monotonic()
        try:
            self.channel.exec_command(command)
            self._read()
            finished = len(self.out) < self.limit and self.channel.status_event.wait(self._left())
        except TimeoutError:
            finished = False
        truncated = len(self.out) >= self.limit
        status = (
            self.channel.exit_status if finished and 0 <= self.channel.exit_status <= 255 else None
        )
        if finished and status is None and not self.alive():
            raise EOFError
        return Raw(bytes(self.out[: self.limit]), bytes(self.err[:STDERR_LIMIT]), status, truncated,
                   not finished and not truncated, self.first, sent)  # fmt: skip

    def _read(self) -> None:
        while len(self.out) < self.limit and (data := self.channel.recv(CHUNK)):
            self.first = self.first or time.monotonic()
            self.out += data
            self._read_errors(wait=False)
            self.channel.settimeout(self._left())
        if len(self.out) < self.limit:
            self._read_errors(wait=True)

    def _read_errors(self, wait: bool) -> None:
        while (wait or self.channel.recv_stderr_ready()) and (
            data := self.channel.recv_stderr(CHUNK)
        ):
            if len(self.err) < STDERR_LIMIT:
                self.err += data
            self.channel.settimeout(self._left())

    def _left(self) -> float:
        left = self.end - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return left
