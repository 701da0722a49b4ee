"""The socket of an incident's page: says how far the events reach, nothing more."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from typing import Any

from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer
from django.contrib.auth import aget_user
from django.http import HttpRequest
from redis.exceptions import RedisError

from workbench.incidents import live, queries
from workbench.incidents.models import Incident

SLOW = 10.0  # seconds that one message may take to leave; then the browser is let go and comes back by itself
RECHECK = 60.0  # seconds after which a page must show again that it may listen
FORBIDDEN, TRY_LATER = 4403, 1013
log = logging.getLogger(__name__)


class IncidentConsumer(AsyncWebsocketConsumer):
    """Listens for one browser. It subscribes first and tells the newest number then, so nothing falls between."""

    group: str | None = None
    told = -1
    checked = 0.0

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve one page. Without Redis it is sent away, to poll and to try again."""
        try:
            await super().__call__(scope, receive, send)
        except RedisError as error:
            log.warning("a page cannot listen: %r", error)
            await send({"type": "websocket.close", "code": TRY_LATER})

    async def connect(self) -> None:
        """Let in who may see the incident."""
        if await self._last_seq() is None:
            await self.close(FORBIDDEN)
            return
        self.checked = time.monotonic()
        await self.accept()
        await self._subscribe()

    async def _subscribe(self) -> None:
        group = live.group_of(self.incident_id)
        try:
            await asyncio.wait_for(self.channel_layer.group_add(group, self.channel_name), live.GIVE_UP)
        except Exception as error:  # no Redis: the page polls and tries again
            log.warning("a page of incident %s cannot listen: %r", self.incident_id, error)
            await self.close(TRY_LATER)
            return
        self.group = group
        await self._tell(await self._last_seq() or 0)

    async def disconnect(self, code: int) -> None:
        """Stop listening."""
        if self.group:
            try:
                await asyncio.wait_for(self.channel_layer.group_discard(self.group, self.channel_name), live.GIVE_UP)
            except Exception as error:
                log.info("a page could not be unsubscribed: %r", error)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """Pages have nothing to say here; an empty message is a sign of life."""

    async def changed(self, message: dict[str, Any]) -> None:
        """The incident has events up to a number."""
        if time.monotonic() - self.checked > RECHECK:
            self.checked = time.monotonic()
            if await self._last_seq() is None:
                await self.close(FORBIDDEN)
                return
        await self._tell(message["upto"])

    async def _tell(self, upto: int) -> None:
        if upto <= self.told:
            return
        self.told = upto
        try:
            await asyncio.wait_for(self.send(json.dumps({"upto": upto})), SLOW)
        except TimeoutError:
            await self.close(TRY_LATER)
        except OSError:  # the browser has gone; its farewell is on the way
            return

    @property
    def incident_id(self) -> int:
        """Which incident the address names."""
        return int(self.scope["url_route"]["kwargs"]["incident_id"])

    async def _last_seq(self) -> int | None:
        """How far the events reach; None = whoever is logged in now may not know."""
        request = HttpRequest()
        request.session = self.scope["session"]
        user = await aget_user(request)
        found: int | None = await database_sync_to_async(self._visible)(user)
        return found

    def _visible(self, user: Any) -> int | None:
        if not user.is_authenticated:
            return None
        try:
            return queries.incident(user, self.incident_id).last_seq
        except Incident.DoesNotExist:
            return None
