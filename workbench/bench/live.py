"""How long from an event's commit until twenty open pages have it?"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from urllib.parse import urlsplit

import websockets

from workbench.bench.figures import Figure
from workbench.bench.memory import BASE, _free_port, served
from workbench.serve.plan import ServePlan

Tell = Callable[[str], None]
VIEWERS = 20
EVENTS = 100
PAUSE = 0.1  # seconds between two events
BAR = 300.0  # ms

# A process with the server's own settings: opens an incident, prints a login and its address, then
# writes events.
WRITER = """
import json, sys, time
import django; django.setup()
from django.conf import settings
from django.contrib.auth.models import User
from django.test import Client
from collectors.model.flow import Flow
from workbench.incidents import actions
user = User.objects.create_superuser("bench")
client = Client(); client.force_login(user)
incident = actions.open_incident(user, Flow.parse("tcp 192.0.2.20:43122 > 203.0.113.10:443"))
cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
print(json.dumps([incident.pk, settings.SESSION_COOKIE_NAME + "=" + cookie]), flush=True)
sys.stdin.readline()
for number in range({events}):
    event = actions.add_note(user, incident, "note %s" % number)
    print(json.dumps([event.seq, time.time()]), flush=True)
    time.sleep({pause})
"""


def measure(tell: Tell) -> Iterator[Figure]:
    """Serve, let twenty pages listen, write events, and see when each page has each event."""
    tell(f"{VIEWERS} pages watch {EVENTS} events; drawing them is not in the figure")
    with tempfile.TemporaryDirectory(prefix="bothways-bench-") as folder:
        plan = ServePlan("up", "127.0.0.1", _free_port(), Path(folder))
        plan.place.prepare()
        with served(plan) as children:
            delays = sorted(asyncio.run(_watched(plan, children[0].env)))
    tell(f"{len(delays)} of {VIEWERS * EVENTS} arrived")
    for name, share in (("p50", 0.5), ("p95", 0.95)):
        bar = BAR if name == "p95" else None
        yield Figure(
            f"event to page, {name}", delays[int(len(delays) * share)] * 1000, "ms", bar=bar
        )
    yield Figure(
        "events that arrived", len(delays) / (VIEWERS * EVENTS), "share", bar=1.0, at_least=True
    )


async def _watched(plan: ServePlan, env: Mapping[str, str]) -> list[float]:
    code = WRITER.format(events=EVENTS, pause=PAUSE)
    whole = {
        **os.environ,
        **env,
        "DJANGO_SETTINGS_MODULE": "workbench.config.settings",
        "PYTHONPATH": str(BASE),
    }
    pipe = subprocess.PIPE
    writer = await asyncio.create_subprocess_exec(
        sys.executable, "-c", code, stdin=pipe, stdout=pipe, env=whole
    )
    assert writer.stdin is not None and writer.stdout is not None
    incident, cookie = json.loads(await writer.stdout.readline())
    pages = [Viewer(plan.url.rstrip("/"), incident, cookie) for _ in range(VIEWERS)]
    await asyncio.gather(*(page.open() for page in pages))
    watching = [asyncio.create_task(page.watch(EVENTS + 1)) for page in pages]
    writer.stdin.write(b"go\n")
    committed = dict([json.loads(line) async for line in writer.stdout])
    await asyncio.wait_for(asyncio.gather(*watching), 60)
    await writer.wait()
    return [
        seen[seq] - at
        for seen in (page.seen for page in pages)
        for seq, at in committed.items()
        if seq in seen
    ]


class Viewer:
    """Does what the page's script does: listens, and asks for what is new."""

    def __init__(self, url: str, incident: int, cookie: str) -> None:
        self._url, self._incident, self._cookie = url, incident, cookie
        self.seen: dict[int, float] = {}
        self._have = 1

    async def open(self) -> None:
        """Listen, and keep one connection for asking."""
        site = urlsplit(self._url)
        address = f"ws://{site.netloc}/ws/incidents/{self._incident}/"
        headers = {"Cookie": self._cookie}
        self._socket = await websockets.connect(
            address, origin=websockets.Origin(self._url), additional_headers=headers
        )
        self._answers, self._asking = await asyncio.open_connection(
            site.hostname, site.port, limit=8_000_000
        )

    async def watch(self, last: int) -> None:
        """Until the last event is there."""
        while self._have < last:
            announced = json.loads(await self._socket.recv())["upto"]
            while self._have < announced:
                await self._fetch()
        await self._socket.close()
        self._asking.close()

    async def _fetch(self) -> None:
        path = f"/incidents/{self._incident}/feed?after={self._have}"
        host = urlsplit(self._url).netloc
        self._asking.write(
            f"GET {path} HTTP/1.1\r\nHost: {host}\r\nCookie: {self._cookie}\r\n\r\n".encode()
        )
        head = (await self._answers.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
        assert head.startswith("http/1.1 200"), head
        size = int(head.split("content-length:")[1].split("\r\n")[0])
        upto = json.loads(await self._answers.readexactly(size))["upto"]
        now = time.time()
        self.seen.update((seq, now) for seq in range(self._have + 1, upto + 1))
        self._have = upto
