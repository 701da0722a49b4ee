"""What people write in Markdown, as HTML that is safe to show: raw HTML in it stays text, and what
a kept library does not allow goes.

`[e12]` is an answer of the run that the text is about, `[run 2 e7]` one of another run, `[n31]` a
line of the timeline; whoever shows the text says where each leads. CommonMark with tables.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token

from workbench.report.text import clean

LONGEST = 20_000  # characters of one text
TAGS = frozenset(
    [
        "a",
        "p",
        "br",
        "hr",
        "em",
        "strong",
        "s",
        "code",
        "pre",
        "blockquote",
        "ul",
        "ol",
        "li",
        "h3",
        "h4",
        "h5",
        "h6",
        "table",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
    ]
)
ATTRIBUTES = {"a": {"href", "title", "class"}, "code": {"class"}, "ol": {"start"}}
SCHEMES = {"http", "https", "mailto"}
# `[e12]`, `[run 2 e7]`, `[n31]`, or a bare address of a page
_FOUND = re.compile(
    r"\[(?:run (?P<run>\d{1,6}) )?(?P<name>[enp]\d{1,9})\]"
    r"|(?P<url>https?://[^\s<>\[\]()\"'`]{1,500}[^\s<>\[\]()\"'`.,;:!?])"
)


@dataclass(frozen=True, slots=True)
class Reference:
    """What a text refers to: an answer (`e12`), a pasted one (`p1`) or an event (`n31`)."""

    name: str
    run: int | None = None  # None = the run that the text is about


Leads = Callable[[Reference], str]  # the address; empty = there is none, and the words stay words


def to_html(text: str, leads: Leads | None = None) -> str:
    """A text as HTML. Headings in it are at most of the third level."""
    tokens = _PARSER.parse(_kept(text))
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(6, int(token.tag[1:]) + 2)}"
        if token.type == "inline" and token.children:
            token.children = list(_with_links(token.children, leads))
    html = str(_PARSER.renderer.render(tokens, _PARSER.options, {}))
    return nh3.clean(
        html,
        tags=set(TAGS),
        attributes={tag: set(names) for tag, names in ATTRIBUTES.items()},
        url_schemes=set(SCHEMES),
        link_rel="noopener noreferrer nofollow",
    )


def references(text: str) -> list[Reference]:
    """What a text refers to, in order, each once."""
    found = (_reference(match) for match in _FOUND.finditer(text) if match["name"])
    return list(dict.fromkeys(found))


def escape(text: object) -> str:
    """Words of a device or a person as Markdown that shows them and means nothing."""
    special = "\\`*_{}[]<>#|!~&"
    line = "".join(f"\\{c}" if c in special else c for c in clean(text, LONGEST))
    return re.sub(r"^(\s*\d{0,9})([-+=.)])", r"\1\\\2", line)


def _parser() -> MarkdownIt:
    # no images: nothing is loaded from elsewhere, and a file holds what it shows
    return (
        MarkdownIt("commonmark", {"html": False})
        .enable(["table", "strikethrough"])
        .disable("image")
    )


def _kept(text: str) -> str:
    return "\n".join(clean(line, LONGEST) for line in text[:LONGEST].splitlines())


def _with_links(children: list[Token], leads: Leads | None) -> Iterator[Token]:
    inside = 0  # a link holds no link
    for token in children:
        inside += token.nesting if token.type in ("link_open", "link_close") else 0
        if token.type == "text" and not inside:
            yield from _linked(token.content, leads)
        else:
            yield token


def _linked(text: str, leads: Leads | None) -> Iterator[Token]:
    end = 0
    for match in _FOUND.finditer(text):
        address = match["url"] or (leads(_reference(match)) if leads else "")
        if not address:
            continue
        yield _words(text[end : match.start()])
        yield Token("link_open", "a", 1, attrs={"href": address} | _style(match))
        yield _words(match["url"] or match[0][1:-1])
        yield Token("link_close", "a", -1)
        end = match.end()
    yield _words(text[end:])


def _style(match: re.Match[str]) -> dict[str, str | int | float]:
    return {} if match["url"] else {"class": "ref"}


def _reference(match: re.Match[str]) -> Reference:
    return Reference(match["name"], int(match["run"]) if match["run"] else None)


def _words(text: str) -> Token:
    return Token("text", "", 0, content=text)


_PARSER = _parser()
