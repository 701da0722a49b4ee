"""Who has the page of an incident open? Pages notify each other through the layer, and drop those
that are silent."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from workbench.incidents.live import notify

BEAT = 30.0  # seconds between two signs of life of one page
FORGOTTEN = 2.5 * BEAT  # seconds of silence after which a page counts as closed
log = logging.getLogger(__name__)


@dataclass
class Present:
    """The pages that said that they are there, and when each said so last."""

    pages: dict[str, tuple[str, float]] = field(default_factory=dict)

    def met(self, page: str, who: str, now: float) -> None:
        """That page is open."""
        self.pages[page] = (who, now)

    def left(self, page: str) -> None:
        """That page was closed."""
        self.pages.pop(page, None)

    def names(self, now: float) -> list[str]:
        """Everybody who is there, each once."""
        self.pages = {page: seen for page, seen in self.pages.items() if now - seen[1] < FORGOTTEN}
        return sorted({who for who, _ in self.pages.values()})


class Company:
    """One page among those of its incident: says that it is there, and hears who else is."""

    def __init__(
        self,
        layer: Any,
        group: str,
        page: str,
        who: str,
        tell: Callable[[list[str]], Awaitable[None]],
    ) -> None:
        self._layer, self._group, self._page, self._who, self._tell = layer, group, page, who, tell
        self._present, self._announced = Present(), [""]
        self._beating: asyncio.Task[None] | None = None

    def join(self) -> None:
        """Be there until `leave`."""
        self._beating = asyncio.create_task(self._beat())

    async def leave(self) -> None:
        """Say goodbye."""
        if self._beating is not None:
            self._beating.cancel()
        await self._say(self._layer.group_send(self._group, {"type": "left", "page": self._page}))

    async def met(self, message: dict[str, Any]) -> None:
        """Another page, or this one, is there; whoever has just come is answered."""
        self._present.met(message["page"], message["who"], time.monotonic())
        if message.get("new") and message["page"] != self._page:
            await self._say(self._layer.send(message["page"], self._here()))
        await self._tell_changes()

    async def parted(self, message: dict[str, Any]) -> None:
        """Another page was closed."""
        self._present.left(message["page"])
        await self._tell_changes()

    async def _beat(self) -> None:
        new = True
        while True:
            await self._say(self._layer.group_send(self._group, self._here() | {"new": new}))
            await asyncio.sleep(BEAT)
            new = False
            await self._tell_changes()

    def _here(self) -> dict[str, Any]:
        return {"type": "here", "page": self._page, "who": self._who}

    async def _tell_changes(self) -> None:
        names = self._present.names(time.monotonic())
        if names != self._announced:
            self._announced = names
            await self._tell(names)

    async def _say(self, saying: Awaitable[None]) -> None:
        try:
            await asyncio.wait_for(saying, notify.GIVE_UP)
        except (
            Exception
        ) as error:  # presence is a courtesy: nothing waits for it, nothing fails without it
            log.info("a page of %s was not heard: %r", self._group, error)
