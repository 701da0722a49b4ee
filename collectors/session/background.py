"""Long commands beside the short ones in one shell: their output comes in lines of base64 that
cannot be mistaken.

A login shell for each long command would start captures late: on some hosts it takes a second or
more.
"""

from __future__ import annotations

import base64
import binascii
import re
import time
from concurrent.futures import Future
from dataclasses import dataclass, field

from collectors.session.link import Raw, exit_status

# one write for each line, so that none is torn
_CODED = b"base64 -w 2000 | awk '{print \"%b\" $0; fflush()}'"
PROBE = b'test "$(printf x | %b)" = yeA==' % (_CODED % b"y")  # can this device do it?
LONGEST_LINE = 2100


@dataclass(eq=False)
class Background:
    """One long command that runs now; `done` is set when its last line has come."""

    number: int
    timeout: float
    limit: int
    sent: float
    done: Future[Raw]
    out: bytearray = field(default_factory=bytearray)
    err: bytearray = field(default_factory=bytearray)
    status: int | None = None

    @property
    def end(self) -> float:
        """When its time is over."""
        return self.sent + self.timeout

    def finish(self, timed_out: bool = False) -> None:
        """Tell whoever waits."""
        cut = len(self.out) > self.limit
        raw = Raw(bytes(self.out[: self.limit]), bytes(self.err[:65536]), self.status, cut, timed_out,
                  time.monotonic(), self.sent)  # fmt: skip
        if not self.done.done():
            self.done.set_result(raw)

    def take(self, kind: bytes, text: bytes) -> bool:
        """One line of it; True when it was the last."""
        if kind == b"x":
            self.status = exit_status(text)
        elif kind in (b"o", b"e"):
            self._append(self.out if kind == b"o" else self.err, text)
        return kind == b"z"

    def _append(self, buffer: bytearray, text: bytes) -> None:
        if len(buffer) <= self.limit:
            try:
                buffer += base64.b64decode(text, validate=True)
            except binascii.Error:
                buffer += b"?"


class Lines:
    """Puts background commands on the line, and takes what they say out of the stream."""

    def __init__(self, mark: bytes) -> None:
        self._mark = mark
        self._pattern = re.compile(re.escape(mark) + rb"(\d{1,9})([oexz])([^\n]*)\n")
        self._running: dict[int, Background] = {}
        self._number = 0

    def __bool__(self) -> bool:
        return bool(self._running)

    def begin(self, command: bytes, timeout: float, limit: int, done: Future[Raw]) -> bytes:
        """The line that starts this command in the background."""
        self._number += 1
        self._running[self._number] = Background(
            self._number, timeout, limit, time.monotonic(), done
        )
        mark = self._mark + str(self._number).encode()
        out, err = _CODED % (mark + b"o"), _CODED % (mark + b"e")
        run = b"{ ( %b ) </dev/null 3>&- 4>&-; echo %bx$? >&4; } 2>&3" % (command, mark)
        return b"{ { %b | %b >&4; } 3>&1 | %b >&4; echo %bz >&4; } 4>&1 &\n" % (run, out, err, mark)

    def sift(self, stream: bytearray, since: int) -> None:
        """Take complete lines of background commands out of the stream; what came before `since`
        was sifted already."""
        start = max(0, since - LONGEST_LINE - len(self._mark))
        rest = self._pattern.sub(self._taken, bytes(stream[start:]))
        stream[start:] = rest

    def _taken(self, found: re.Match[bytes]) -> bytes:
        running = self._running.get(int(found[1]))
        if running is not None and running.take(found[2], found[3]):
            del self._running[running.number]
            running.finish()
        return b""

    def late(self) -> float | None:
        """When does the time of the first of them end? None = none runs."""
        return min((one.end for one in list(self._running.values())), default=None)

    def expire(self) -> None:
        """Give up those whose time is over."""
        now = time.monotonic()
        for one in [one for one in list(self._running.values()) if one.end <= now]:
            del self._running[one.number]
            one.finish(timed_out=True)

    def fail(self, error: Exception) -> None:
        """The shell is gone, and they with it."""
        running, self._running = list(self._running.values()), {}
        for one in running:
            one.done.set_exception(error)
