"""One shell on a device, kept open: commands go in by lines, each answer comes back between marks
of its own.

A channel of its own for each command would start a login shell each time, which on many hosts costs
more than the command. Answers stay what they are: raw bytes, stderr apart, exit status known.
Commands may follow each other without waiting for the answer before, and long ones run beside them
in the background.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections import deque
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field

from paramiko import Channel, SSHException, Transport

from collectors.session.background import PROBE, Lines
from collectors.session.link import LinkLost, Raw, exit_status

CHUNK = 65536
STDERR_LIMIT = 65536
SLOW = 0.4  # seconds after which nothing more is queued behind a command
DEPTH = 4  # commands sent ahead of their answers


class NoShell(Exception):
    """This device does not let us keep a shell: each command needs a channel of its own."""


class NotRun(Exception):
    """The command was queued behind one that never ended; it must be sent again elsewhere."""


@dataclass(eq=False)
class ShellJob:
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
    """Reads in a thread of its own. After a command that never ends, or says too much, it takes no
    other."""

    def __init__(self, transport: Transport, timeout: float, start: bytes = b"sh") -> None:
        self._channel: Channel = transport.open_session(timeout=timeout)
        self._channel.settimeout(timeout)
        self._channel.exec_command(start)
        self._jobs: deque[ShellJob] = deque()
        self._beside = Lines(secrets.token_hex(12).encode())
        self._change = threading.Condition()
        self._began = time.monotonic()
        self._out, self._err = bytearray(), bytearray()
        self.closed = self.reserved = self.spent = self.ready = self.carries = False
        # what login scripts print comes before its answer, and is dropped
        self.put(ShellJob(PROBE, timeout, CHUNK))
        threading.Thread(target=self._read_on, name="shell", daemon=True).start()

    @property
    def load(self) -> int:
        """How many answers are still to come?"""
        return len(self._jobs)

    @property
    def has_room(self) -> bool:
        """May one more short command be sent ahead?"""
        if not self._serves or self.stuck:
            return False
        return len(self._jobs) < DEPTH

    @property
    def _serves(self) -> bool:
        """Does it take commands, and has it none that it carries alone?"""
        return not any((self.closed, self.spent, self.reserved))

    @property
    def stuck(self) -> bool:
        """Does one command take long?"""
        busy = self.ready and bool(self._jobs)
        return busy and time.monotonic() - self._began > SLOW

    def takes_long_ones(self) -> bool:
        """Can a long command begin here now? It must not wait behind a short one that may hang."""
        idle = self.ready and not self._jobs
        return idle and self._serves

    def delays(self, job: ShellJob) -> bool:
        """Does a command that takes long keep this one, which only reads, from being run?"""
        with self._change:
            return self.stuck and job in self._jobs and self._jobs[0] is not job

    def put(self, job: ShellJob) -> None:
        """Send one command. Raises LinkLost, or NoShell when the device ended the shell before it
        said anything."""
        with self._change:
            if self.closed:
                raise self._loss()
            job.sent = time.monotonic()
            try:
                self._channel.sendall(self._queued(job))
            except (SSHException, OSError):
                if job in self._jobs:
                    self._jobs.remove(job)
                self._end()
                raise self._loss() from None
            self._change.notify()

    def _queued(self, job: ShellJob) -> bytes:
        if job.alone and self.carries:
            return self._beside.begin(job.command, job.timeout, job.limit, job.done)
        if not self._jobs:
            self._began = time.monotonic()
        self._jobs.append(job)
        self.reserved = self.reserved or job.alone
        return job.line()

    def close(self) -> None:
        """End the shell, and what runs in it as far as that can be ended from here."""
        with self._change:
            self._end()

    def _end(self) -> None:
        self.closed = True
        with suppress(SSHException, EOFError, OSError):  # the connection may be gone already
            self._channel.close()
        self._change.notify()

    def _read_on(self) -> None:
        while self._wait():
            try:
                self._go_on()
            except (SSHException, EOFError, OSError, ValueError):
                self._fail(NotRun() if self.closed else self._loss())
        self._fail(NotRun())

    def _wait(self) -> bool:
        """Until there is something to read, or nothing ever more."""
        with self._change:
            while not (self._jobs or self._beside or self.closed):
                if self.spent:
                    self._end()
                else:
                    self._change.wait()
            return not self.closed

    def _go_on(self) -> None:
        """One step: the answer of the first command if it is complete, else more of the stream."""
        job = self._jobs[0] if self._jobs else None
        if job is not None and self._answered(job):
            return
        try:
            self._receive(self._deadline(job))
        except TimeoutError:
            self._beside.expire()
            if job is not None and time.monotonic() >= self._began + job.timeout:
                self._finish(job, self._partial(job, timed_out=True))

    def _deadline(self, job: ShellJob | None) -> float:
        ends = [self._beside.late()]
        if job is not None:
            ends.append(self._began + job.timeout)
        return min(end for end in ends if end is not None)

    def _answered(self, job: ShellJob) -> bool:
        mark = b"\n" + job.mark + b" "
        at = self._out.find(mark)
        if at < 0:
            too_much = len(self._out) > job.limit + len(mark)
            if too_much:
                self._finish(job, self._partial(job, truncated=True))
            return too_much
        stop = self._out.find(b"\n", at + len(mark))
        if stop < 0:
            return False
        self._finish(job, self._complete(job, at, stop, len(mark)))
        return True

    def _complete(self, job: ShellJob, at: int, stop: int, mark: int) -> Raw:
        out, status, came = (
            bytes(self._out[:at]),
            exit_status(bytes(self._out[at + mark : stop])),
            time.monotonic(),
        )
        del self._out[: stop + 1]
        err = self._errors_of(job)
        return Raw(
            out[: job.limit],
            err[:STDERR_LIMIT],
            status,
            len(out) > job.limit,
            first_byte=came,
            sent=job.sent,
        )

    def _partial(self, job: ShellJob, timed_out: bool = False, truncated: bool = False) -> Raw:
        first = time.monotonic() if self._out else None
        return Raw(
            bytes(self._out[: job.limit]),
            bytes(self._err[:STDERR_LIMIT]),
            None,
            truncated,
            timed_out,
            first,
            job.sent,
        )

    def _receive(self, end: float) -> None:
        self._channel.settimeout(max(0.001, end - time.monotonic()))
        data = self._channel.recv(CHUNK)
        if not data:
            raise EOFError
        if self.spent:
            # nobody wants what a command says after its time; only lines of the background count
            self._out.clear()
        sifted = len(self._out)
        self._out += data
        if self._beside:
            self._beside.sift(self._out, sifted)
        while self._channel.recv_stderr_ready():
            self._note_errors(self._channel.recv_stderr(CHUNK))

    def _errors_of(self, job: ShellJob) -> bytes:
        """What stderr holds up to the mark, which follows that of stdout at once."""
        mark, end = b"\n" + job.mark + b"\n", time.monotonic() + 5.0
        while mark not in self._err:
            self._channel.settimeout(max(0.001, end - time.monotonic()))
            data = self._channel.recv_stderr(CHUNK)
            if not data:
                raise EOFError
            self._note_errors(data)
        at = self._err.index(mark)
        taken = bytes(self._err[:at])
        del self._err[: at + len(mark)]
        return taken

    def _note_errors(self, data: bytes) -> None:
        self._err += data
        if len(self._err) > 2 * STDERR_LIMIT:
            del self._err[STDERR_LIMIT:-1000]

    def _finish(self, job: ShellJob, raw: Raw) -> None:
        broken = raw.timed_out or (raw.truncated and raw.exit_status is None)
        with self._change:
            self._jobs.popleft()
            self._began = time.monotonic()
            self.reserved = self.reserved and not job.alone
            self.spent = self.spent or broken
            behind = list(self._jobs) if broken else []
            if broken:
                self._jobs.clear()
        if not self.ready:
            self.carries = raw.exit_status == 0
        for other in behind:
            other.done.set_exception(NotRun() if self.ready else NoShell())
        self.ready = True
        job.done.set_result(raw)

    def _loss(self) -> Exception:
        alive = self._channel.get_transport().is_active()
        return NoShell() if alive and not self.ready else LinkLost("the connection was lost")

    def _fail(self, error: Exception) -> None:
        """Those that still wait are told why they get no answer here."""
        with self._change:
            self._end()
            jobs, self._jobs = list(self._jobs), deque()
        for job in jobs:
            job.done.set_exception(error)
        self._beside.fail(error)
