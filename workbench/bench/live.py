"""How long from a note's commit until fifty open pages have it, while a run answers; how busy is the
web process; and how long does a page take that was away for ten minutes?"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import websockets

from workbench.bench.figures import Figure
from workbench.bench.memory import BASE, _free_port, served
from workbench.serve.children import Child
from workbench.serve.plan import ServePlan

Tell = Callable[[str], None]
VIEWERS = 50
NOTES = 20
PAUSE = 1.0  # seconds between two notes
ANSWERS = 20  # a second: ten devices, two answers each
AWAY = 600 * 2  # events in ten minutes of a lively incident
LATE_MS, BUSY, CAUGHT_UP_S = 150.0, 60.0, 2.0
TICKS = os.sysconf("SC_CLK_TCK")

# A process with the server's own settings: opens incidents, prints a login and their numbers; then
# answers come in all of them, and notes one after the other. Last it writes what somebody missed.
WRITER = """
import json, sys, threading, time
import django; django.setup()
from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.test import Client
from collectors.model.flow import Flow
from workbench.incidents import actions, timeline
from workbench.incidents.models import Event, Incident
user = User.objects.create_superuser("bench")
client = Client(); client.force_login(user)
flow = Flow.parse("tcp 192.0.2.20:43122 > 203.0.113.10:443")
incidents = [actions.open_incident(user, flow) for _ in range({incidents})]
cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
cookie = settings.SESSION_COOKIE_NAME + "=" + cookie
print(json.dumps([[one.pk for one in incidents], cookie]), flush=True)
sys.stdin.readline()
over = threading.Event()
def answers():
    number = 0
    while not over.wait(1 / {answers}):
        number += 1
        payload = dict(run=1, evidence="e%s" % number, question="routes", status="answered")
        with transaction.atomic():
            timeline.append(incidents[number % len(incidents)].pk, "answered", payload, device="r1")
answering = threading.Thread(target=answers); answering.start()
for number in range({notes}):
    event = actions.add_note(user, incidents[number % len(incidents)], "note %s" % number)
    print(json.dumps([event.incident_id, event.seq, time.time()]), flush=True)
    time.sleep({pause})
over.set(); answering.join()
print(json.dumps([one.last_seq for one in Incident.objects.order_by("pk")]), flush=True)
sys.stdin.readline()
for number in range({away}):
    with transaction.atomic():
        timeline.append(incidents[0].pk, "note" if number % 4 == 0 else "answered",
            dict(text="still nothing", run=1, evidence="x", question="routes", status="answered"), by=user)
print(Incident.objects.get(pk=incidents[0].pk).last_seq, flush=True)
"""


@dataclass(frozen=True, slots=True)
class Watched:
    """What the pages saw."""

    delays: tuple[float, ...]  # seconds from a note's commit to each page that has it
    expected: int  # notes times the pages that look at their incident
    busy: float  # percent of a core that the web process took
    caught_up: float  # seconds


def measure(tell: Tell) -> Iterator[Figure]:
    """Everybody on one incident, then on twenty."""
    for incidents in (1, 20):
        where = "one incident" if incidents == 1 else f"{incidents} incidents"
        tell(f"{VIEWERS} pages on {where}: {NOTES} notes, {ANSWERS} answers a second beside them")
        yield from _figures(_measured(incidents), where)


def _measured(incidents: int) -> Watched:
    with tempfile.TemporaryDirectory(prefix="bothways-bench-") as folder:
        plan = ServePlan("up", "127.0.0.1", _free_port(), Path(folder))
        plan.place.prepare()
        with served(plan) as children:
            return asyncio.run(_watched(plan, children[0].env, children[2], incidents))


def _figures(watched: Watched, where: str) -> Iterator[Figure]:
    delays = sorted(watched.delays)
    for name, share in (("p50", 0.5), ("p95", 0.95)):
        bar = LATE_MS if name == "p95" else None
        late = delays[int(len(delays) * share)] * 1000
        yield Figure(f"note to page, {name}, {where}", late, "ms", bar=bar)
    arrived = len(delays) / watched.expected
    yield Figure(f"notes that arrived, {where}", arrived, "share", bar=1.0, at_least=True)
    yield Figure(f"web process, {where}", watched.busy, "% of a core", bar=BUSY)
    missed = f"{AWAY} events missed"
    yield Figure(f"caught up, {where}", watched.caught_up, "s", bar=CAUGHT_UP_S, note=missed)


async def _watched(plan: ServePlan, env: Mapping[str, str], web: Child, incidents: int) -> Watched:
    writer = await _writer(env, incidents)
    assert writer.stdin is not None and writer.stdout is not None
    numbers, cookie = json.loads(await writer.stdout.readline())
    url = plan.url.rstrip("/")
    pages = [Viewer(url, numbers[n % incidents], cookie) for n in range(VIEWERS)]
    await asyncio.gather(*(page.open() for page in pages))
    watching = [asyncio.create_task(page.watch()) for page in pages]
    began, busy = time.monotonic(), _cpu(web)
    writer.stdin.write(b"go\n")
    committed = [json.loads(await writer.stdout.readline()) for _ in range(NOTES)]
    busy, took = _cpu(web) - busy, time.monotonic() - began
    ends = dict(zip(numbers, json.loads(await writer.stdout.readline()), strict=True))
    for page in pages:
        page.until = ends[page.incident]
    await asyncio.wait_for(asyncio.gather(*watching), 60)
    caught_up = await _caught_up(writer, url, numbers[0], cookie, ends[numbers[0]])
    delays = [
        page.seen[seq] - at
        for incident, seq, at in committed
        for page in pages
        if page.incident == incident and seq in page.seen
    ]
    lookers = {number: sum(page.incident == number for page in pages) for number in numbers}
    expected = sum(lookers[incident] for incident, _, _ in committed)
    return Watched(tuple(delays), expected, 100 * busy / took, caught_up)


async def _writer(env: Mapping[str, str], incidents: int) -> asyncio.subprocess.Process:
    code = WRITER.format(incidents=incidents, answers=ANSWERS, notes=NOTES, pause=PAUSE, away=AWAY)
    settings = {"DJANGO_SETTINGS_MODULE": "workbench.config.settings", "PYTHONPATH": str(BASE)}
    pipe = subprocess.PIPE
    return await asyncio.create_subprocess_exec(
        sys.executable, "-c", code, stdin=pipe, stdout=pipe, env={**os.environ, **env, **settings}
    )


async def _caught_up(
    writer: asyncio.subprocess.Process, url: str, incident: int, cookie: str, have: int
) -> float:
    """A page has all up to a number, is away, and comes back."""
    assert writer.stdin is not None and writer.stdout is not None
    writer.stdin.write(b"go\n")
    last = int(await writer.stdout.readline())
    await writer.wait()
    page = Viewer(url, incident, cookie, have)
    page.until = last
    began = time.monotonic()
    await page.open()
    await asyncio.wait_for(page.watch(), 60)
    return time.monotonic() - began


def _cpu(child: Child) -> float:
    """Seconds of a core that a process took by now."""
    assert child.process is not None
    fields = Path(f"/proc/{child.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


class Viewer:
    """Does what the page's script does: listens, and asks for what is new."""

    def __init__(self, url: str, incident: int, cookie: str, have: int = 1) -> None:
        self._url, self.incident, self._cookie = url, incident, cookie
        self.seen: dict[int, float] = {}
        self.until: int | None = None  # the last number that there will be, once it is known
        self._have = have

    async def open(self) -> None:
        """Listen, and keep one connection for asking."""
        site = urlsplit(self._url)
        address = f"ws://{site.netloc}/ws/incidents/{self.incident}/"
        headers = {"Cookie": self._cookie}
        self._socket = await websockets.connect(
            address, origin=websockets.Origin(self._url), additional_headers=headers
        )
        self._answers, self._asking = await asyncio.open_connection(
            site.hostname, site.port, limit=8_000_000
        )

    async def watch(self) -> None:
        """Until the last event is there; signs of life and of other people are no news."""
        while self.until is None or self._have < self.until:
            try:
                message = json.loads(await asyncio.wait_for(self._socket.recv(), 0.5))
            except TimeoutError:
                message = {"upto": self.until or 0}
            while self._have < message.get("upto", 0):
                await self._fetch()
        await self._socket.close()
        self._asking.close()

    async def _fetch(self) -> None:
        path = f"/incidents/{self.incident}/feed?after={self._have}"
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
