"""Who has the page of an incident open, and what do they do? Pages notify each other through the
layer, and drop those that are silent."""

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
LONGEST = 60  # characters of a device's name beside a person's
# what a page may say that its person does
WORDS = {
    "device": "is on {}",
    "note": "is writing a note",
    "postmortem": "is writing the postmortem",
}
log = logging.getLogger(__name__)


def doing_words(said: str) -> str:
    """`device fw-b` in words; empty for what is none of it, as `-` is."""
    what, _, rest = said.partition(" ")
    name = "".join(one for one in rest.strip() if one.isprintable())[:LONGEST]
    return WORDS.get(what, "").format(name) if name or what != "device" else ""


@dataclass
class Present:
    """The pages that said that they are there, and when each said so last."""

    pages: dict[str, tuple[str, float]] = field(default_factory=dict)
    done: dict[str, str] = field(default_factory=dict)  # page -> what its person does, in words

    def met(self, page: str, who: str, now: float, doing: str = "") -> None:
        """That page is open, and its person does that."""
        self.pages[page] = (who, now)
        self.done[page] = doing

    def left(self, page: str) -> None:
        """That page was closed."""
        self.pages.pop(page, None)
        self.done.pop(page, None)

    def names(self, now: float) -> list[str]:
        """Everybody who is there, each once."""
        self.pages = {page: seen for page, seen in self.pages.items() if now - seen[1] < FORGOTTEN}
        return sorted({who for who, _ in self.pages.values()})

    def doing(self) -> dict[str, str]:
        """What those who are there do; of a person with several pages, what was said last."""
        said = sorted(self.pages.items(), key=lambda page: page[1][1])
        return {who: self.done[page] for page, (who, _) in said if self.done.get(page)}


class Company:
    """One page among those of its incident: says that it is there, and hears who else is."""

    def __init__(
        self,
        layer: Any,
        group: str,
        page: str,
        who: str,
        tell: Callable[[list[str], dict[str, str]], Awaitable[None]],
    ) -> None:
        self._layer, self._group, self._page, self._who, self._tell = layer, group, page, who, tell
        self._doing = ""
        self._present, self._announced = Present(), ([""], dict[str, str]())
        self._beating: asyncio.Task[None] | None = None

    def join(self) -> None:
        """Be there until `leave`."""
        self._beating = asyncio.create_task(self._beat())

    async def does(self, said: str) -> None:
        """The person of this page does something else now."""
        words = doing_words(said)
        if words != self._doing:
            self._doing = words
            await self._say(self._layer.group_send(self._group, self._here()))

    async def leave(self) -> None:
        """Say goodbye."""
        if self._beating is not None:
            self._beating.cancel()
        await self._say(self._layer.group_send(self._group, {"type": "left", "page": self._page}))

    async def met(self, message: dict[str, Any]) -> None:
        """Another page, or this one, is there; whoever has just come is answered."""
        self._present.met(
            message["page"], message["who"], time.monotonic(), message.get("doing", "")
        )
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
        return {"type": "here", "page": self._page, "who": self._who, "doing": self._doing}

    async def _tell_changes(self) -> None:
        names = self._present.names(time.monotonic())
        now = (names, self._present.doing())
        if now != self._announced:
            self._announced = now
            await self._tell(*now)

    async def _say(self, saying: Awaitable[None]) -> None:
        try:
            await asyncio.wait_for(saying, notify.GIVE_UP)
        except (
            Exception
        ) as error:  # presence is a courtesy: nothing waits for it, nothing fails without it
            log.info("a page of %s was not heard: %r", self._group, error)
