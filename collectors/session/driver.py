"""The driver that reaches devices over SSH: all queries at once, each answered by exactly one
evidence."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing

from collectors.answering import CannotAsk, platform_of
from collectors.model.driver import Driver, Recorder
from collectors.model.evidence import Evidence, Query
from collectors.model.inventory import Device, Inventory
from collectors.session.batch import Batch
from collectors.session.device_session import DeviceSession
from collectors.session.jump import jump_of
from collectors.session.link import Link, LinkLost, LoginFailed
from collectors.session.wire import open_link

LOGINS_AT_ONCE = 24


class SshDriver(Driver):
    """Asks devices over SSH. The recorder is only ever called in the thread that iterates over
    `ask`."""

    def __init__(
        self,
        inventory: Inventory,
        recorder: Recorder | None = None,
        *,
        accept_new_host_keys: bool = False,
    ) -> None:
        self.inventory = inventory
        self._recorder = recorder
        self._accept_new = accept_new_host_keys
        self._cancelled: Callable[[], bool] = lambda: False
        self._device_sessions: dict[str, DeviceSession] = {}
        self._lock = threading.Lock()
        self._logins = threading.Semaphore(LOGINS_AT_ONCE)

    def ask(self, queries: Sequence[Query]) -> Iterator[Evidence]:
        """Ask all of them at once and yield each answer as it comes; leaving the loop ends what is
        still running."""
        with closing(self.stream(queries)) as answers:
            yield from (evidence for evidence in answers if evidence is not None)

    def stream(self, queries: Sequence[Query]) -> Generator[Evidence | None, None, None]:
        """The same, with a None now and then while nothing is answered."""
        return Batch(
            self._device_session_named,
            self._recorder,
            tuple(dict.fromkeys(queries)),
            self._cancelled,
        ).answers()

    def watch(self, cancelled: Callable[[], bool]) -> None:
        """From now on `ask` ends early when this turns true, also while nothing is answered."""
        self._cancelled = cancelled

    def prepare(self, devices: Sequence[str], long_commands: int) -> None:
        """Be ready to start so many long commands at once on devices that are logged in to; returns
        at once."""
        for name in devices:
            device_session = self._device_sessions.get(name)
            if device_session is not None:
                device_session.prepare(long_commands)

    def interrupt(self) -> None:
        """From another thread: everything that is being asked ends soon, without an answer."""
        with self._lock:
            device_sessions = list(self._device_sessions.values())
        for device_session in device_sessions:
            device_session.interrupt()

    def close(self) -> None:
        """End all logins."""
        with self._lock:
            device_sessions, self._device_sessions = list(self._device_sessions.values()), {}
        for device_session in device_sessions:
            device_session.close()

    def _device_session_named(self, name: str) -> DeviceSession | None:
        device = self.inventory.named(name)
        return self._device_session(device) if device else None

    def _device_session(self, device: Device) -> DeviceSession:
        with self._lock:
            if device.name not in self._device_sessions:
                self._device_sessions[device.name] = DeviceSession(device, self._open)
            return self._device_sessions[device.name]

    def _open(self, device: Device) -> Link:
        if device.login is None:
            raise LoginFailed("the inventory says no way to log in to it")
        try:
            platform = platform_of(device)
        except CannotAsk as why:
            raise LoginFailed(str(why)) from None
        via = self._via(device)
        with self._logins:
            return open_link(device, device.login, platform, self._accept_new, via)

    def _via(self, device: Device) -> Link | None:
        """The login on the jump host; a jump host that is itself asked shares its login."""
        jump = jump_of(device, self.inventory)
        if jump is None:
            return None
        try:
            return self._device_session(jump).link()
        except (LoginFailed, LinkLost) as error:
            raise LoginFailed(f"the jump host {jump.name} could not be used: {error}") from None
