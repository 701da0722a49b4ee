"""Pages hear of changes within a moment, and a Redis that is away fails nobody."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from channels.db import database_sync_to_async as sync_to_async
from channels.layers import channel_layers
from django.test import Client

from tests.incidents.conftest import FLOW, person
from tests.incidents.page import Page
from workbench.incidents import actions
from workbench.incidents.live import notify
from workbench.incidents.live.notify import Publisher
from workbench.incidents.models import Incident
from workbench.serve import redis as private

pytestmark = pytest.mark.django_db(transaction=True)
ORIGIN = (b"origin", b"http://localhost")


class Server:
    """A Redis of the test's own, that can be stopped and started."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self._process = subprocess.Popen(private.command(self.path), stdout=subprocess.DEVNULL)
        private.wait_for(self.path)

    def stop(self) -> None:
        if self._process:
            self._process.kill()
            self._process.wait()


@pytest.fixture
def redis(settings: Any) -> Iterator[Server]:
    """A Redis, and a layer and a publisher that use it."""
    with TemporaryDirectory(prefix="bw-") as folder:
        server = Server(Path(folder) / "r")
        server.start()
        backend = "channels_redis.pubsub.RedisPubSubChannelLayer"
        hosts = [{"address": f"unix://{server.path}", "socket_timeout": None}]
        settings.CHANNEL_LAYERS = {"default": {"BACKEND": backend, "CONFIG": {"hosts": hosts}}}
        channel_layers.backends.clear()
        yield server
        server.stop()
        channel_layers.backends.clear()


@pytest.fixture
def publisher(redis: Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[Publisher]:
    """A publisher that began with this Redis."""
    fresh = Publisher()
    monkeypatch.setattr(notify, "_publisher", fresh)
    yield fresh
    fresh.stop()


def cookie_of(user: Any) -> tuple[bytes, bytes]:
    client = Client()
    client.force_login(user)
    return (
        b"cookie",
        "; ".join(f"{name}={morsel.value}" for name, morsel in client.cookies.items()).encode(),
    )


async def opened(incident: Incident, user: Any, origin: tuple[bytes, bytes] = ORIGIN) -> Page:
    """A page that was let in."""
    page = Page(incident.pk, origin, await sync_to_async(cookie_of)(user))
    assert await page.connect()
    return page


async def heard(page: Page, number: int) -> int:
    """Listen until the server tells that number or more."""
    seen = 0
    while seen < number:
        seen = await page.upto()
    return seen


async def test_two_pages_hear_the_same(
    publisher: Publisher, incident: Incident, responder: Any
) -> None:
    pages = [await opened(incident, responder) for _ in range(2)]
    assert [await heard(page, 1) for page in pages] == [1, 1]
    await sync_to_async(actions.add_note)(responder, incident, "the paths meet again")
    assert [await heard(page, 2) for page in pages] == [2, 2]
    for page in pages:
        await page.leave()


async def test_many_events_make_few_messages(
    publisher: Publisher, incident: Incident, responder: Any
) -> None:
    page = await opened(incident, responder)
    await heard(page, 1)

    def write() -> None:
        for number in range(200):
            notify.changed(incident.pk, number)

    await sync_to_async(write)()
    numbers = [await page.upto()]
    while numbers[-1] < 199:
        numbers.append(await page.upto())
    assert len(numbers) < 20 and numbers == sorted(numbers)
    await page.leave()


async def test_a_page_hears_again_after_redis_came_back(
    publisher: Publisher, redis: Server, incident: Incident, responder: Any
) -> None:
    page = await opened(incident, responder)
    await heard(page, 1)
    redis.stop()
    await sync_to_async(actions.add_note)(responder, incident, "written while Redis is away")
    redis.start()
    number = 2
    for _ in range(100):
        number += 1
        await sync_to_async(notify.changed)(incident.pk, number)
        if not await page.hears_nothing():
            break
    assert await page.upto() > 2
    await page.leave()


async def test_a_write_succeeds_without_redis(
    publisher: Publisher, redis: Server, incident: Incident, responder: Any
) -> None:
    redis.stop()
    event = await sync_to_async(actions.add_note)(responder, incident, "Redis is away")
    assert event.seq == 2


async def test_a_page_that_cannot_listen_is_sent_away_to_poll(
    publisher: Publisher, redis: Server, incident: Incident, responder: Any
) -> None:
    cookie = await sync_to_async(cookie_of)(responder)
    redis.stop()
    assert not await Page(incident.pk, ORIGIN, cookie).connect()


async def test_pages_that_say_so_see_each_other_come_and_go(
    publisher: Publisher, incident: Incident, responder: Any, viewer: Any
) -> None:
    first, second, quiet = [await opened(incident, user) for user in (responder, viewer, viewer)]
    await quiet.upto()
    await first.says("here")
    await first.people(responder.username)
    await second.says("here")
    for page in (first, second):
        await page.people(responder.username, viewer.username)
    assert await quiet.hears_nothing()  # it did not ask
    await second.leave()
    await first.people(responder.username)
    await first.leave()
    await quiet.leave()


async def test_nobody_listens_without_a_login(publisher: Publisher, incident: Incident) -> None:
    assert not await Page(incident.pk, ORIGIN).connect()


async def test_another_site_s_page_may_not_listen(
    publisher: Publisher, incident: Incident, responder: Any
) -> None:
    cookie = await sync_to_async(cookie_of)(responder)
    for origin in ((b"origin", b"https://evil.example"), (b"x-nothing", b"")):
        assert not await Page(incident.pk, origin, cookie).connect()


async def test_who_may_not_see_an_incident_may_not_listen_to_it(
    publisher: Publisher, responder: Any, viewer: Any
) -> None:
    secret = await sync_to_async(actions.open_incident)(responder, FLOW, restricted=True)
    nobody = await sync_to_async(person)("nora", "")
    for user in (viewer, nobody):
        cookie = await sync_to_async(cookie_of)(user)
        assert not await Page(secret.pk, ORIGIN, cookie).connect()
