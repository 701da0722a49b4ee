"""What is removed, and how a text looks without it. No database here."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from workbench.report.markup import emphasised, escape

SHORTEST_SECRET = 4  # characters of words that are looked for everywhere
SHORTEST_TEXT = 20  # of a whole text that is: a shorter one may be what others wrote by themselves
# - 02:07:11 **riley** wrote the password is hunter2 [n12]
_CITING = re.compile(r"^- \d\d:\d\d:\d\d .*\[(n\d+)\]$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Removed:
    """The words that have to go, longest first, and what stands in their place."""

    words: tuple[str, ...]
    mark: str  # [redacted r3]
    lines: frozenset[str] = frozenset()  # of the timeline, as sections cite them: n12

    def from_section(self, text: str) -> str:
        """A section of a postmortem without these words and without its lists' citing lines."""
        cited = _CITING.sub(lambda found: self._cited(found[0], found[1]), text)
        return self.from_text(cited)

    def _cited(self, line: str, name: str) -> str:
        return f"- {self.mark} [{name}]" if name in self.lines else line

    def from_text(self, text: str) -> str:
        """The text without these words."""
        for word in self.words:
            text = text.replace(word, self.mark)
        return text

    def from_value(self, value: Any) -> Any:
        """JSON without these words in any of its texts."""
        if isinstance(value, str):
            return self.from_text(value)
        if isinstance(value, dict):
            return {self.from_text(key): self.from_value(item) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return [self.from_value(item) for item in value]
        return value

    def is_in(self, raw: bytes) -> bool:
        """Are any of these words in there, plain or as JSON writes them?"""
        return any(
            form in raw
            for word in self.words
            for form in (word.encode(), _in_json(word, True), _in_json(word, False))
        )


def _in_json(word: str, ascii_only: bool) -> bytes:
    return json.dumps(word, ensure_ascii=ascii_only)[1:-1].encode()


def removed(texts: tuple[str, ...], secret: str, mark: str, lines: Iterable[int] = ()) -> Removed:
    """What has to go everywhere: the secret, where somebody says which words it is, else each text
    as a whole; and what the record said of these lines of the timeline."""
    long_enough = [text for text in texts if len(text.strip()) >= SHORTEST_TEXT]
    wanted = [secret] if secret else long_enough
    forms = dict.fromkeys(form for part in wanted for form in _forms(part.strip()))
    words = tuple(sorted(forms, key=len, reverse=True))
    return Removed(words, mark, frozenset(f"n{seq}" for seq in lines))


def _forms(text: str) -> tuple[str, ...]:
    """As it was written, as the one line of a list, and in the two ways that lists escape it."""
    line = text.replace("\n", " ")
    return (text, line, escape(line), emphasised(line))


@dataclass(frozen=True, slots=True)
class Digest:
    """What stays of removed bytes."""

    sha256: str
    size: int


def digest(*parts: bytes) -> Digest:
    """Of these bytes, one after the other."""
    whole = b"".join(parts)
    return Digest(hashlib.sha256(whole).hexdigest(), len(whole))
