"""What people write in Markdown, as HTML that is safe to show: raw HTML in it stays text, and what
a kept library does not allow goes.

`[e12]` is an answer of the run that the text is about, `[run 2 e7]` one of another run, `[n31]` a
line of the timeline; whoever shows the text says where each leads. `![words](image:3)` is an image
that somebody put into the incident; any other image stays words. CommonMark with tables.
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
        "img",
    ]
)
ATTRIBUTES = {
    "img": {"src", "alt", "class", "loading"},
    "a": {"href", "title", "class"},
    "code": {"class"},
    "ol": {"start"},
}
SCHEMES = {"http", "https", "mailto"}
# an image of ours, or its bytes in a file that stands for itself
_SOURCE = re.compile(r"/[^/\\]|data:image/(?:png|jpeg);base64,")
_IMAGE = re.compile(r"image:(\d{1,6})")
# `[e12]`, `[run 2 e7]`, `[n31]`, or a bare address of a page
_FOUND = re.compile(
    r"\[(?:run (?P<run>\d{1,6}) )?(?P<name>[enp]\d{1,9})\]"
    r"|(?P<url>https?://[^\s<>\[\]()\"'`]{1,500}[^\s<>\[\]()\"'`.,;:!?])"
)
# in notes also without brackets: `e12`, `run 2 e7`, `run 2`, `#12`
_BARE = re.compile(
    _FOUND.pattern
    + r"|(?<![\w/#.:@-])(?:run (?P<bare_run>\d{1,6}) )?(?P<bare>[ep]\d{1,9})(?![\w/-])"
    r"|(?<![\w/#.:@-])run (?P<whole_run>\d{1,6})(?!\w)"
    r"|(?<![\w/#&.@-])(?P<incident>#\d{1,9})(?!\w)"
)
# the same where names of devices lead somewhere
_NAMED = re.compile(
    _BARE.pattern + r"|(?<![\w/#&.:@-])(?P<device>[A-Za-z0-9](?:[\w.-]{0,98}\w)?)(?![\w-])"
)


@dataclass(frozen=True, slots=True)
class Reference:
    """What a text refers to: an answer (`e12`), a pasted one (`p1`), an event (`n31`), a run (`run`,
    with its number), another incident (`#12`), or a word that may be the name of a device."""

    name: str
    run: int | None = None  # None = the run that the text is about
    word: bool = False  # a name, no reference of ours


Leads = Callable[[Reference], str]  # the address; empty = there is none, and the words stay words
Images = Callable[[int], str]  # the address of an image by its number; empty = there is none


def to_html(
    text: str,
    leads: Leads | None = None,
    images: Images | None = None,
    *,
    bare: bool = False,
    named: bool = False,
) -> str:
    """A text as HTML. Headings in it are at most of the third level. `bare`: references need no
    brackets, and a line that ends is a line that ends, as people write notes; `named`: `leads` is
    asked for every word, too, that may be the name of a device."""
    noted = _NAMED if named else _BARE
    parser, pattern = (_NOTES, noted) if bare else (_PARSER, _FOUND)
    tokens = parser.parse(_kept(text))
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(6, int(token.tag[1:]) + 2)}"
        if token.type == "inline" and token.children:
            shown = [_shown(child, images) for child in token.children]
            token.children = list(_with_links(shown, leads, pattern))
    html = str(parser.renderer.render(tokens, parser.options, {}))
    return nh3.clean(
        html,
        tags=set(TAGS),
        attributes={tag: set(names) for tag, names in ATTRIBUTES.items()},
        attribute_filter=_allowed,
        url_schemes=SCHEMES | {"data"},
        link_rel="noopener noreferrer nofollow",
    )


def _allowed(tag: str, attribute: str, value: str) -> str | None:
    """Only images of ours are loaded, and only they may be data."""
    if tag == "img" and attribute == "src":
        return value if _SOURCE.match(value) else None
    return None if value.lower().lstrip().startswith("data:") else value


def _shown(token: Token, images: Images | None) -> Token:
    """An image of the incident with its address; any other image as its words."""
    if token.type != "image":
        return token
    match = _IMAGE.fullmatch(str(token.attrs.get("src", "")))
    address = images(int(match[1])) if match and images else ""
    if not address:
        return _words(token.content)
    token.attrs = {"src": address, "alt": "", "class": "pasted", "loading": "lazy"}
    return token


def references(text: str) -> list[Reference]:
    """What a text refers to, in order, each once."""
    found = (_reference(match) for match in _FOUND.finditer(text) if match["name"])
    return list(dict.fromkeys(found))


def escape(text: object) -> str:
    """Words of a device or a person as Markdown that shows them and means nothing."""
    return _escaped(text, "\\`*_{}[]<>#|!~&")


def emphasised(text: object) -> str:
    """One line that a person wrote in Markdown, within a line of ours: emphasis and code stay,
    nothing else means anything."""
    return _escaped(text, "\\{}[]<>#|!~&")


def _escaped(text: object, special: str) -> str:
    line = "".join(f"\\{c}" if c in special else c for c in clean(text, LONGEST))
    return re.sub(r"^(\s*\d{0,9})([-+=.)])", r"\1\\\2", line)


def _parser(*, breaks: bool = False) -> MarkdownIt:
    options = {"html": False, "breaks": breaks}
    return MarkdownIt("commonmark", options).enable(["table", "strikethrough"])


def _kept(text: str) -> str:
    return "\n".join(clean(line, LONGEST) for line in text[:LONGEST].splitlines())


def _with_links(
    children: list[Token], leads: Leads | None, pattern: re.Pattern[str]
) -> Iterator[Token]:
    inside = 0  # a link holds no link
    for token in children:
        inside += token.nesting if token.type in ("link_open", "link_close") else 0
        if token.type == "text" and not inside:
            yield from _linked(token.content, leads, pattern)
        else:
            yield token


def _linked(text: str, leads: Leads | None, pattern: re.Pattern[str]) -> Iterator[Token]:
    end = 0
    for match in pattern.finditer(text):
        address = match["url"] or (leads(_reference(match)) if leads else "")
        if not address:
            continue
        yield _words(text[end : match.start()])
        yield Token("link_open", "a", 1, attrs={"href": address} | _style(match))
        yield _words(match[0].removeprefix("[").removesuffix("]"))
        yield Token("link_close", "a", -1)
        end = match.end()
    yield _words(text[end:])


def _style(match: re.Match[str]) -> dict[str, str | int | float]:
    found = match.groupdict()
    return {} if found["url"] or found.get("device") else {"class": "ref"}


def _reference(match: re.Match[str]) -> Reference:
    found = match.groupdict()
    if found.get("device"):
        return Reference(found["device"], word=True)
    run = found["run"] or found.get("bare_run") or found.get("whole_run")
    name = found["name"] or found.get("bare") or found.get("incident") or "run"
    return Reference(name, int(run) if run else None)


def _words(text: str) -> Token:
    return Token("text", "", 0, content=text)


_PARSER = _parser()
_NOTES = _parser(breaks=True)
