"""From login to verdict in a real browser, live; nothing is lost by reload, sleep or
reconnection."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.live.conftest import Site, Visit, Voice

pytestmark = pytest.mark.browser
ALL = 1000


def drawn(page: Page) -> str:
    """Every word of the figure."""
    return page.evaluate(
        "[...document.querySelectorAll('#figure text')].map(t => t.textContent).join('\\n')"
    )  # type: ignore[no-any-return]


def wait_for_word(page: Page, word: str) -> None:
    page.wait_for_function(
        "word => [...document.querySelectorAll('#figure text')].some(t =>"
        " t.textContent.includes(word))",
        arg=word,
    )


def test_from_a_pasted_line_to_the_verdict(teller: Voice, visit: Visit) -> None:
    page = visit()
    page.click("text=Open an incident")
    page.fill(
        "#line",
        "02:13:01.000001 IP 10.1.0.10.51514 > 10.9.0.20.5432: Flags [S], seq 1000, length 0",
    )
    expect(page.locator("#sport")).to_have_value("51514")
    expect(page.locator(".owners")).to_contain_text("app01")
    page.fill("#title", "checkout fails")
    page.click("text=Open and start looking")
    expect(page.locator("#part-verdict")).to_contain_text("Looking")
    teller("begin")
    teller("tell 16")
    expect(page.locator("#part-strip")).to_contain_text("Who are you")
    wait_for_word(page, "r1")
    assert "DROPPED" not in drawn(page)
    teller(f"tell {ALL}")
    teller("finish")
    expect(page.locator("#verdict-title")).to_contain_text(
        "Replies return through another firewall"
    )
    wait_for_word(page, "DROPPED HERE")
    expect(page.locator("#part-controls")).to_contain_text("Run again")
    page.click("#why > summary")
    page.click("#part-why button >> nth=0")
    expect(page.locator("#drawer")).to_contain_text("tcpdump")
    page.keyboard.press("Escape")
    page.click("summary:has-text('The same as a table')")
    page.click("#part-table button:has-text('fw-b') >> nth=0")
    page.click("#drawer details.answer:has-text('packet filter') >> nth=0")
    expect(page.locator("#drawer")).to_contain_text("<script>alert(1)</script> red")


def test_a_click_on_a_symbol_opens_its_evidence(teller: Voice, visit: Visit) -> None:
    page = visit("viewer", "/incidents/1")
    page.wait_for_selector("#figure .main-svg")
    wait_for_word(page, "DROPPED HERE")
    symbol = page.locator("#figure text", has_text=re.compile("^FW$")).last
    symbol.scroll_into_view_if_needed()
    box = symbol.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(page.locator("#drawer-title")).to_have_text("fw-b")


def test_the_paths_are_there_before_the_drawing_library(teller: Voice, visit: Visit) -> None:
    page = visit("viewer", "/")
    page.route("**/plotly-basic*", lambda route: route.abort())
    page.goto(page.url + "incidents/1")
    wait_for_word(page, "DROPPED HERE")
    page.locator("#figure [data-key=fw-b]").last.click()
    expect(page.locator("#drawer-title")).to_have_text("fw-b")


def test_two_browsers_see_the_same(teller: Voice, visit: Visit) -> None:
    number = teller("open")
    pages = [visit(who, f"/incidents/{number}") for who in ("responder", "viewer")]
    for page in pages:
        expect(page.locator("#live")).to_have_text("live")
    pages[0].fill("#note", "seen by both")
    pages[0].click("text=Add note")
    for page in pages:
        expect(page.locator("#timeline")).to_contain_text("seen by both")
    teller("begin")
    teller(f"tell {ALL}")
    for page in pages:
        expect(page.locator("#verdict-title")).to_contain_text("another firewall")
        # the last event that was shown
        expect(page.locator("#timeline")).to_contain_text("Verdict:")
    lines = [
        page.locator("#timeline li").evaluate_all("all => all.map(li => li.dataset.seq)")
        for page in pages
    ]
    assert lines[0] == lines[1]
    assert lines[0] == sorted(set(lines[0]), key=int, reverse=True)
    teller("finish")


def test_sleep_and_reconnection_lose_nothing(teller: Voice, visit: Visit) -> None:
    number = teller("open")
    page = visit("viewer", f"/incidents/{number}")
    expect(page.locator("#live")).to_have_text("live")
    page.context.set_offline(True)
    teller("begin")
    teller(f"tell {ALL}")
    teller("note while you slept")
    page.context.set_offline(False)
    page.evaluate("dispatchEvent(new Event('online'))")
    expect(page.locator("#timeline")).to_contain_text("while you slept")
    expect(page.locator("#verdict-title")).to_contain_text("another firewall")
    wait_for_word(page, "DROPPED HERE")
    before = page.locator("#timeline li").evaluate_all("all => all.map(li => li.dataset.seq)")
    page.reload()
    assert (
        page.locator("#timeline li").evaluate_all("all => all.map(li => li.dataset.seq)") == before
    )
    teller("finish")


def test_a_restarted_redis_loses_nothing(site: Site, teller: Voice, visit: Visit) -> None:
    number = teller("open")
    page = visit("viewer", f"/incidents/{number}")
    expect(page.locator("#live")).to_have_text("live")
    site.end("--unixsocket")
    teller("note without redis")
    site.start_redis()
    expect(page.locator("#timeline")).to_contain_text("without redis", timeout=40_000)
    teller("note and on it goes")
    expect(page.locator("#timeline")).to_contain_text("and on it goes", timeout=40_000)


def test_a_restarted_web_server_loses_nothing(site: Site, teller: Voice, visit: Visit) -> None:
    number = teller("open")
    page = visit("viewer", f"/incidents/{number}")
    expect(page.locator("#live")).to_have_text("live")
    site.end("uvicorn")
    expect(page.locator("#live")).to_contain_text("reconnecting since")
    teller("note while the web was down")
    site.start_web()
    expect(page.locator("#timeline")).to_contain_text("while the web was down", timeout=40_000)
    expect(page.locator("#live")).to_have_text("live", timeout=40_000)


def test_who_is_logged_out_is_told(teller: Voice, visit: Visit) -> None:
    number = teller("open")
    page = visit("viewer", f"/incidents/{number}")
    expect(page.locator("#live")).to_have_text("live")
    page.context.clear_cookies()
    teller("note for those who may see it")
    expect(page.locator("#live")).to_contain_text("signed out")
    expect(page.locator("#relogin")).to_contain_text("Your login has ended")
    assert "for those who may see it" not in page.content()


def test_a_page_that_nobody_looks_at_fetches_once_when_it_is_looked_at(
    teller: Voice, visit: Visit
) -> None:
    number = teller("open")
    page, other = (
        visit("viewer", f"/incidents/{number}"),
        visit("responder", f"/incidents/{number}"),
    )
    for one in (page, other):
        expect(one.locator("#live")).to_have_text("live")
    page.evaluate(
        "Object.defineProperty(document, 'hidden', {get: () => window.away, configurable: true})"
    )
    page.evaluate("""() => {
            const ask = window.fetch;
            Object.assign(window, {away: true, asked: 0});
            window.fetch = (...all) => { window.asked += 1; return ask(...all); };
        }""")
    for text in ("first", "second", "third"):
        teller(f"note {text}")
    expect(other.locator("#timeline")).to_contain_text("third")
    assert page.evaluate("window.asked") == 0
    page.evaluate("window.away = false; document.dispatchEvent(new Event('visibilitychange'))")
    for text in ("first", "second", "third"):
        expect(page.locator("#timeline")).to_contain_text(text)


def test_a_part_that_did_not_change_is_left_alone(teller: Voice, visit: Visit) -> None:
    number = teller("open")
    page = visit("viewer", f"/incidents/{number}")
    expect(page.locator("#live")).to_have_text("live")
    teller("begin")
    teller("tell 1")
    expect(page.locator("#part-strip")).to_contain_text("Who are you")
    page.click("#twin > summary")
    expect(page.locator("#part-table")).to_contain_text("No path is known yet")
    page.evaluate("document.querySelector('#part-table').firstElementChild.dataset.mine = 'yes'")
    teller("tell 3")  # three answers: the table of the paths says what it said
    expect(page.locator("#part-progress-line")).to_contain_text("3 of 12 questions answered")
    assert (
        page.evaluate("document.querySelector('#part-table').firstElementChild.dataset.mine")
        == "yes"
    )
    teller("tell 1000")
    teller("finish")


def test_a_folded_part_comes_when_it_is_opened_and_then_stays_live(
    teller: Voice, visit: Visit
) -> None:
    number = teller("open")
    page = visit("viewer", f"/incidents/{number}#progress")  # a link to a part opens it
    expect(page.locator("#progress")).to_have_attribute("open", "")
    expect(page.locator("#part-progress")).to_contain_text("no device yet")
    teller("begin")
    teller("tell 4")
    expect(page.locator("#part-progress .bars button").first).to_be_visible()
    expect(page.locator("#why")).to_be_hidden()
    teller("tell 1000")
    teller("finish")
    expect(page.locator("#why .line")).to_contain_text("3 for, 1 against")
    assert page.locator("#part-why li").count() == 0  # nobody opened it
    page.click("#why > summary")
    expect(page.locator("#part-why li").first).to_be_visible()


def test_two_people_see_that_the_other_is_there(teller: Voice, visit: Visit) -> None:
    number = teller("open")
    mine, theirs = (
        visit("responder", f"/incidents/{number}"),
        visit("viewer", f"/incidents/{number}"),
    )
    expect(mine.locator("#here")).to_have_text("also here: viewer")
    expect(theirs.locator("#here")).to_have_text("also here: responder")
    theirs.goto("about:blank")
    expect(mine.locator("#here")).to_have_text("")
