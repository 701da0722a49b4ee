"""How is a command typed on a login that is one terminal with a prompt?"""

from __future__ import annotations

import re
import threading
import time
from typing import Any

from paramiko import SSHException

from collectors.session.link import HeldLink, LinkLost, Raw, StopSignal


class NoPolling:
    """Netmiko's own driver for a network system, waiting for data in place of sleeping and
    polling."""

    remote_conn: Any
    base_prompt: str
    RETURN: str
    _read_buffer: str
    _arrived: threading.Event | None = None

    def _try_session_preparation(self, force_data: bool = True) -> None:
        super()._try_session_preparation(force_data=False)  # type: ignore[misc]

    def _more(self, seconds: float) -> str | None:
        """What has arrived; None after so many seconds of silence."""
        if self._arrived is None:
            self._arrived = threading.Event()
            self.remote_conn.in_buffer.set_event(self._arrived)
        if not self._read_buffer and not self._arrived.wait(max(0.0, seconds)):
            return None
        new = str(self.read_channel())  # type: ignore[attr-defined]
        if not new and self.remote_conn.eof_received:
            raise EOFError("closed by the device")
        return new

    def read_until_pattern(
        self,
        pattern: str = "",
        read_timeout: float = 10.0,
        re_flags: int = 0,
        max_loops: int | None = None,
    ) -> str:
        wanted, text, end = re.compile(pattern, re_flags), "", time.monotonic() + read_timeout
        while not (found := wanted.search(text)):
            if (new := self._more(end - time.monotonic())) is None:
                raise TimeoutError(f"no {pattern!r}")
            text += new
        self._read_buffer = text[found.end() :] + self._read_buffer
        return text[: found.end()]

    def clear_buffer(self, *_: object, **__: object) -> None:
        while self._more(0.05) is not None:
            pass

    def find_prompt(self, *_: object, **__: object) -> str:
        """The same last line twice: a banner with # cannot fool it."""
        seen = [""]
        while len(seen) < 9:
            self.clear_buffer()
            self.write_channel(self.RETURN)  # type: ignore[attr-defined]
            seen.append(self.read_until_pattern(r"[#>$%]\s*$", 20).strip().splitlines()[-1].strip())
            if seen[-1] == seen[-2]:
                self.clear_buffer()
                return seen[-1]
        raise TimeoutError("no stable prompt")

    def ask(self, command: str, timeout: float, limit: int) -> tuple[str, bool]:
        """One round trip, no sleep: the answer without echo and prompt, and whether it was cut at
        the limit."""
        prompt = re.compile(rf"\n[^\n]{{0,40}}{re.escape(self.base_prompt)}[^\n]{{0,40}}[#>$%]\s*$")
        self.write_channel(self.normalize_cmd(command))  # type: ignore[attr-defined]
        end = time.monotonic() + timeout
        # the echo comes first: drops stale prompts
        self.read_until_pattern(re.escape(command), timeout)
        parts, tail, size = [], "", 0
        while not prompt.search(tail) and size < limit:
            if (new := self._more(end - time.monotonic())) is None:
                raise TimeoutError("no prompt after the command")
            parts.append(new)
            size, tail = size + len(new), (tail + new)[-300:]
        return str(self.strip_prompt("".join(parts))).removeprefix("\n"), size >= limit  # type: ignore[attr-defined]


class TypedLink(HeldLink):
    """Network systems: one shell, one command at a time, no exit status."""

    def __init__(self, connection: Any) -> None:
        super().__init__(connection)
        self._turn = threading.Lock()

    def prepare(self, count: int) -> None:
        """There is one shell only."""

    def run(
        self,
        command: bytes,
        timeout: float,
        limit: int,
        stop: StopSignal,
        alone: bool = False,
        root: bool = False,
    ) -> Raw:
        """Type one command and read up to the next prompt. Raises LinkLost."""
        with self._turn:
            sent = time.monotonic()
            try:
                text, cut = self._connection.ask(command.decode(), timeout, limit)
            except TimeoutError:
                self.close()  # what comes late would be read as the next answer
                return Raw(b"", timed_out=True, sent=sent)
            except (SSHException, EOFError, OSError):
                raise LinkLost("the connection was lost") from None
            if cut:
                self.close()
            return Raw(text.encode(), truncated=cut, first_byte=time.monotonic(), sent=sent)
