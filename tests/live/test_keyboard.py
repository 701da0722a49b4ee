"""Single keys and the palette: never while somebody types, and switched off where that is wanted."""

from __future__ import annotations

import pytest
from playwright.sync_api import Dialog, Page, expect

from tests.live.conftest import Visit, Voice
from tests.live.test_accessible import faults

pytestmark = pytest.mark.browser


def page_of(teller: Voice, visit: Visit) -> Page:
    number = teller("open")
    for order in ("begin", "tell 1000", "finish"):
        teller(order)
    page = visit("responder", f"/incidents/{number}")
    expect(page.locator("#live")).to_have_text("live")
    return page


def test_a_key_writes_a_note_and_is_a_letter_in_it(teller: Voice, visit: Visit) -> None:
    page = page_of(teller, visit)
    page.keyboard.press("n")
    expect(page.locator("#note")).to_be_focused()
    page.keyboard.type("n?jr")
    expect(page.locator("#note")).to_have_value("n?jr")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#timeline li[data-seq]:has-text('n?jr')")).to_have_count(1)


def test_run_again_is_asked_first(teller: Voice, visit: Visit) -> None:
    page = page_of(teller, visit)
    asked: list[str] = []

    def answer(dialog: Dialog) -> None:
        asked.append(dialog.message)
        dialog.dismiss() if len(asked) == 1 else dialog.accept()

    page.on("dialog", answer)
    page.keyboard.press("r")
    expect(page.locator("#part-controls")).to_contain_text("Run again")
    page.keyboard.press("r")
    expect(page.locator("#part-controls")).to_contain_text("Stop run 2")
    assert len(asked) == 2
    for order in ("begin", "finish"):
        teller(order)


def test_keys_walk_through_the_timeline_and_the_filter_opens(teller: Voice, visit: Visit) -> None:
    page = page_of(teller, visit)
    lines = page.locator("#timeline li[data-seq]")
    for key, at in (("j", 0), ("j", 1), ("k", 0)):
        page.keyboard.press(key)
        expect(lines.nth(at)).to_be_focused()
    page.keyboard.press("/")
    expect(page.locator("#filter-form [name=words]")).to_be_focused()


def test_they_can_be_switched_off(teller: Voice, visit: Visit) -> None:
    page = page_of(teller, visit)
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_visible()
    assert faults(page) == []
    page.uncheck("#keys-on")
    page.keyboard.press("Escape")
    page.keyboard.press("n")
    expect(page.locator("#note")).not_to_be_focused()
    page.reload()
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_hidden()
    page.click("[data-keys]")
    page.check("#keys-on")
    page.keyboard.press("Escape")
    page.keyboard.press("n")
    expect(page.locator("#note")).to_be_focused()


def test_the_palette_goes_to_devices_parts_and_incidents(teller: Voice, visit: Visit) -> None:
    page = page_of(teller, visit)
    page.focus("#note")
    page.keyboard.press("Control+k")
    expect(page.locator("#palette-input")).to_be_focused()
    expect(page.locator("#palette-list li").first).to_be_visible()
    assert faults(page) == []
    page.keyboard.press("Escape")
    expect(page.locator("#note")).to_be_focused()  # given back
    page.keyboard.press("Control+k")
    page.keyboard.type("fw-b device")
    expect(page.locator("#palette-list li").first).to_contain_text("fw-b")
    page.keyboard.press("Enter")
    expect(page.locator("#drawer-title")).to_have_text("fw-b")
    page.keyboard.press("Escape")
    page.keyboard.press("Control+k")
    page.keyboard.type("which point")
    page.keyboard.press("Enter")
    expect(page.locator("#ladder")).to_have_attribute("open", "")
    page.keyboard.press("Control+k")
    page.keyboard.type("#1")
    page.keyboard.press("Enter")
    page.wait_for_url("**/incidents/1")
