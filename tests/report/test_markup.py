"""What people write in Markdown is shown as they meant it, and nothing of it acts."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest

from workbench.report.markup import Reference, emphasised, escape, references, to_html

HOSTILE = {
    "an element": "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "a script as an address": "[x](javascript:alert(1)) <javascript:alert(1)>",
    "an address in disguise": "[x](java\tscript:alert(1)) [y](&#106;avascript:alert(1))",
    "data as an address": "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "a picture from elsewhere": "![x](https://example.org/beacon.png)",
    "an attribute": '[x](https://example.org" onmouseover="alert(1))',
    "a language that breaks out": '```"><script>alert(1)</script>\nx\n```',
}


class Seen(HTMLParser):
    """The elements of a text, and the attributes with their values."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: dict[str, str] = {}
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name: value or "" for name, value in attrs}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_nothing_acts(text: str) -> None:
    seen = Seen(to_html(text))
    assert seen.tags <= {"p", "a", "pre", "code"}
    assert set(seen.attributes) <= {"href", "rel", "class"}
    assert seen.attributes.get("href", "https://").startswith("https://")


def test_it_is_markdown() -> None:
    html = to_html("# Why\n\nThe *hash* chose\n\n- r1\n- r2\n\n| a | b |\n|---|---|\n| 1 | 2 |")
    assert "<h3>Why</h3>" in html  # the page's own headings stand above it
    assert "<em>hash</em>" in html
    assert "<li>r2</li>" in html
    assert "<td>2</td>" in html


def lead(to: Reference) -> str:
    return "" if to.name == "e99" else f"/{to.run or 'own'}/{to.name}"


def test_answers_and_lines_of_the_timeline_become_links() -> None:
    html = to_html("lost [e12], worked [run 2 e7], said in [n31], no such answer: [e99]", lead)
    for address, words in (("/own/e12", "e12"), ("/2/e7", "run 2 e7"), ("/own/n31", "n31")):
        assert f'href="{address}"' in html
        assert f">{words}</a>" in html
    assert "[e99]" in html


def test_code_and_other_links_hold_none() -> None:
    html = to_html("`[e12]` [see e12 [e12]](https://example.org)", lead)
    assert "/own/e12" not in html


def test_an_address_becomes_a_link() -> None:
    html = to_html("see https://example.org/CHG-119.")
    assert '<a href="https://example.org/CHG-119" rel="noopener noreferrer nofollow">' in html


def test_what_a_text_refers_to() -> None:
    found = references("[e1] and [run 2 e1], again [e1], never `e4`")
    assert found == [Reference("e1"), Reference("e1", 2)]


SAID = [
    "*bold* _x_ `y`",
    "1. first",
    "- item",
    "# head",
    "a | b",
    "<b>&amp;",
    "[e12](x)",
    "= x",
    "~~~",
]


@pytest.mark.parametrize("said", SAID)
def test_words_of_a_device_mean_nothing(said: str) -> None:
    html = to_html(escape(said))
    plain = html.removeprefix("<p>").removesuffix("</p>\n")
    assert plain == said.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def test_control_characters_and_direction_tricks_go() -> None:
    assert to_html("a\x1b[31m\u202eb") == "<p>a[31mb</p>\n"


def test_a_long_line_keeps_all_its_words() -> None:
    assert to_html("word " * 3000).count("word") == 3000


def shown(number: int) -> str:
    return {3: "/incidents/1/images/3", 4: "data:image/png;base64,AAAA"}.get(number, "")


@pytest.mark.parametrize("number", [3, 4])
def test_an_image_of_the_incident_is_shown(number: int) -> None:
    seen = Seen(to_html(f"![before](image:{number})", images=shown))
    assert "img" in seen.tags and seen.attributes["src"] == shown(number)
    assert seen.attributes["alt"] == "before"


@pytest.mark.parametrize(
    "text",
    [
        "![x](image:9)",
        "![x](//example.org/1.png)",
        "![x](image:3.png)",
        "![x](data:image/png;base64,AAAA)",
        "![x](/incidents/2/images/1)",
        "[![x](https://example.org/1.png)](data:image/png;base64,AAAA)",
    ],
)
def test_any_other_image_stays_words(text: str) -> None:
    seen = Seen(to_html(text, images=shown))
    assert "img" not in seen.tags
    assert not seen.attributes.get("href", "").startswith("data:")


def anywhere(to: Reference) -> str:
    return f"/{to.run or 'own'}/{to.name}"


@pytest.mark.parametrize(
    ("text", "address", "words"),
    [
        ("see e142.", "/own/e142", "e142"),
        ("run 2 e7 shows it", "/2/e7", "run 2 e7"),
        ("(run 2)", "/2/run", "run 2"),
        ("as in #12, again", "/own/#12", "#12"),
        ("[n31] says so", "/own/n31", "n31"),
        ("p1 too", "/own/p1", "p1"),
    ],
)
def test_in_notes_references_need_no_brackets(text: str, address: str, words: str) -> None:
    html = to_html(text, anywhere, bare=True)
    assert f'href="{address}"' in html and f">{words}</a>" in html
    assert text.startswith("[") or "<a" not in to_html(text, anywhere)


@pytest.mark.parametrize(
    "text",
    ["dee142", "e142x", "fe80::e12", "eth0.e12", "rerun 2", "&#12;", "a/e12", "e12-a", "`e12`"],
)
def test_what_only_looks_like_a_reference_stays_words(text: str) -> None:
    assert "<a" not in to_html(text, anywhere, bare=True)


def test_a_note_keeps_the_ends_of_its_lines() -> None:
    assert "<br" in to_html("one\ntwo", bare=True)
    assert "<br" not in to_html("one\ntwo")


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("**r2** is `down`", "<p><strong>r2</strong> is <code>down</code></p>"),
        ("[e12](x) | <b>", "<p>[e12](x) | &lt;b&gt;</p>"),
        ("# not a title", "<p># not a title</p>"),
        ("- no item", "<p>- no item</p>"),
    ],
)
def test_a_line_of_a_person_keeps_emphasis_and_code_only(text: str, html: str) -> None:
    assert to_html(emphasised(text)).strip() == html
