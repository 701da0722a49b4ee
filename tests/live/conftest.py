"""A real server with a private Redis, a teller that plays the worker, and a real browser."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.live.teller import PASSWORD
from workbench.serve import redis

ROOT = Path(__file__).resolve().parents[2]
ARGUMENTS = [
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
]


@dataclass
class Site:
    """One running installation."""

    place: Path
    port: int
    environment: dict[str, str]
    children: list[subprocess.Popen[str]] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def redis_socket(self) -> Path:
        return self.place / "r.sock"

    def manage(self, *words: str) -> None:
        subprocess.run(
            [sys.executable, "manage.py", *words], cwd=ROOT, env=self.environment, check=True
        )

    def start(self, *command: str, talking: bool = False) -> subprocess.Popen[str]:
        pipe = subprocess.PIPE if talking else subprocess.DEVNULL
        child = subprocess.Popen(
            command, cwd=ROOT, env=self.environment, stdin=pipe, stdout=pipe, text=True
        )
        self.children.append(child)
        return child

    def start_redis(self) -> None:
        self.start(*redis.command(self.redis_socket))
        redis.wait_for(self.redis_socket)

    def start_web(self) -> None:
        words = [
            "-m",
            "uvicorn",
            "workbench.config.asgi:application",
            "--port",
            str(self.port),
            "--log-level",
            "error",
        ]
        child = self.start(sys.executable, "-W", "ignore", *words)
        _wait_for_port(self.port, child)

    def end(self, word: str) -> None:
        """End the child whose command has that word."""
        child = next(child for child in self.children if word in list(map(str, child.args)))  # type: ignore[arg-type]
        self.children.remove(child)
        _end(child)

    def stop(self) -> None:
        for child in reversed(self.children):
            _end(child)


def _end(child: subprocess.Popen[str]) -> None:
    child.terminate()
    child.wait(10)
    for pipe in (child.stdin, child.stdout):
        if pipe is not None:
            pipe.close()


def _wait_for_port(port: int, child: subprocess.Popen[str]) -> None:
    for _ in range(600):
        assert child.poll() is None, "the web server ended"
        with socket.socket() as driver:
            if driver.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError("the web server did not come up")


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@contextmanager
def running(**more: str) -> Iterator[Site]:
    """An installation in a directory of its own, with Redis and web, without a worker."""
    place = Path(tempfile.mkdtemp(prefix="bw-"))
    given = {
        k: v
        for k, v in os.environ.items()
        if not k.startswith(("BOTHWAYS_", "DATABASE_URL", "REDIS_URL"))
    }
    own = {
        "BOTHWAYS_DATA": str(place),
        "REDIS_URL": f"unix://{place}/r.sock",
        "BOTHWAYS_LOG": "ERROR",
    }
    site = Site(
        place,
        free_port(),
        given | own | more | {"DJANGO_SETTINGS_MODULE": "workbench.config.settings"},
    )
    try:
        site.manage("migrate", "-v0")
        site.start_redis()
        site.start_web()
        yield site
    finally:
        site.stop()
        shutil.rmtree(place, ignore_errors=True)


@pytest.fixture(scope="session")
def site() -> Iterator[Site]:
    with running() as found:
        yield found


@dataclass
class Voice:
    """Gives orders to the teller and waits for each to be done."""

    child: subprocess.Popen[str]

    def __call__(self, order: str) -> str:
        assert self.child.stdin is not None and self.child.stdout is not None
        self.child.stdin.write(order + "\n")
        self.child.stdin.flush()
        answer = self.child.stdout.readline().strip()
        assert answer, f"the teller could not {order}"
        return answer


@pytest.fixture(scope="session")
def teller(site: Site) -> Voice:
    voice = Voice(site.start(sys.executable, "-m", "tests.live.teller", talking=True))
    voice("people")
    return voice


# ms until something is on the page: a bound for what never comes, on a machine with other work too
PATIENCE = 30_000


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    program = next(
        filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome")))
    )
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def logins() -> dict[str, Any]:
    """The cookies of those who logged in already."""
    return {}


Visit = Callable[..., Page]


@pytest.fixture
def visit(chromium: Browser, site: Site, logins: dict[str, Any]) -> Iterator[Visit]:
    """Opens a browser of its own for somebody who is logged in; any complaint of the browser fails
    the test."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def open_page(
        who: str = "responder", path: str = "/", width: int = 1280, theme: str = "dark"
    ) -> Page:
        size: Any = {"width": width, "height": 900}
        scheme: Any = theme
        context = chromium.new_context(
            viewport=size, color_scheme=scheme, storage_state=logins.get(who)
        )
        contexts.append(context)
        page = context.new_page()
        page.on(
            "console",
            lambda m: complaints.append(m.text) if m.type == "error" and _counts(m.text) else None,
        )
        page.on("pageerror", lambda error: complaints.append(str(error)))
        if who not in logins:
            log_in(page, site, who)
            logins[who] = context.storage_state()
        page.goto(site.url + path)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert complaints == []


def log_in(page: Page, site: Site, who: str) -> None:
    """Log in by the form."""
    page.goto(site.url + "/login")
    page.fill("#id_username", who)
    page.fill("#id_password", PASSWORD)
    page.click("main button.primary")
    page.wait_for_url(site.url + "/")


# what a test did on purpose: a server or a network that is away, a request that it broke off, a
# login that it ended, something that was refused
ON_PURPOSE = (
    "WebSocket",
    "ERR_CONNECTION",
    "ERR_INTERNET_DISCONNECTED",
    "net::ERR_FAILED",
    "status of 401",
    "status of 403",
    "status of 409",
)


def _counts(text: str) -> bool:
    """Is it a complaint about the page, and not about what a test did on purpose?"""
    return not any(words in text for words in ON_PURPOSE)
