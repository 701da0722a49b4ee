"""The postmortem tells everything, needs nothing, and runs nothing."""

from __future__ import annotations

from datetime import UTC, datetime
from html.parser import HTMLParser

import pytest

from tests.web import story
from workbench.report.picture.picture import describe
from workbench.report.postmortem.document import (
    Answered,
    Happened,
    Postmortem,
    Sent,
)
from workbench.report.postmortem.markdown import as_markdown
from workbench.report.postmortem.page import as_html

AT = datetime(2026, 11, 22, 2, 13, tzinfo=UTC)
EVIL = "<script>alert(1)</script> | `x` [y](javascript:1) \x1b[31m"


def postmortem(**more: object) -> Postmortem:
    fields: dict[str, object] = {
        "number": 7, "title": EVIL, "flow": str(story.FLOW), "state": "resolved", "opened_at": AT, "written_at": AT,
        "recording": False, "run": 1, "verdict": story.verdict().as_dict(), "final": True,
        "picture": describe(story.findings(), story.verdict()),
        "timeline": (Happened(AT, "ann", "wrote", f"{EVIL}\nsecond line"),),
        "commands": (Sent(AT, "fw-b", "ops", f"nft list ruleset {EVIL}", "answered, 0.21 s, 53 bytes"),),
        "evidence": (Answered("e31", "fw-b", "capture", "answered", 90, "cd" * 32), Answered("e34", "fw-b", "filter", "answered", 53, "ab" * 32),),
    }  # fmt: skip
    return Postmortem(**(fields | more))  # type: ignore[arg-type]


class Elements(HTMLParser):
    """Which elements does a page have?"""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.links: set[str] = set()
        self.names: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.links |= {value or "" for name, value in attrs if name == "href"}
        self.names |= {value or "" for name, value in attrs if name == "id"}


def test_the_html_file_is_whole_and_has_no_script() -> None:
    page = as_html(postmortem())
    parsed = Elements()
    parsed.feed(page)
    assert "svg" in parsed.tags
    assert not parsed.tags & {"script", "link", "img", "iframe", "object"}
    assert not {name for name in parsed.attributes if name.startswith("on") or name == "src"}
    assert parsed.links  # to answers, inside of the file
    assert parsed.links <= {f"#{name}" for name in parsed.names}
    for words in (
        "Replies return through another firewall",
        "DROPPED HERE",
        "e31",
        "ab" * 32,
        "second line",
    ):
        assert words in page


def test_the_markdown_has_no_markup_of_strangers() -> None:
    text = as_markdown(postmortem())
    assert "<script" not in text
    assert "[y](javascript" not in text
    assert "\x1b" not in text
    assert "**Replies return through another firewall.**" in text
    assert "\\| \\`x\\`" in text


@pytest.mark.parametrize("write", [as_markdown, as_html])
def test_it_says_what_to_watch_from_now_on(write: object) -> None:
    text = write(postmortem())  # type: ignore[operator]
    assert "what to watch from now on" in text
    assert "rate(node_nf_conntrack_stat_invalid{instance=~" in text


@pytest.mark.parametrize("write", [as_html, as_markdown])
def test_an_incident_without_a_run_can_be_exported(write: object) -> None:
    empty = postmortem(verdict=None, picture=None, run=None, timeline=(), commands=(), evidence=())
    assert "No verdict" in write(empty)  # type: ignore[operator]
