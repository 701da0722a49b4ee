"""Says that a run is alive, and hears that it is to stop."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from types import TracebackType

from django.conf import settings
from django.db import DatabaseError, connection

from workbench.incidents.worker import progress

log = logging.getLogger(__name__)
_closing = threading.Event()


def close() -> None:
    """The worker is about to end: its runs stop now and say so, instead of being killed in the
    middle."""
    _closing.set()


class Heartbeat:
    """A thread beside the investigation. A database that is away for a while does not end the
    run."""

    def __init__(self, run_id: int, every: float | None = None) -> None:
        self._run_id = run_id
        self._every = every or min(1.0, settings.HEARTBEAT_SECONDS)
        self._cancelled = threading.Event()
        self._interrupt: Callable[[], None] | None = None
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._beat_on, name=f"heart-{run_id}", daemon=True)

    def cancelled(self) -> bool:
        """Was the run asked to stop, ended from outside, or is the worker about to end?"""
        return self._cancelled.is_set() or _closing.is_set()

    def closing(self) -> bool:
        """Is the worker about to end, though nobody cancelled the run?"""
        return _closing.is_set() and not self._cancelled.is_set()

    def when_cancelled(self, interrupt: Callable[[], None]) -> None:
        """Call this, once, when the run is to stop: it ends what the investigation waits for."""
        self._interrupt = interrupt

    def __enter__(self) -> Heartbeat:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop.set()
        self._thread.join(timeout=30)

    def _beat_on(self) -> None:
        try:
            while not self._stop.wait(self._every):
                self._beat()
                self._stop_waiting()
        finally:
            connection.close()

    def _stop_waiting(self) -> None:
        if self.cancelled() and self._interrupt is not None:
            interrupt, self._interrupt = self._interrupt, None
            interrupt()

    def _beat(self) -> None:
        try:
            if not progress.beat(self._run_id):
                self._cancelled.set()
        except DatabaseError as error:
            log.warning("run %s: no heartbeat: %s", self._run_id, error)
            connection.close()
