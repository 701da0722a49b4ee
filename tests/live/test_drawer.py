"""The drawer: opened by an address, kept up to date while answers come, quoted into a note."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from tests.live.conftest import Visit, Voice

pytestmark = pytest.mark.browser


def judged(teller: Voice) -> str:
    number = teller("open")
    for order in ("begin", "tell 1000", "finish"):
        teller(order)
    return number


def test_an_address_opens_an_answer_and_closing_forgets_it(teller: Voice, visit: Visit) -> None:
    page = visit("viewer", f"/incidents/{judged(teller)}?e=e31")
    expect(page.locator("#drawer")).to_contain_text("tcpdump")
    page.keyboard.press("Escape")
    expect(page.locator("#drawer")).to_be_hidden()
    assert urlsplit(page.url).query == ""


def test_a_link_in_a_note_opens_the_answer_without_leaving(teller: Voice, visit: Visit) -> None:
    page = visit("responder", f"/incidents/{judged(teller)}")
    page.fill("#note", "see e31")
    page.click("text=Add note")
    page.evaluate("window.stayed = true")
    page.click("#timeline a >> text=e31")
    expect(page.locator("#drawer")).to_contain_text("tcpdump")
    assert page.evaluate("window.stayed") is True


def test_the_drawer_of_a_device_grows_while_it_answers(teller: Voice, visit: Visit) -> None:
    number = teller("open")
    teller("begin")
    teller("tell 3")
    page = visit("viewer", f"/incidents/{number}?hop=app01")
    answers = page.locator("#drawer details.answer")
    expect(answers).to_have_count(2)
    answers.first.locator("summary").click()
    expect(answers.first.locator(".facts")).to_be_visible()
    teller("tell 2")
    expect(answers).to_have_count(4)
    expect(answers.first.locator(".facts")).to_be_visible()  # what was opened stays open
    teller("tell 1000")
    teller("finish")


def test_marked_lines_become_a_quotation_with_a_link(teller: Voice, visit: Visit) -> None:
    page = visit("responder", f"/incidents/{judged(teller)}?run=1&e=e31")
    page.locator("#drawer pre.raw").last.evaluate(
        "pre => { const range = document.createRange(); range.setStart(pre.firstChild, 0);"
        " range.setEnd(pre.firstChild, 9); getSelection().removeAllRanges();"
        " getSelection().addRange(range); }"
    )
    page.click("#drawer [data-quote]")
    expect(page.locator("#drawer")).to_be_hidden()
    expect(page.locator("#note")).to_be_focused()
    expect(page.locator("#note")).to_have_value("> run 1 e31 (fw-b):\n>\n>     output of\n\n")
    page.click("text=Add note")
    quoted = page.locator("#timeline blockquote")
    expect(quoted.locator("pre")).to_have_text("output of\n")
    expect(quoted.locator("a.ref")).to_have_text("run 1 e31")
