"""One device for the whole run: is it logged in to, with which rights, by which clock?"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

from collectors.model.inventory import Device
from collectors.model.login import ClockCommand, Rights
from collectors.session.link import Link, LinkLost, LoginFailed, Raw, StopSignal

QUESTIONS = 10  # on their way at once
LOGIN_TIMEOUT = 25.0
LOGIN_LIMIT = 10_000  # bytes
SILENCE = 4  # commands in a row without an answer before the device counts as lost


@dataclass(frozen=True, slots=True)
class LoginFacts:
    """What the device said first: its clock against ours, and whether we are or can become root."""

    offset: float = 0.0
    uncertainty: float = 0.0
    root: bool = False
    sudo: bool = False
    # seconds more for what needs sudo: it may first look up a host name that no device answers
    patience: float = 0.0
    # such a sudo was asked once for a shell, and what needs root is put in there
    root_shell: bool = False


class DeviceSession:
    """One persistent login to one device, opened when first needed; a failure is remembered for the
    run."""

    def __init__(self, device: Device, open_it: Callable[[Device], Link]) -> None:
        self.device = device
        self._open = open_it
        self._lock = threading.Lock()
        self._link: Link | None = None
        self._failure: str | None = None
        self._lost: str | None = None
        self._reconnects_left, self._silent = 1, 0
        self._login_facts: Future[LoginFacts] | None = None
        self.preparation: tuple[bytes, ...] = ()  # typed again when the login is opened anew
        self.pool = ThreadPoolExecutor(QUESTIONS, thread_name_prefix=device.name)

    def link(self) -> Link:
        """The login, opened now if it is not there. Raises LoginFailed, or LinkLost when it is gone
        for good."""
        with self._lock:
            if self._failure:
                raise LoginFailed(self._failure)
            if self._lost:
                raise LinkLost(self._lost)
            if self._link is None or not self._link.alive:
                self._link = self._opened()
            return self._link

    def _opened(self) -> Link:
        again = self._link is not None
        if again and self._reconnects_left == 0:
            self._lost = "the connection was lost again after it had been opened anew"
            raise LinkLost(self._lost)
        self._reconnects_left -= again
        try:
            return self._prepared(self._open(self.device))
        except LoginFailed as error:
            return self._refused(str(error), again)

    def _prepared(self, link: Link) -> Link:
        """A login that was opened anew must be as it was: without pager, with a wide screen."""
        for command in self.preparation:
            link.run(command, LOGIN_TIMEOUT, LOGIN_LIMIT, StopSignal())
        return link

    def _refused(self, why: str, again: bool) -> Link:
        if again:
            self._lost = f"the connection was lost and could not be opened again: {why}"
            raise LinkLost(self._lost) from None
        self._failure = why
        raise LoginFailed(why) from None

    def login_facts(self, greet: Callable[[], LoginFacts]) -> LoginFacts:
        """Rights and clock, asked once per run by whoever needs them first."""
        with self._lock:
            first = self._login_facts is None
            if self._login_facts is None:
                self._login_facts = Future()
            future = self._login_facts
        if first:
            try:
                future.set_result(greet())
            except Exception:  # whatever happened: nothing is known of rights and clock
                future.set_result(LoginFacts())
        return future.result()

    def run(
        self,
        command: bytes,
        timeout: float,
        limit: int,
        stop: StopSignal,
        alone: bool = False,
        root: bool = False,
    ) -> Raw:
        """Send one command; a lost connection is opened once more. Raises LoginFailed, LinkLost."""
        try:
            return self._noted(self.link().run(command, timeout, limit, stop, alone, root))
        except LinkLost:
            if stop.event.is_set() or self._lost:
                raise
            return self._noted(self.link().run(command, timeout, limit, stop, alone, root))

    def _noted(self, raw: Raw) -> Raw:
        silent = raw.timed_out and raw.first_byte is None
        self._silent = self._silent + 1 if silent else 0
        if self._silent >= SILENCE:
            self._lost = f"it stopped answering: {SILENCE} commands in a row got no answer"
        return raw

    def prepare(self, count: int) -> None:
        """Be ready for so many long commands at once, if the device is logged in to."""
        link = self._link
        if link is None or self._lost:
            return
        if link.alive:
            self.pool.submit(link.prepare, count)

    @property
    def account(self) -> str:
        """Who we are on this device."""
        return self.device.login.user if self.device.login else ""

    def interrupt(self) -> None:
        """Let what is being asked, and what is still to be asked, end without an answer."""
        with self._lock:
            link, self._link = self._link, None
            self._lost = self._lost or "the run has ended"
        if link:
            link.close()

    def close(self) -> None:
        """End the login; nobody waits for threads that wait for the device."""
        self.interrupt()
        self.pool.shutdown(wait=False, cancel_futures=True)


LATEST = 1e11  # epoch seconds, in the year 5138: no clock is so far ahead


def read_rights(rights: Rights, raw: Raw) -> bool:
    """May we do everything?"""
    return rights.all_allowed(raw.stdout)


def read_clock(clock: ClockCommand, raw: Raw) -> tuple[float, float]:
    """Device clock minus ours, and how sure: half of the round trip, and what the clock leaves
    out."""
    reading = clock.read(raw.stdout)
    if reading is None or not 0 <= reading[0] <= LATEST:  # nan and inf are no times either
        return 0.0, 0.0
    theirs, coarse = reading
    came = raw.first_byte or time.monotonic()
    middle = time.time() - (time.monotonic() - (raw.sent + came) / 2)
    return theirs - middle, (came - raw.sent) / 2 + coarse
