"""Tells open pages that an incident changed: one small message per incident per 100 ms, never in a
writer's way."""

from __future__ import annotations

import asyncio
import logging
import threading
from typing import Any

from channels.layers import get_channel_layer

PERIOD = 0.1  # seconds
GIVE_UP = 3.0  # seconds for one announcement; pages poll as well, so a lost one costs little
log = logging.getLogger(__name__)


def changed(incident_id: int, upto: int) -> None:
    """Announce that the incident's events now reach `upto`. Returns at once and never fails."""
    _publisher.note(incident_id, upto)


def group_of(incident_id: int) -> str:
    """The name of the group that an incident's pages listen to."""
    return f"incident.{incident_id}"


class Publisher:
    """One thread with one event loop and one connection to Redis for the life of the process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._news: dict[int, int] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._wake: asyncio.Event | None = None
        self._thread: threading.Thread | None = None
        self._stopped = False

    def note(self, incident_id: int, upto: int) -> None:
        """Remember the newest number of an incident and wake the thread."""
        with self._lock:
            self._news[incident_id] = max(upto, self._news.get(incident_id, 0))
            if self._loop is None:
                self._start()
            loop, wake = self._loop, self._wake
        if loop is not None and wake is not None:
            loop.call_soon_threadsafe(wake.set)

    def _start(self) -> None:
        ready = threading.Event()
        self._thread = threading.Thread(
            target=self._live, args=(ready,), name="live-publisher", daemon=True
        )
        self._thread.start()
        ready.wait()

    def _live(self, ready: threading.Event) -> None:
        with asyncio.Runner() as runner:
            self._loop = runner.get_loop()
            self._wake = asyncio.Event()
            ready.set()
            runner.run(self._publish_until_stopped(self._wake))

    def stop(self) -> None:
        """End the thread, once what it has to say is said."""
        self._stopped = True
        if self._loop is not None and self._wake is not None:
            self._loop.call_soon_threadsafe(self._wake.set)
        if self._thread is not None:
            self._thread.join(timeout=2 * GIVE_UP)

    async def _publish_until_stopped(self, wake: asyncio.Event) -> None:
        layer = get_channel_layer()
        while not self._stopped:
            await wake.wait()
            wake.clear()
            await self._publish(layer)
            await asyncio.sleep(PERIOD)
        if layer is not None:
            await layer.flush()

    async def _publish(self, layer: Any) -> None:
        with self._lock:
            news, self._news = self._news, {}
        for incident_id, upto in news.items():
            message = {"type": "changed", "upto": upto}
            try:
                await asyncio.wait_for(layer.group_send(group_of(incident_id), message), GIVE_UP)
            except (
                Exception
            ) as error:  # Redis is a hint's carrier, not the record: pages poll without it
                log.warning("pages of incident %s were not notified: %r", incident_id, error)


_publisher = Publisher()
