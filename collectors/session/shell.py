"""One shell on a device, kept open: commands go in by lines, each answer comes back between marks of its own.

A channel of its own for each command would start a login shell each time, which on many hosts costs more than the
command. Answers stay what they are: raw bytes, stderr apart, exit status known. Commands may follow each other without
waiting for the answer before.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections import deque
from concurrent.futures import Future
from dataclasses import dataclass, field

from paramiko import Channel, SSHException, Transport

from collectors.session.link import LinkLost, Raw

CHUNK = 65536
STDERR_LIMIT = 65536
SLOW = 0.4  # seconds after which nothing more is queued behind a command
DEPTH = 4  # commands sent ahead of their answers


class NoShell(Exception):
    """This device does not let us keep a shell: each command needs a channel of its own."""


class NotRun(Exception):
    """The command was queued behind one that never ended; it must be sent again elsewhere."""


@dataclass(eq=False)
class Job:
    """One command on its way."""

    command: bytes
    timeout: float
    limit: int
    alone: bool = False
    done: Future[Raw] = field(default_factory=Future)
    mark: bytes = field(default_factory=lambda: secrets.token_hex(12).encode())
    sent: float = 0.0

    def line(self) -> bytes:
        """The command between its marks, one on each stream."""
        return b"( %b ) </dev/null; printf '\\n%%s %%s\\n' %b $?; printf '\\n%%s\\n' %b >&2\n" % (
            self.command,
            self.mark,
            self.mark,
        )


class Shell:
    """Reads in a thread of its own. A command that never ends, or says too much, ends the shell with it."""

    def __init__(self, transport: Transport, timeout: float) -> None:
        self._channel: Channel = transport.open_session(timeout=timeout)
        self._channel.settimeout(timeout)
        self._channel.exec_command("exec sh")
        self._jobs: deque[Job] = deque()
        self._change = threading.Condition()
        self._began = time.monotonic()
        self._out, self._err = bytearray(), bytearray()
        self.closed = self.reserved = self.ready = False
        self.put(Job(b"true", timeout, CHUNK))  # what login scripts print comes before its answer, and is dropped
        threading.Thread(target=self._read_on, name="shell", daemon=True).start()

    @property
    def load(self) -> int:
        """How many answers are still to come?"""
        return len(self._jobs)

    @property
    def has_room(self) -> bool:
        """May one more command be sent ahead?"""
        return not (self.closed or self.reserved or self.stuck or len(self._jobs) >= DEPTH)

    @property
    def stuck(self) -> bool:
        """Does one command take long?"""
        return self.ready and bool(self._jobs) and time.monotonic() - self._began > SLOW

    def delays(self, job: Job) -> bool:
        """Does a command that takes long keep this one, which only reads, from being run?"""
        with self._change:
            return self.stuck and job in self._jobs and self._jobs[0] is not job

    def put(self, job: Job) -> None:
        """Send one command. Raises LinkLost."""
        with self._change:
            if self.closed:
                raise LinkLost("the connection was lost")
            if not self._jobs:
                self._began = time.monotonic()
            self._jobs.append(job)
            self.reserved = self.reserved or job.alone
            job.sent = time.monotonic()
            try:
                self._channel.sendall(job.line())
            except (SSHException, OSError):
                self._jobs.remove(job)
                self._end()
                raise LinkLost("the connection was lost") from None
            self._change.notify()

    def close(self) -> None:
        """End the shell, and what runs in it as far as that can be ended from here."""
        with self._change:
            self._end()

    def _end(self) -> None:
        self.closed = True
        self._channel.close()
        self._change.notify()

    def _read_on(self) -> None:
        while job := self._head():
            try:
                self._finish(job, self._answer(job))
            except (SSHException, EOFError, OSError, ValueError):
                self._fail(NotRun() if self.closed else self._loss())
        self._fail(NotRun())

    def _head(self) -> Job | None:
        with self._change:
            while not self._jobs and not self.closed:
                self._change.wait()
            return self._jobs[0] if self._jobs and not self.closed else None

    def _finish(self, job: Job, raw: Raw) -> None:
        broken = raw.timed_out or raw.truncated
        with self._change:
            self._jobs.popleft()
            self._began = time.monotonic()
            self.reserved = self.reserved and not job.alone
            if broken:
                self._end()
        if broken and not self.ready:
            self._fail(NoShell())
        self.ready = True
        job.done.set_result(raw)

    def _loss(self) -> Exception:
        alive = self._channel.get_transport().is_active()
        return NoShell() if alive and not self.ready else LinkLost("the connection was lost")

    def _fail(self, error: Exception) -> None:
        """Whoever still waits is told why it will not be answered here."""
        with self._change:
            self._end()
            jobs, self._jobs = list(self._jobs), deque()
        for job in jobs:
            job.done.set_exception(error)

    def _answer(self, job: Job) -> Raw:
        end = self._began + job.timeout
        try:
            status = self._until_mark(job, end)
        except TimeoutError:
            return Raw(bytes(self._out[: job.limit]), bytes(self._err[:STDERR_LIMIT]), timed_out=True,
                       first_byte=time.monotonic() if self._out else None, sent=job.sent)  # fmt: skip
        if status is None:
            return Raw(bytes(self._out[: job.limit]), bytes(self._err[:STDERR_LIMIT]), truncated=True,
                       first_byte=time.monotonic(), sent=job.sent)  # fmt: skip
        out, came = self._take(self._out, job.mark), time.monotonic()
        self._wait_for_errors(job, end)
        err = self._take(self._err, job.mark)
        return Raw(out[: job.limit], err[:STDERR_LIMIT], status, len(out) > job.limit, first_byte=came, sent=job.sent)

    def _until_mark(self, job: Job, end: float) -> int | None:
        """The exit status that follows the mark; None when there is too much output before it."""
        mark, searched = b"\n" + job.mark + b" ", 0
        while True:
            at = self._out.find(mark, searched)
            if at >= 0 and (stop := self._out.find(b"\n", at + len(mark))) >= 0:
                return int(self._out[at + len(mark) : stop])
            if at < 0:
                searched = max(0, len(self._out) - len(mark))
            if len(self._out) > job.limit + len(mark) and at < 0:
                return None
            self._receive(end)

    def _receive(self, end: float) -> None:
        self._channel.settimeout(_left(end))
        data = self._channel.recv(CHUNK)
        if not data:
            raise EOFError
        self._out += data
        while self._channel.recv_stderr_ready():
            self._note_errors(self._channel.recv_stderr(CHUNK))

    def _wait_for_errors(self, job: Job, end: float) -> None:
        while b"\n" + job.mark + b"\n" not in self._err:
            self._channel.settimeout(max(1.0, end - time.monotonic()))
            data = self._channel.recv_stderr(CHUNK)
            if not data:
                raise EOFError
            self._note_errors(data)

    def _note_errors(self, data: bytes) -> None:
        self._err += data
        if len(self._err) > 2 * STDERR_LIMIT:
            del self._err[STDERR_LIMIT:-1000]

    def _take(self, buffer: bytearray, mark: bytes) -> bytes:
        """What came before the mark; it and the mark's line leave the buffer."""
        at = buffer.index(b"\n" + mark)
        taken = bytes(buffer[:at])
        del buffer[: buffer.index(b"\n", at + 1) + 1]
        return taken


def _left(end: float) -> float:
    left = end - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left
