"""Two people write one postmortem: each sees that the other writes, a lost network and a reload lose
no word, and both texts stay when both save."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.live.conftest import Visit, Voice

pytestmark = pytest.mark.browser


def opened(visit: Visit, number: str) -> Page:
    page = visit("responder", f"/incidents/{number}/postmortem")
    expect(page.locator("#live")).to_have_text("live")
    return page


def write(page: Page, text: str) -> None:
    page.click("[data-edit=impact]")
    page.fill("#text-impact", text)


def save(page: Page) -> None:
    page.click("[data-editor=impact] button.primary")


def test_two_write_one_section_and_no_word_is_lost(teller: Voice, visit: Visit) -> None:
    number = teller("open")
    here, there = opened(visit, number), opened(visit, number)
    write(here, "Nobody could pay.")
    expect(there.locator("[data-writes=impact]")).to_have_text("responder is writing")
    here.reload()
    expect(here.locator("#text-impact")).to_have_value("Nobody could pay.")
    write(there, "Checkout was down.")
    save(there)
    expect(there.locator("[data-section=impact] > .md")).to_have_text("Checkout was down.")
    here.route("**/postmortem/impact", lambda route: route.abort())
    save(here)
    expect(here.locator("[data-editor=impact] .state")).to_have_text("not saved yet, will retry")
    here.unroute("**/postmortem/impact")
    here.evaluate("dispatchEvent(new Event('online'))")
    for page in (here, there):
        expect(page.locator("[data-section=impact] > .md")).to_have_text("Checkout was down.")
        expect(page.locator("[data-section=impact] .beside .md")).to_have_text("Nobody could pay.")


def test_a_reference_opens_what_the_device_said(teller: Voice, visit: Visit) -> None:
    number = teller("open")
    teller("begin")
    teller("tell 1000")
    teller("finish")
    page = opened(visit, number)
    page.click("[data-section=summary] a.ref >> text=e31")
    expect(page.locator("#drawer")).to_contain_text("tcpdump")
