"""A browser's end of a socket, without a browser."""

from __future__ import annotations

import json
from typing import Any

from asgiref.testing import ApplicationCommunicator

from workbench.config.asgi import application

PATIENCE = 10.0  # seconds


class Page:
    """Connects to an incident's socket and hears what it says."""

    def __init__(self, incident_id: int, *headers: tuple[bytes, bytes]) -> None:
        path = f"/ws/incidents/{incident_id}/"
        scope = {
            "type": "websocket",
            "path": path,
            "query_string": b"",
            "headers": list(headers),
            "subprotocols": [],
        }
        self._wire = ApplicationCommunicator(application, scope)

    async def connect(self) -> bool:
        """Is it let in?"""
        await self._wire.send_input({"type": "websocket.connect"})
        return bool((await self.hears())["type"] == "websocket.accept")

    async def hears(self) -> dict[str, Any]:
        """The next thing that the server does."""
        said: dict[str, Any] = await self._wire.receive_output(PATIENCE)
        return said

    async def upto(self) -> int:
        """The next number that the server tells."""
        said = await self.hears()
        assert said["type"] == "websocket.send", said
        return int(json.loads(said["text"])["upto"])

    async def says(self, text: str) -> None:
        """Tell the server something."""
        await self._wire.send_input({"type": "websocket.receive", "text": text})

    async def people(self, *names: str) -> None:
        """Listen until the server tells that exactly these are here."""
        while json.loads((await self.hears())["text"]).get("here") != sorted(names):
            pass

    async def hears_nothing(self) -> bool:
        """Is it quiet for a moment?"""
        return bool(await self._wire.receive_nothing(0.1))

    async def leave(self) -> None:
        """Close the page."""
        await self._wire.send_input({"type": "websocket.disconnect", "code": 1000})
        await self._wire.wait(PATIENCE)
