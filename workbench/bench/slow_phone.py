"""When does a phone on a slow line show something? Measured in Chromium, slowed down by its own
tools."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from statistics import median
from typing import Any

SLOW = {"offline": False, "latency": 150, "downloadThroughput": 200_000, "uploadThroughput": 94_000}
CPU = 4  # times slower
VISITS = 3  # the figure is the one in the middle
PHONE: Any = {"width": 390, "height": 844}
ARGUMENTS = [
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
]
WORDS = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime"
# the time at which the figure first holds a text, counted by the page itself from its beginning
WATCH = """new MutationObserver((_, watch) => {
  if (!document.querySelector('#figure svg text')) return;
  watch.disconnect();
  requestAnimationFrame(() => { window.pathsAt = performance.now(); });
}).observe(document, { childList: true, subtree: true });"""


@dataclass(frozen=True, slots=True)
class Paints:
    """Milliseconds from the beginning of the request."""

    words: float
    paths: float


def first_paints(url: str, cookie: dict[str, str]) -> Paints | None:
    """First visits, each with an empty cache. None = no browser here."""
    program = next(
        filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
    )
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        return None
    if program is None:
        return None
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        seen = [_visit(browser, url, cookie) for _ in range(VISITS)]
        browser.close()
    return Paints(median(one.words for one in seen), median(one.paths for one in seen))


def _visit(browser: Any, url: str, cookie: dict[str, str]) -> Paints:
    context = browser.new_context(viewport=PHONE)
    context.add_cookies([{**cookie, "url": url}])
    page = context.new_page()
    page.add_init_script(WATCH)
    tools = context.new_cdp_session(page)
    tools.send("Network.enable")
    tools.send("Network.emulateNetworkConditions", SLOW)
    tools.send("Emulation.setCPUThrottlingRate", {"rate": CPU})
    page.goto(url, wait_until="commit")
    page.wait_for_selector("#figure svg text", state="attached", timeout=60_000)
    page.wait_for_timeout(500)
    found = Paints(page.evaluate(WORDS), page.evaluate("window.pathsAt"))
    context.close()  # what it goes on loading would slow the next visit down
    return found
