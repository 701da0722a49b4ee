"""Where do the words of a query stand in a text? For showing what was found in its context."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from workbench.incidents.search.words import LONGEST_TEXT, words

AROUND = 60  # characters before and after what was found
BEFORE_A_WORD = re.compile(r"(?<=\s)\S")
_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words that follow each other; `begun`: the last one may go on."""

    words: tuple[str, ...]
    begun: bool


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of a text, as it was written."""

    text: str
    marked: bool = False


def spans(text: str, phrase: Phrase) -> list[tuple[int, int]]:
    """Where a phrase stands in a text, as positions in it; one place does not overlap another."""
    tokens = [
        (word, match.start(), match.end())
        for match in _WORD.finditer(text)
        for word in words(match[0])
    ]
    found: list[tuple[int, int]] = []
    for place in range(len(tokens) - len(phrase.words) + 1):
        here = tokens[place : place + len(phrase.words)]
        after_the_last = not found or here[0][1] >= found[-1][1]
        if after_the_last and _same([word for word, _, _ in here], phrase):
            found.append((here[0][1], here[-1][2]))
    return found


def _same(here: Sequence[str], phrase: Phrase) -> bool:
    *firsts, last = phrase.words
    if list(here[:-1]) != firsts:
        return False
    return here[-1].startswith(last) if phrase.begun else here[-1] == last


def marked(text: str, phrases: Sequence[Phrase]) -> tuple[Piece, ...]:
    """The whole text, with the phrases in it marked."""
    text = _composed(text)
    return _pieces(text, 0, len(text), _together(text, phrases))


def excerpt(text: str, phrases: Sequence[Phrase]) -> tuple[Piece, ...]:
    """The place of a text where the first of the phrases stands; empty = it is not in there."""
    text = " ".join(_composed(text).split())
    found = spans(text, phrases[0]) if phrases else []
    if not found:
        return ()
    start, end = _whole_words(text, found[0][0] - AROUND, found[0][1] + AROUND)
    shown = list(_pieces(text, start, end, _together(text, phrases)))
    before = [Piece("… ")] if start else []
    after = [Piece(" …")] if end < len(text) else []
    return (*before, *shown, *after)


def _composed(text: str) -> str:
    """A letter and its accent as one character, so that a word is one token."""
    return unicodedata.normalize("NFC", text[:LONGEST_TEXT])


def _whole_words(text: str, start: int, end: int) -> tuple[int, int]:
    """A part of a text that begins and ends between words, where one is near."""
    if start > 0:
        word = BEFORE_A_WORD.search(text, start, start + AROUND)
        start = word.start() if word else start
    if end < len(text):
        space = text.rfind(" ", end - AROUND // 2, end)
        end = space if space > 0 else end
    return max(0, start), min(len(text), end)


def _together(text: str, phrases: Sequence[Phrase]) -> list[tuple[int, int]]:
    joined: list[tuple[int, int]] = []
    for start, end in sorted(span for phrase in phrases for span in spans(text, phrase)):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


def _pieces(text: str, start: int, end: int, found: Sequence[tuple[int, int]]) -> tuple[Piece, ...]:
    pieces, at = [], start
    for first, last in found:
        if first < at or last > end:
            continue
        pieces += [Piece(text[at:first]), Piece(text[first:last], marked=True)]
        at = last
    return tuple(piece for piece in (*pieces, Piece(text[at:end])) if piece.text)
