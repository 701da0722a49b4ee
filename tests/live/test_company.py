"""Who is here is shown with role and what they do, and nobody after they left."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.live.conftest import Visit, Voice

pytestmark = pytest.mark.browser


def test_role_and_work_are_seen_until_the_page_closes(teller: Voice, visit: Visit) -> None:
    number = teller("open")
    for order in ("begin", "tell 1000", "finish"):
        teller(order)
    page = visit("viewer", f"/incidents/{number}")
    other = visit("responder", f"/incidents/{number}")
    here = page.locator("#here")
    expect(here).to_have_text("also here: responder")
    other.click("text=I command")
    expect(here).to_have_text("also here: responder (commander)")
    other.click("#part-boundaries button:has-text('fw-b') >> nth=0")
    expect(here).to_have_text("also here: responder (commander) is on fw-b")
    other.keyboard.press("Escape")
    other.fill("#note", "I am")
    expect(here).to_have_text("also here: responder (commander) is writing a note")
    other.goto(other.url + "/postmortem")
    expect(here).to_have_text("also here: responder (commander)")
    other.locator("[data-edit]").first.click()
    expect(here).to_have_text("also here: responder (commander) is writing the postmortem")
    teller("note still live")  # the news of who writes is not taken for news of the incident
    expect(page.locator("#timeline li:has-text('still live')")).to_have_count(1)
    other.close()
    expect(here).to_have_text("")
