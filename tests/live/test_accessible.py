"""Every page passes axe-core at level AA in both themes, fits a phone, and can be used by keyboard
alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import axe_core_python  # type: ignore[import-untyped]
import pytest
from playwright.sync_api import Page, expect

from tests.live.conftest import Visit, Voice
from tests.live.test_story import wait_for_word

pytestmark = pytest.mark.browser
AXE = (Path(axe_core_python.__file__).parent / "axe.min.js").read_text()
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]
PAGES = [
    "/",
    "/incidents/new",
    "/incidents/{n}",
    "/incidents/{n}/compare",
    "/commands",
    "/commands/1",
    "/devices",
]
PAGES += [
    "/action-items",
    "/incidents/{n}/postmortem",
    "/playbook",
    "/incidents/{n}/paste",
    "/incidents/{n}/runs/1/playbook",
    "/incidents/{n}/shares",
    "/incidents/{n}/play?upto=999999",
    "/incidents/{n}/flows",
    "/devices/fw-b",
    "/addresses/10.1.0.10",
    "/boundaries",
    "/?q=checkout",
]


@pytest.fixture(scope="module")
def number(teller: Voice) -> str:
    """An incident whose run has ended."""
    opened: str = teller("open")
    teller("begin")
    teller("tell 1000")
    teller("finish")
    return opened


def faults(page: Page) -> list[tuple[str, list[Any]]]:
    """What axe finds."""
    page.evaluate(AXE)  # not as a script element: the policy of the page would refuse that
    found = page.evaluate("tags => axe.run(document, {runOnly: tags})", TAGS)
    return [
        (fault["id"], [node["html"][:200] for node in fault["nodes"]])
        for fault in found["violations"]
    ]


@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize("path", PAGES)
def test_axe_finds_nothing(visit: Visit, number: str, path: str, theme: str) -> None:
    page = visit("responder", path.format(n=number), theme=theme)
    if path == "/incidents/{n}":
        wait_for_word(page, "DROPPED HERE")
        page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
        page.wait_for_selector("#part-runs table", state="attached")
        page.wait_for_load_state("networkidle")
    assert faults(page) == []


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_axe_finds_nothing_in_the_drawer(visit: Visit, number: str, theme: str) -> None:
    page = visit("viewer", f"/incidents/{number}", theme=theme)
    page.click("#why > summary")
    page.click("#part-why button >> nth=0")
    expect(page.locator("#drawer pre.raw").first).to_be_visible()
    assert faults(page) == []


@pytest.mark.parametrize("path", PAGES)
def test_nothing_is_wider_than_a_phone(visit: Visit, number: str, path: str) -> None:
    page = visit("responder", path.format(n=number), width=390)
    if path == "/incidents/{n}":
        wait_for_word(page, "DROPPED")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_a_page_that_was_drawn_wide_fits_when_it_is_turned(visit: Visit, number: str) -> None:
    """A figure that was drawn for a wide page must not keep it wide: a phone is turned, a window is
    made smaller."""
    page = visit(path=f"/incidents/{number}", width=1280)
    page.click("#along-time > summary")
    page.wait_for_selector("#along-time .js-plotly-plot .main-svg")
    page.set_viewport_size({"width": 390, "height": 900})
    page.wait_for_function("document.documentElement.scrollWidth <= 390", timeout=30_000)


def test_two_runs_stand_below_each_other_on_a_phone(visit: Visit, number: str) -> None:
    """The rule itself, as a second run takes long; the second was drawn while the page was wide."""
    page = visit(path=f"/incidents/{number}", width=390)
    runs = "<div class=twobars><p>1</p><p><svg width=600 height=9></svg></p></div>"
    page.evaluate("runs => document.body.insertAdjacentHTML('beforeend', runs)", runs)
    left, right = (page.locator(".twobars > p").nth(n).bounding_box() for n in (0, 1))
    assert left is not None and right is not None
    assert left["x"] == right["x"] and left["y"] < right["y"]
    assert right["width"] <= 390


def test_the_keyboard_alone_reaches_the_evidence(visit: Visit, number: str) -> None:
    page = visit("viewer", f"/incidents/{number}")
    page.locator("#why > summary").focus()
    page.keyboard.press("Enter")
    page.locator("#part-why button").first.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#drawer")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#drawer")).to_be_hidden()
    assert page.evaluate("document.activeElement.closest('#part-why') !== null")


def test_the_theme_is_remembered(visit: Visit, number: str) -> None:
    page = visit("viewer", f"/incidents/{number}", theme="light")
    assert page.evaluate("document.documentElement.dataset.theme") == "light"
    page.click("[data-toggle-theme]")
    page.reload()
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"


def test_every_picture_has_a_table_that_the_keyboard_opens(visit: Visit, number: str) -> None:
    page = visit("viewer", f"/incidents/{number}")
    wait_for_word(page, "DROPPED HERE")
    for folded in page.locator("details.folded:visible").all():
        folded.locator("summary").first.focus()
        page.keyboard.press("Enter")
    pictures = page.locator(":is(section, details):visible:has(> .figure):has(> details.twin)")
    assert pictures.count() >= 2  # the paths and the ladder
    for index in range(pictures.count()):
        assert pictures.nth(index).locator(".figure").get_attribute("aria-label")
        pictures.nth(index).locator("details.twin > summary").focus()
        page.keyboard.press("Enter")
        expect(pictures.nth(index).locator("details.twin table").first).to_be_visible()
