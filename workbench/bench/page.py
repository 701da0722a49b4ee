"""How heavy is the page of a long incident, how long does the server take, what does a note cost each
viewer, and when does a slow phone show the words and the paths?"""

from __future__ import annotations

import http.client
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from workbench.bench.figures import Figure
from workbench.bench.memory import BASE, _free_port, served
from workbench.bench.slow_phone import first_paints
from workbench.serve.plan import ServePlan

Tell = Callable[[str], None]
EVENTS, COMMANDS = 5000, 300
NOTES = EVENTS * 3 // 7
ROUNDS = 15
PAGE_KB, PAGE_MS, NOTE_KB = 120.0, 150.0, 3.0
WORDS_MS, PATHS_MS = 1000.0, 3000.0

# A process with the server's own settings: plays a recorded run, fills the incident up, prints its
# number and a login, then writes a note for each line that it reads.
WRITER = """
import json, sys
import django; django.setup()
from datetime import timedelta
from pathlib import Path
from django.conf import settings
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone
from collectors.offline.replay import load_recording
from workbench.incidents import actions
from workbench.incidents.models import CommandRecord, Event, Incident, Run
from workbench.incidents.worker import tasks
user = User.objects.create_superuser("bench")
client = Client(); client.force_login(user)
recording = Path({recording!r})
settings.REPLAY, settings.REPLAY_PACE = str(recording), 0
actions.runs.enqueue = lambda run_id: None
incident = actions.open_incident(user, load_recording(recording).flow, "checkout fails")
tasks.run_investigation(actions.start_run(user, incident).pk)
run = Run.objects.get(incident=incident)
have, now = Incident.objects.get(pk=incident.pk).last_seq, timezone.now()
def event(seq):
    kind = "note" if seq % 7 < 3 else "answered"
    payload = dict(text="looked at it again, no change on the edge %s" % seq)
    if kind == "answered":
        payload = dict(run=1, evidence="x%s" % seq, question="sessions", status="answered")
    return Event(incident=incident, seq=seq, kind=kind, at=now + timedelta(seconds=seq), actor=user,
                 actor_name=("ada", "bob", "cyd")[seq // 5 % 3], payload=payload)
last = have + {events}
Event.objects.bulk_create([event(seq) for seq in range(have + 1, last + 1)], batch_size=500)
Incident.objects.filter(pk=incident.pk).update(last_seq=last)
CommandRecord.objects.bulk_create([CommandRecord(incident=incident, run=run, actor=user,
    actor_name="bench", at=now, device="r1", question="routes", command=b"ip -j route")
    for _ in range({commands})])
cookie = settings.SESSION_COOKIE_NAME + "=" + client.cookies[settings.SESSION_COOKIE_NAME].value
print(json.dumps([incident.pk, cookie, last]), flush=True)
for line in sys.stdin:
    print(actions.add_note(user, incident, "rolled back CHG-119 at 02:20, watching").seq, flush=True)
"""


def measure(tell: Tell) -> Iterator[Figure]:
    """Serve one long incident and fetch what a browser fetches."""
    tell(f"an incident with {NOTES:,} notes, {EVENTS:,} events, {COMMANDS} commands")
    with tempfile.TemporaryDirectory(prefix="bothways-bench-") as folder:
        plan = ServePlan("up", "127.0.0.1", _free_port(), Path(folder))
        plan.place.prepare()
        with served(plan) as children, _writer(children[0].env) as writer:
            visitor = Visitor(plan.url, *json.loads(_line(writer)))
            yield from _weight(visitor)
            yield from _note(visitor, writer)
            tell("a phone: 1.6 Mbit/s, a quarter of the CPU")
            yield from _paints(visitor)
            visitor.close()


class Visitor:
    """Fetches pages of one incident as somebody who is logged in."""

    def __init__(self, url: str, incident: int, cookie: str, last: int) -> None:
        self.url, self.cookie, self.last = url.rstrip("/"), cookie, last
        self.path = f"/incidents/{incident}"
        self._site = http.client.HTTPConnection(urlsplit(url).netloc, timeout=60)

    def close(self) -> None:
        """Give the connection back."""
        self._site.close()

    def get(self, path: str, **headers: str) -> tuple[bytes, float, int]:
        """The body, the seconds until it was there, the bytes on the wire with the headers."""
        began = time.monotonic()
        self._site.request("GET", path, headers={"Cookie": self.cookie, **headers})
        answer = self._site.getresponse()
        body = answer.read()
        assert answer.status == 200, (path, answer.status)
        head = sum(len(name) + len(value) + 4 for name, value in answer.getheaders())
        return body, time.monotonic() - began, head + len(body)


def _weight(visitor: Visitor) -> Iterator[Figure]:
    visitor.get(visitor.path)  # templates are read once
    answers = [visitor.get(visitor.path) for _ in range(ROUNDS)]
    _, _, zipped = visitor.get(visitor.path, **{"Accept-Encoding": "gzip"})
    size = len(answers[0][0]) / 1000
    took = statistics.median(seconds for _, seconds, _ in answers)
    yield Figure("page of a long incident", size, "kB", PAGE_KB, note=f"{zipped / 1000:.0f} sent")
    yield Figure("server time of that page", took * 1000, "ms", PAGE_MS)


def _note(visitor: Visitor, writer: subprocess.Popen[str]) -> Iterator[Figure]:
    """What one viewer fetches for one note: the lines and parts, headers included."""
    assert writer.stdin is not None
    costs = []
    for _ in range(5):
        print("note", file=writer.stdin, flush=True)
        now = int(_line(writer))
        feed = f"{visitor.path}/feed?after={visitor.last}"
        costs.append(visitor.get(feed, **{"Accept-Encoding": "gzip"})[2] / 1000)
        visitor.last = now
    yield Figure("a note, to each viewer", max(costs), "kB", NOTE_KB)


def _paints(visitor: Visitor) -> Iterator[Figure]:
    name, _, value = visitor.cookie.partition("=")
    found = first_paints(visitor.url + visitor.path, {"name": name, "value": value})
    if found is None:
        return
    yield Figure("first words on a slow phone", found.words, "ms", WORDS_MS)
    yield Figure("both paths on a slow phone", found.paths, "ms", PATHS_MS)


@contextmanager
def _writer(env: Mapping[str, str]) -> Iterator[subprocess.Popen[str]]:
    recording = str(BASE / "workbench" / "lab" / "recordings" / "fw-pair-nosync")
    code = WRITER.format(recording=recording, events=EVENTS, commands=COMMANDS)
    more = {"DJANGO_SETTINGS_MODULE": "workbench.config.settings", "PYTHONPATH": str(BASE)}
    pipe = subprocess.PIPE
    child = subprocess.Popen(
        [sys.executable, "-c", code],
        stdin=pipe,
        stdout=pipe,
        text=True,
        env={**os.environ, **env, **more},
    )
    try:
        yield child
    finally:
        child.terminate()
        child.wait(10)


def _line(child: subprocess.Popen[str]) -> str:
    assert child.stdout is not None
    return child.stdout.readline()
