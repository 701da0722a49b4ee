"""When does a phone on a slow line show something? Measured in Chromium, slowed down by its own
tools."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import Any

SLOW = {"offline": False, "latency": 150, "downloadThroughput": 200_000, "uploadThroughput": 94_000}
CPU = 4  # times slower
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
    """A first visit with an empty cache. None = no browser here."""
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
        context = browser.new_context(viewport=PHONE)
        context.add_cookies([{**cookie, "url": url}])  # type: ignore[typeddict-item]
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
        browser.close()
        return found
