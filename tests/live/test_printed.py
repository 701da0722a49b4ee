"""The postmortem on paper: a body that is read, appendices behind it, and pictures that ink shows."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
from playwright.sync_api import Browser
from pypdf import PdfReader

from tests.report.test_postmortem import AT, postmortem
from workbench.report.figures.theme import DARK, LIGHT
from workbench.report.postmortem.document import Answered, Happened, Item, Postmortem, Repair, Sent
from workbench.report.postmortem.page import as_html

pytestmark = pytest.mark.browser
MOST_PAGES = 6


def long_incident() -> Postmortem:
    """Six hours, 300 commands, 300 answers, 400 lines of a timeline, 12 action items, a repair."""
    at = [AT + timedelta(seconds=54 * n) for n in range(400)]
    said = "We moved the route back on r3 and look at the counters again; fw-b still drops. " * 2
    kinds = ("note", "walked", "judged", "state-changed")
    timeline = tuple(
        Happened(t, "riley", "wrote", said, n + 1, kinds[n % 4], 1) for n, t in enumerate(at)
    )
    short = postmortem()
    repair = Repair(
        2,
        AT,
        "The flow works",
        "Both directions use fw-a.",
        short.picture,
        (("Where", "fw-b", "–"),),
    )
    return postmortem(
        title="Checkout cannot reach the ledger",
        timeline=timeline,
        repair=repair,
        items=tuple(Item(n, "Export the counters of invalid packets", "detect", "open", "ann", "2026-12-24") for n in range(12)),
        commands=tuple(Sent(t, "fw-b", "ops", "nft -j list ruleset", "answered, 0.21 s, 5312 bytes") for t in at[:300]),
        evidence=tuple(Answered(f"e{n}", "fw-b", "filter", "answered", 5312, "ab" * 32) for n in range(300)),
    )  # fmt: skip


@pytest.fixture(scope="module")
def printed(chromium: Browser) -> list[str]:
    """The words of each page, as Chromium prints them for somebody who uses the dark theme."""
    context = chromium.new_context(color_scheme="dark")
    page = context.new_page()
    page.set_content(as_html(long_incident()))
    content = page.pdf(prefer_css_page_size=True, print_background=True)
    context.close()
    return [page.extract_text() for page in PdfReader(io.BytesIO(content)).pages]


def test_the_body_is_read_in_a_few_minutes(printed: list[str]) -> None:
    body = next(number for number, words in enumerate(printed) if "Appendix" in words)
    assert 1 < body <= MOST_PAGES
    whole = " ".join(printed[:body])
    for words in ("Summary", "Root cause", "After the repair", "Action items", "What went badly"):
        assert words in whole


def test_commands_and_answers_stand_behind_the_body(printed: list[str]) -> None:
    body = next(number for number, words in enumerate(printed) if "Appendix" in words)
    assert "nft -j list ruleset" not in " ".join(printed[:body])
    behind = " ".join(printed[body:])
    assert behind.count("nft -j list ruleset") == 300
    assert "Appendix: evidence" in behind


def test_pictures_are_drawn_for_paper() -> None:
    page = as_html(long_incident())
    assert page.count("<svg") >= 2
    assert LIGHT.text in page
    assert DARK.text not in page
    assert DARK.page not in page
