"""Tries a write again while the database is busy, for a bounded time."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import TypeVar

from django.db import InterfaceError, OperationalError, connection

T = TypeVar("T")
# seconds; each try itself waits for SQLite's lock as long as the settings say
PAUSES = (0.1, 0.3, 1.0, 3.0)
log = logging.getLogger(__name__)


def with_retries(write: Callable[[], T], pauses: tuple[float, ...] | None = None) -> T:
    """The result of `write`, tried again while the database is locked or away. Raises the last
    error."""
    for pause in PAUSES if pauses is None else pauses:
        try:
            return write()
        except (OperationalError, InterfaceError) as error:
            log.warning("the database is busy, trying again: %s", error)
            _let_go()
            time.sleep(pause)
    return write()


def _let_go() -> None:
    """Open a fresh connection next time, unless that would break a transaction under way."""
    if not connection.in_atomic_block:
        connection.close()
