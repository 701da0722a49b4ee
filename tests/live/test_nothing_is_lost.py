"""What people write survives reload, a dead network, an expired login and a double click; what is
known stays while a run looks again."""

from __future__ import annotations

import signal
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.live.conftest import PASSWORD, Site, Visit, Voice, log_in

pytestmark = pytest.mark.browser
ALL = 1000


def opened(teller: Voice, visit: Visit, who: str = "responder") -> Page:
    page = visit(who, f"/incidents/{teller('open')}")
    expect(page.locator("#live")).to_have_text("live")
    return page


def write(page: Page, text: str) -> None:
    page.fill("#note", text)
    page.click("text=Add note")


def arrived(page: Page, text: str) -> None:
    """The note stands in the timeline as the server has it, and once."""
    expect(page.locator(f"#timeline li[data-seq]:has-text('{text}')")).to_have_count(1)
    expect(page.locator("#timeline .pending")).to_have_count(0)


def test_a_note_that_is_being_written_survives_a_reload(teller: Voice, visit: Visit) -> None:
    page = opened(teller, visit)
    page.fill("#note", "half a thou")
    page.reload()
    expect(page.locator("#note")).to_have_value("half a thou")
    page.click("text=Add note")
    arrived(page, "half a thou")
    page.reload()
    expect(page.locator("#note")).to_have_value("")


def test_a_note_without_a_network_waits_and_is_sent_once(teller: Voice, visit: Visit) -> None:
    page = opened(teller, visit)
    page.context.set_offline(True)
    write(page, "written in the tunnel")
    expect(page.locator("#timeline .pending")).to_contain_text("not sent, will retry")
    page.context.set_offline(False)
    page.evaluate("dispatchEvent(new Event('online'))")
    arrived(page, "written in the tunnel")
    assert teller("count written in the tunnel") == "1"


def test_a_note_that_waits_survives_a_reload(teller: Voice, visit: Visit) -> None:
    page = opened(teller, visit)
    page.route("**/notes", lambda route: route.abort())
    write(page, "before the reload")
    expect(page.locator("#timeline .pending")).to_contain_text("not sent")
    page.unroute("**/notes")
    page.reload()
    arrived(page, "before the reload")
    assert teller("count before the reload") == "1"


def test_an_answer_that_is_lost_makes_no_second_note(teller: Voice, visit: Visit) -> None:
    page = opened(teller, visit)
    lost = []

    def lose_the_first(route):  # type: ignore[no-untyped-def]
        if lost:
            return route.continue_()
        lost.append(route.fetch())  # the server has it, the page never hears so
        return route.abort()

    page.route("**/notes", lose_the_first)
    write(page, "told twice, kept once")
    arrived(page, "told twice, kept once")
    assert lost
    assert teller("count told twice, kept once") == "1"


def test_an_expired_login_asks_over_the_page_and_then_sends(teller: Voice, visit: Visit) -> None:
    page = opened(teller, visit)
    page.context.clear_cookies()
    write(page, "after my login ended")
    dialog = page.locator("#relogin")
    expect(dialog).to_contain_text("Your login has ended")
    dialog.locator("#relogin-password").fill("wrong")
    dialog.locator("button.primary").click()
    expect(dialog.locator("[role=alert]")).to_contain_text("do not fit")
    dialog.locator("#relogin-password").fill(PASSWORD)
    dialog.locator("button.primary").click()
    arrived(page, "after my login ended")
    expect(page.locator("#live")).to_have_text("live")


def test_a_login_that_is_put_off_is_not_asked_for_again_and_again(
    teller: Voice, visit: Visit
) -> None:
    page = opened(teller, visit)
    page.context.clear_cookies()
    write(page, "not now")
    page.click("#relogin [data-later]")
    page.wait_for_timeout(7000)  # longer than until the next try
    expect(page.locator("#relogin")).not_to_be_visible()
    expect(page.locator("#timeline .pending")).to_contain_text("not sent, will retry")


def test_a_new_login_in_another_tab_loses_nothing(
    site: Site, teller: Voice, visit: Visit, logins: dict[str, Any]
) -> None:
    page = opened(teller, visit)
    logins.pop("responder")  # it ends here
    other = page.context.new_page()
    other.goto(site.url + "/")
    other.click("text=Log out")
    log_in(other, site, "responder")
    write(page, "with the old token")
    arrived(page, "with the old token")


def test_a_refused_note_can_be_edited(teller: Voice, visit: Visit) -> None:
    page = opened(teller, visit)
    refusal = '{"messages": [{"text": "not today", "tone": "error"}]}'
    page.route("**/notes", lambda route: route.fulfill(status=409, body=refusal))
    write(page, "too bold")
    expect(page.locator("#timeline .pending")).to_contain_text("not taken: not today")
    page.unroute("**/notes")
    page.click("#timeline .pending button:has-text('Edit')")
    expect(page.locator("#note")).to_have_value("too bold")
    page.click("text=Add note")
    arrived(page, "too bold")


def test_the_light_is_green_only_while_the_server_lives(
    site: Site, teller: Voice, visit: Visit
) -> None:
    page = opened(teller, visit)
    [server] = [child for child in site.children if "uvicorn" in list(map(str, child.args))]
    server.send_signal(signal.SIGSTOP)
    try:
        expect(page.locator("#live")).to_contain_text("no sign of life since", timeout=60_000)
        assert page.locator("#live").get_attribute("data-state") == "away"
    finally:
        server.send_signal(signal.SIGCONT)
    expect(page.locator("#live")).to_have_text("live", timeout=40_000)


def test_looking_again_takes_nothing_away(teller: Voice, visit: Visit) -> None:
    page = opened(teller, visit, "viewer")
    teller("begin")
    teller(f"tell {ALL}")
    teller("finish")
    title = page.locator("#verdict-title")
    expect(title).to_contain_text("Replies return through another firewall")
    assert teller("again") == "2"
    teller("begin")
    teller("tell 40")
    standing = page.locator("#part-standing")
    expect(standing).to_contain_text("run 2 is looking")
    expect(standing).to_contain_text("This is what run 1 found")
    expect(title).to_contain_text("Replies return through another firewall")
    expect(page.locator("#part-fixes pre").first).to_be_visible()
    expect(page.locator("#part-strip")).to_contain_text("run 2 running")
    teller("stop")
    expect(standing).to_contain_text("Run 2 was stopped before it could judge")
    expect(title).to_contain_text("Replies return through another firewall")


def test_the_state_is_changed_in_a_dialog_and_can_be_taken_back(
    teller: Voice, visit: Visit
) -> None:
    page = opened(teller, visit)
    page.click("text=Change state")
    dialog = page.locator("#state-dialog")
    page.evaluate("scrollTo(0, 120)")
    dialog.get_by_label("mitigated").check()
    dialog.locator("#state-why").fill("moved the traffic")
    dialog.locator("#state-at").fill("00:01")
    dialog.locator("button.primary").click()
    state = page.locator("#part-state")
    expect(state.locator(".chip")).to_have_text("mitigated")
    expect(page.locator("#timeline")).to_contain_text("from open to mitigated")
    expect(page.locator("#timeline")).to_contain_text("written at")
    # what grew above the view moved it along; it did not jump to the top
    assert page.evaluate("scrollY") >= 120
    state.locator("text=Undo").click()
    expect(state.locator(".chip")).to_have_text("open")
    expect(page.locator("#timeline")).to_contain_text("took back a change")


def test_a_time_that_is_none_is_refused_and_the_dialog_stays(teller: Voice, visit: Visit) -> None:
    page = opened(teller, visit)
    page.click("text=Change state")
    dialog = page.locator("#state-dialog")
    dialog.get_by_label("resolved").check()
    dialog.locator("#state-at").fill("yesterday")
    dialog.locator("button.primary").click()
    expect(page.locator("#toasts")).to_contain_text("is no time")
    expect(dialog).to_be_visible()
    expect(page.locator("#part-state .chip")).to_have_text("open")
