"""The socket of an incident's page: says how far the events reach, and to pages that ask, who else
is there."""

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

from workbench.incidents import queries, roles
from workbench.incidents.live import notify
from workbench.incidents.live.presence import Company
from workbench.incidents.models import Incident

# seconds that one message may take to leave; then the browser is let go and comes back by itself
SLOW = 10.0
OFTEN = 0.3  # seconds between two words of one page about what it edits
BEAT = 10.0  # seconds between two signs of life for one page
RECHECK = 60.0  # seconds after which a page must show again that it may listen
FORBIDDEN, TRY_LATER = 4403, 1013
log = logging.getLogger(__name__)


class IncidentConsumer(AsyncWebsocketConsumer):
    """Listens for one browser. It subscribes first and tells the newest number then, so nothing
    falls between."""

    group: str | None = None
    company: Company | None = None
    beating: asyncio.Task[None] | None = None
    announced = -1
    checked = 0.0
    told_editing = 0.0
    told_doing = 0.0

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
        group = notify.group_of(self.incident_id)
        try:
            await asyncio.wait_for(
                self.channel_layer.group_add(group, self.channel_name), notify.GIVE_UP
            )
        except Exception as error:  # no Redis: the page polls and tries again
            log.warning("a page of incident %s cannot listen: %r", self.incident_id, error)
            await self.close(TRY_LATER)
            return
        self.group = group
        self.beating = asyncio.create_task(self._beat())
        await self._tell(await self._last_seq() or 0)

    async def disconnect(self, code: int) -> None:
        """Stop listening."""
        if self.beating is not None:
            self.beating.cancel()
        if self.company is not None:
            await self.company.leave()
        if self.group:
            try:
                await asyncio.wait_for(
                    self.channel_layer.group_discard(self.group, self.channel_name), notify.GIVE_UP
                )
            except Exception as error:
                log.info("a page could not be unsubscribed: %r", error)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """A page that says `here` is shown to the others and hears who they are; an empty message
        is a sign of life."""
        if text_data == "here" and self.company is None and self.group is not None:
            who = (await self._person()).get_username()
            self.company = Company(
                self.channel_layer, self.group, self.channel_name, who, self._tell_people
            )
            self.company.join()
        elif text_data and text_data.startswith("editing "):
            section = text_data.removeprefix("editing ").strip()[:20]
            await self._does("-" if section == "-" else "postmortem")
            await self._edits(section)
        elif text_data and text_data.startswith("doing "):
            await self._does(text_data.removeprefix("doing ")[:200])

    async def _does(self, said: str) -> None:
        """Tell the other pages what the person of this one does. A page says so at most once in a
        while; what comes oftener is left."""
        now = time.monotonic()
        if self.company is not None and now - self.told_doing >= OFTEN:
            self.told_doing = now
            await self.company.does(said)

    async def _edits(self, section: str) -> None:
        """Tell the other pages which section of the postmortem is being written here; `-` is
        none."""
        now = time.monotonic()
        if self.group is None or now - self.told_editing < OFTEN:
            return
        self.told_editing = now
        person = await self._person()
        if not await database_sync_to_async(self._may_write)(person):
            return
        who = {"page": self.channel_name, "who": person.get_username(), "section": section}
        try:
            await asyncio.wait_for(
                self.channel_layer.group_send(self.group, {"type": "editing", **who}),
                notify.GIVE_UP,
            )
        except Exception as error:  # a courtesy, as presence is: both texts are kept anyway
            log.info("pages of incident %s did not hear who writes: %r", self.incident_id, error)

    async def editing(self, message: dict[str, Any]) -> None:
        """Another page says which section it writes."""
        if message["page"] != self.channel_name and await self._still_allowed():
            told = {name: message[name] for name in ("page", "who", "section")}
            await self._send({"editing": told})

    async def here(self, message: dict[str, Any]) -> None:
        """Another page of the incident is open."""
        if self.company is not None and await self._still_allowed():
            await self.company.met(message)

    async def left(self, message: dict[str, Any]) -> None:
        """Another page of the incident was closed."""
        if self.company is not None:
            await self.company.parted(message)

    async def changed(self, message: dict[str, Any]) -> None:
        """The incident has events up to a number."""
        if await self._still_allowed():
            await self._tell(message["upto"])

    async def _beat(self) -> None:
        """Show the page now and then that the server lives, and ask whether it may still listen."""
        while True:
            await asyncio.sleep(BEAT)
            if not await self._still_allowed():
                return
            await self._send({"beat": True})

    async def _still_allowed(self) -> bool:
        """May this browser still listen? Asked again now and then; otherwise it is let go."""
        if time.monotonic() - self.checked > RECHECK:
            self.checked = time.monotonic()
            if await self._last_seq() is None:
                await self.close(FORBIDDEN)
                return False
        return True

    async def _tell(self, upto: int) -> None:
        if upto <= self.announced:
            return
        self.announced = upto
        await self._send({"upto": upto})

    async def _tell_people(self, names: list[str], doing: dict[str, str]) -> None:
        await self._send({"here": names, "doing": doing})

    async def _send(self, message: dict[str, Any]) -> None:
        try:
            await asyncio.wait_for(self.send(json.dumps(message)), SLOW)
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
        found: int | None = await database_sync_to_async(self._visible)(await self._person())
        return found

    async def _person(self) -> Any:
        """Whoever is logged in now."""
        request = HttpRequest()
        request.session = self.scope["session"]
        return await aget_user(request)

    def _may_write(self, user: Any) -> bool:
        incident = Incident.objects.filter(pk=self.incident_id).first()
        return incident is not None and roles.may_respond(user, incident)

    def _visible(self, user: Any) -> int | None:
        if not user.is_authenticated:
            return None
        try:
            return queries.incident(user, self.incident_id).last_seq
        except Incident.DoesNotExist:
            return None
