"""A text without prompts that holds several outputs one after the other, as one piece for each."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from collectors import platforms
from collectors.model.pasted import PastedForms, Start
from collectors.paste.marks import is_clock


@dataclass(frozen=True, slots=True)
class _Tables:
    """What all platforms bring, ready to be matched with a line."""

    starts: tuple[tuple[re.Pattern[str], Start], ...]
    parts: tuple[re.Pattern[str], ...]
    logged: tuple[re.Pattern[str], ...]


@lru_cache(maxsize=8)
def _tables(brought: tuple[PastedForms, ...]) -> _Tables:
    return _Tables(
        starts=tuple((re.compile(start.pattern), start) for one in brought for start in one.starts),
        parts=tuple(re.compile(part) for one in brought for part in one.parts),
        logged=tuple(re.compile(line) for one in brought for line in one.logged),
    )


def _brought() -> _Tables:
    return _tables(platforms.all_pasted())


_HEADING = re.compile(r"[=#*-]{2,}|[\w ./-]{2,60}:$|#\s")


def by_shape(text: str) -> list[str]:
    """The pieces, whose concatenation is the text; one piece where one output is all that there
    is."""
    lines = text.splitlines(keepends=True)
    starts, kind, braces, depth = list[int](), "", False, 0
    for number, line in enumerate(lines):
        here = None if depth > 0 else _start(line)
        if here and here.kind != kind:
            starts.append(_with_heading(lines, number))
            kind, braces = here.kind, here.braces
        depth = max(0, depth + line.count("{") - line.count("}")) if braces else 0
    if len(starts) < 2:
        return _twice(lines) or [text]
    bounds = [0, *starts[1:], len(lines)]
    return ["".join(lines[start:end]) for start, end in pairwise(bounds)]


def logged_apart(lines: list[str]) -> list[str]:
    """The answer to a command, and the lines of a log that somebody pasted below it without
    theirs."""
    first = next((number for number, line in enumerate(lines) if _is_logged(line)), len(lines))
    above = sum(1 for line in lines[1:first] if line.strip() and not is_clock(line))
    below = all(_is_logged(line) for line in lines[first:] if line.strip())
    if first == len(lines) or not above or not below:
        return ["".join(lines)]
    return ["".join(lines[:first]), "".join(lines[first:])]


def _is_logged(line: str) -> bool:
    return any(pattern.match(line[:900]) for pattern in _brought().logged)


def _twice(lines: list[str]) -> list[str]:
    """The same answer again: all its parts, in their order, under numbers that moved. One piece for
    each time."""
    heads = [(number, head) for number, line in enumerate(lines) if (head := _head(line))]
    first = heads[0][1] if heads else ""
    starts = [number for number, head in heads if head == first]
    bounds = [0, *starts[1:], len(lines)]
    pieces = [lines[start:end] for start, end in pairwise(bounds)]
    parts = {tuple(head for line in piece if (head := _head(line))) for piece in pieces}
    shown = {tuple(line.strip() for line in piece if line.strip()) for piece in pieces}
    again = len(pieces) > 1 and len(parts) == 1 and len(shown) == len(pieces)
    return ["".join(piece) for piece in pieces] if again else []


def _head(line: str) -> str:
    plain = line[:200].rstrip()
    return next((found[1] for pattern in _brought().parts if (found := pattern.match(plain))), "")


def _start(line: str) -> Start | None:
    plain = line[:400].rstrip()
    return next((start for pattern, start in _brought().starts if pattern.match(plain)), None)


def _with_heading(lines: list[str], number: int) -> int:
    """A heading that somebody wrote above an output belongs to it."""
    return (
        number - 1
        if number and _HEADING.match(lines[number - 1]) and not _start(lines[number - 1])
        else number
    )
