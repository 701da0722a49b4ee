"""The whole product without a network: a real worker plays a recorded lab, the browser shows its
verdict."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from collectors.offline.replay import load_recording
from tests.live.conftest import ROOT, Site, log_in, running
from tests.live.test_story import wait_for_word

pytestmark = pytest.mark.browser
RECORDING = ROOT / "workbench" / "lab" / "recordings" / "fw-pair-nosync"


@pytest.fixture(scope="module")
def playing() -> Iterator[Site]:
    with running(BOTHWAYS_REPLAY=str(RECORDING), BOTHWAYS_REPLAY_PACE="0") as site:
        teller = site.start(sys.executable, "-m", "tests.live.teller", talking=True)
        assert teller.stdin is not None and teller.stdout is not None
        print("people", file=teller.stdin, flush=True)
        assert teller.stdout.readline()
        words = ["-m", "celery", "-q", "-A", "workbench.config", "worker", "--loglevel", "error"]
        site.start(sys.executable, "-W", "ignore", *words, "--without-gossip", "--without-mingle")
        yield site


def test_a_recorded_lab_comes_to_its_verdict(playing: Site, chromium: Browser) -> None:
    page = chromium.new_context().new_page()
    log_in(page, playing, "responder")
    page.goto(playing.url + "/incidents/new")
    page.fill("#line", str(load_recording(RECORDING).flow))
    expect(page.locator("#flow-form")).to_contain_text("Read:")
    page.click("text=Open and start looking")
    expect(page.locator("#part-banner")).to_contain_text("From recordings")
    expect(page.locator("#verdict-title")).to_contain_text(
        "Replies return through another firewall", timeout=60_000
    )
    wait_for_word(page, "DROPPED HERE")
    page.click("#why > summary")
    page.click("#part-why button >> nth=0")
    expect(page.locator("#drawer pre.raw").first).to_be_visible()
    page.context.close()
