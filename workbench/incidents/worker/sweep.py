"""Looks after what was left lying: runs whose worker is gone, runs that no worker was reported,
spooled writes."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from django.db import DatabaseError, connection

from workbench.incidents import actions
from workbench.incidents.storage import spool
from workbench.incidents.worker import progress

EVERY = 10.0  # seconds
log = logging.getLogger(__name__)
# of other parts that look after something of their own; each is called at every sweep
chores: list[Callable[[], None]] = []


def sweep() -> None:
    """Do it once. Several processes may do it at the same time."""
    lost = progress.interrupt_lost_runs()
    if lost:
        log.warning("%s run(s) had lost their worker and are interrupted now", lost)
    spool.merge_all()
    for run_id in progress.waiting_runs(older_than=EVERY):
        actions.enqueue(run_id)  # a run that a worker takes twice is begun once
    for chore in chores:
        chore()


class Sweeper:
    """Does it again and again in a thread of its own."""

    def __init__(self, every: float = EVERY) -> None:
        self._every = every
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._sweep_on, name="sweeper", daemon=True)

    def start(self) -> None:
        """Begin; the first sweep is at once."""
        self._thread.start()

    def stop(self) -> None:
        """End."""
        self._stop.set()

    def _sweep_on(self) -> None:
        while True:
            try:
                sweep()
            except DatabaseError as error:
                log.warning("nothing was swept: %s", error)
            except Exception:
                log.exception("nothing was swept")
            finally:
                connection.close()
            if self._stop.wait(self._every):
                return
