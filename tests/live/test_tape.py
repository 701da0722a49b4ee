"""The tape in a browser: it follows, pauses, narrows to a device, and leads to the evidence."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.live.conftest import Visit, Voice

pytestmark = pytest.mark.browser


def test_answers_come_as_lines_while_a_run_goes_on(teller: Voice, visit: Visit) -> None:
    number = teller("open")
    teller("begin")
    teller("tell 3")
    page = visit("viewer", f"/incidents/{number}")
    page.click("#tape > summary")
    lines = page.locator("#tape .tape li")
    expect(lines).to_have_count(2)
    expect(page.locator("#tape .awaited li")).to_have_count(10)
    expect(page.locator("#tape [data-follow]")).to_have_text("Following")
    teller("tell 4")
    expect(lines).to_have_count(6)
    page.locator("#tape .tape-lines").evaluate("view => { view.style.maxHeight = '120px'; }")
    teller("tell 1")
    expect(lines).to_have_count(7)
    expect(page.locator("#tape [data-follow]")).to_have_attribute("aria-pressed", "true")
    page.locator("#tape .tape-lines").evaluate("view => { view.style.maxHeight = ''; }")
    page.click("#tape [data-follow]")
    teller("tell 3")
    expect(page.locator("#tape [data-held]")).to_have_text("3 came meanwhile")
    expect(lines).to_have_count(7)
    page.click("#tape [data-follow]")
    expect(lines).to_have_count(10)
    page.select_option("#tape-device", "r1")
    expect(page.locator("#tape .tape li:visible b")).to_have_text(["r1"] * 5)
    page.locator("#tape .tape li:visible button").nth(1).click()
    expect(page.locator("#drawer")).to_contain_text("tcpdump")
    page.keyboard.press("Escape")
    teller("tell 1000")
    teller("finish")
    expect(page.locator("#tape .awaited li")).to_have_count(0)
    expect(lines).to_have_count(30)
    page.set_viewport_size({"width": 390, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
