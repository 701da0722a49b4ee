"""The shells of one login: one carries everything, where the device can do that; a stuck one is
replaced."""

from __future__ import annotations

import threading
from concurrent.futures import Future

from paramiko import ChannelException, SSHException, Transport

from collectors.session.link import LinkLost, Raw, StopSignal
from collectors.session.shell import SLOW, NoShell, NotRun, Shell, ShellJob

MOST = 8  # at once; sshd allows 10 sessions per connection by default
OPEN_TIMEOUT = 20.0  # seconds; login scripts may be slow
PATIENCE = 1.0  # seconds to wait behind a slow command


class Shells:
    """Opens shells as they are needed, and gives each command to one of them."""

    def __init__(self, transport: Transport, start: bytes = b"sh") -> None:
        self._transport, self._start = transport, start
        self._shells: list[Shell] = []
        self._change = threading.Condition()
        self._none = False  # this device keeps no shell
        self._opening, self._long, self._most = 0, 0, MOST

    def run(self, command: bytes, timeout: float, limit: int, stop: StopSignal, alone: bool) -> Raw:
        """The answer to one command. Raises LinkLost, or NoShell when each command needs its own
        channel."""
        while True:
            job = ShellJob(command, timeout, limit, alone)
            shell = self._given(job, stop)
            stop.watch(job, shell.close)
            try:
                return _awaited(job, shell)
            except NoShell:
                self._none = True
                raise
            except NotRun:
                if stop.event.is_set():
                    raise LinkLost("cancelled") from None
            finally:
                stop.forget(job)

    def prepare(self, count: int) -> None:
        """Be ready for so many long commands at once. Raises LinkLost, NoShell."""
        while not self._enough(count):
            self._open()

    def _enough(self, count: int) -> bool:
        alive = self._alive()
        if any(shell.carries and shell.takes_long_ones() for shell in alive):
            return True  # one shell carries them all
        return len(alive) + self._opening >= min(count, self._most)

    def close(self) -> None:
        """End all of them."""
        for shell in self._shells:
            shell.close()

    def _given(self, job: ShellJob, stop: StopSignal) -> Shell:
        """The shell that has taken the command, opened for it if need be."""
        with self._change:
            self._long += job.alone
        try:
            while not stop.event.is_set():
                shell = self._taken(job)
                if shell is not None:
                    return shell
            raise LinkLost("cancelled")
        finally:
            with self._change:
                self._long -= job.alone
                self._change.notify_all()

    def _taken(self, job: ShellJob) -> Shell | None:
        """One try to give it to a shell, or to open one, or to wait a little."""
        with self._change:
            if self._none:
                raise NoShell
            shell = self._idle() if job.alone else self._shared()
            if shell is not None:
                job.done.add_done_callback(self._wake)
                shell.put(job)
                return shell
            if not self._may_open(job.alone):
                self._change.wait(SLOW / 2)
                return None
            self._opening += 1
        self._opened()
        return None

    def _may_open(self, alone: bool) -> bool:
        alive = self._alive()
        if len(alive) + self._opening >= self._most:
            return False
        begins = self._opening or not all(shell.ready for shell in alive)
        if begins:
            return False
        free = [shell for shell in alive if not shell.reserved and not shell.stuck]
        if not free:
            return True
        return alone and not any(shell.carries for shell in free)

    def _opened(self) -> None:
        try:
            self._add(Shell(self._transport, OPEN_TIMEOUT, self._start))
        except ChannelException:  # the device allows no more sessions
            self._most = len(self._alive())
            if not self._most:
                raise NoShell from None
        except (SSHException, EOFError, OSError):
            raise LinkLost("the connection was lost") from None
        finally:
            with self._change:
                self._opening -= 1
                self._change.notify_all()

    def _open(self) -> None:
        with self._change:
            self._opening += 1
        self._opened()

    def _add(self, shell: Shell) -> None:
        with self._change:
            self._shells.append(shell)

    def _alive(self) -> list[Shell]:
        self._shells = [shell for shell in self._shells if not shell.closed]
        return [shell for shell in self._shells if not shell.spent]

    def _idle(self) -> Shell | None:
        """One for a long command: that carries it beside the short ones, or has nothing to do."""
        free = [shell for shell in self._alive() if shell.takes_long_ones()]
        for shell in free:
            if shell.carries:
                return shell
        return free[-1] if free else None

    def _shared(self) -> Shell | None:
        if self._long:
            return None  # a long command waits for a moment without short ones
        for shell in self._alive():
            if shell.has_room:
                return shell
        return None

    def _wake(self, _: Future[Raw]) -> None:
        with self._change:
            self._change.notify_all()


def _awaited(job: ShellJob, shell: Shell) -> Raw:
    """The answer; a command that waits behind one that hangs is sent anew elsewhere. Raises
    NotRun."""
    while True:
        try:
            return job.done.result(PATIENCE)
        except TimeoutError:
            if shell.delays(job):
                raise NotRun from None
