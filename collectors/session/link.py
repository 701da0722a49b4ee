"""The words between the wire and the device session: what a command gave, and how a login fails."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from paramiko import Transport


class LoginFailed(Exception):
    """The device could not be logged in to; the text is one sentence for the user."""


class LinkLost(Exception):
    """The login was there and is gone."""


def exit_status(text: bytes) -> int | None:
    """The number that the device tells as the end of a command; None where it cannot be one (0 to
    255)."""
    word = bytes(text).strip()
    if not word.isdigit() or len(word) > 3:
        return None
    number = int(word)
    return number if number < 256 else None


@dataclass(frozen=True, slots=True)
class Raw:
    """What one command gave, as bytes. `timed_out` and `truncated` say why it may not be all."""

    stdout: bytes
    stderr: bytes = b""
    exit_status: int | None = None
    truncated: bool = False
    timed_out: bool = False
    first_byte: float | None = None  # monotonic time at which the device began to answer
    sent: float = 0.0  # monotonic time at which the command went out


class StopSignal:
    """Has the responder cancelled? Ends what is running when it is fired."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._endings: dict[int, Callable[[], object]] = {}
        self.event = threading.Event()

    def watch(self, key: object, ending: Callable[[], object]) -> None:
        """Call `ending` when the stop is fired (at once, if it already was)."""
        with self._lock:
            self._endings[id(key)] = ending
        if self.event.is_set():
            ending()

    def forget(self, key: object) -> None:
        """This one has ended by itself."""
        with self._lock:
            self._endings.pop(id(key), None)

    def fire(self) -> None:
        """End everything that is being watched."""
        self.event.set()
        with self._lock:
            endings = list(self._endings.values())
        for ending in endings:
            ending()


class Link(Protocol):
    """One login to one device."""

    @property
    def alive(self) -> bool: ...

    @property
    def transport(self) -> Transport: ...

    def run(
        self,
        command: bytes,
        timeout: float,
        limit: int,
        stop: StopSignal,
        alone: bool = False,
        root: bool = False,
    ) -> Raw:
        """Send one command and read its answer; `alone` = it takes long, `root` = in root's shell.
        Raises LinkLost."""

    def prepare(self, count: int) -> None:
        """Be ready for so many long commands at once."""

    def close(self) -> None:
        """End the login."""


class HeldLink:
    """What every link is: a login that Netmiko holds."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        transport = connection.remote_conn_pre.get_transport()
        assert isinstance(transport, Transport)
        self.transport = transport

    @property
    def alive(self) -> bool:
        return self.transport.is_active()

    def close(self) -> None:
        self.transport.close()
        self._connection.remote_conn_pre = None
