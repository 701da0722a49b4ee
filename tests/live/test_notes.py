"""Marks, filters and images of notes, as two people use them in their browsers."""

from __future__ import annotations

import base64
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from tests.incidents.test_images import png
from tests.live.conftest import Visit, Voice
from tests.live.test_nothing_is_lost import arrived, opened, write

pytestmark = pytest.mark.browser


def test_what_one_marks_stands_above_everybodys_timeline(teller: Voice, visit: Visit) -> None:
    page = opened(teller, visit)
    other = visit("viewer", urlsplit(page.url).path)
    write(page, "the **carrier** works on it")
    arrived(page, "the carrier works on it")
    line = page.locator("#timeline li.note", has_text="carrier")
    line.hover()
    line.locator("[data-pin]").click()
    for somebody in (page, other):
        expect(somebody.locator("#part-pinned strong")).to_have_text("carrier")
    expect(other.locator("[data-unpin]")).to_have_count(0)
    expect(other.locator("[data-pin]:visible")).to_have_count(0)
    page.click("[data-unpin]")
    expect(other.locator("#part-pinned .pinned-line")).to_have_count(0)


def test_a_filter_shows_only_what_is_wanted_until_it_goes(teller: Voice, visit: Visit) -> None:
    page = opened(teller, visit)
    write(page, "rolled back CHG-119")
    arrived(page, "rolled back CHG-119")
    page.click("#timeline-filters summary")
    page.fill("#filter-form [name=words]", "chg-119")
    page.click("#filter-form button:not([type])")
    expect(page.locator("#timeline li[data-seq]")).to_have_count(1)
    write(page, "meanwhile")
    expect(page.locator("#timeline .pending")).to_have_count(0)
    expect(page.locator("#timeline li[data-seq]")).to_have_count(1)
    page.click("#filter-form [type=reset]")
    arrived(page, "meanwhile")
    expect(page.locator("#timeline li.opened")).to_have_count(1)


def test_a_pasted_image_is_seen_in_the_note(teller: Voice, visit: Visit) -> None:
    page = opened(teller, visit)
    page.evaluate(
        """(data) => {
          const bytes = Uint8Array.from(atob(data), (one) => one.charCodeAt(0));
          const pasted = new DataTransfer();
          pasted.items.add(new File([bytes], "screen.png", { type: "image/png" }));
          document.getElementById("note").dispatchEvent(
            new ClipboardEvent("paste", { clipboardData: pasted, bubbles: true, cancelable: true }));
        }""",
        base64.b64encode(png()).decode(),
    )
    expect(page.locator("#note")).to_have_value("![image](image:1)\n")
    page.click("text=Add note")
    shown = page.locator("#timeline img.pasted")
    shown.scroll_into_view_if_needed()
    expect(shown).to_have_js_property("naturalWidth", 40)
