"""A text without prompts that holds several outputs one after the other, as one piece for each."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from collectors import platforms
from collectors.model.pasted import PastedForms, Start
from collectors.paste.marks import is_clock


@dataclass(frozen=True, slots=True)
class _Tables:
    """What is known of all platforms, ready to be matched with a line."""

    starts: tuple[tuple[re.Pattern[str], Start], ...]
    parts: tuple[re.Pattern[str], ...]
    logged: tuple[re.Pattern[str], ...]


@lru_cache(maxsize=8)
def _tables(pasted: tuple[PastedForms, ...]) -> _Tables:
    return _Tables(
        starts=tuple((re.compile(start.pattern), start) for one in pasted for start in one.starts),
        parts=tuple(re.compile(part) for one in pasted for part in one.parts),
        logged=tuple(re.compile(line) for one in pasted for line in one.logged),
    )


def _of_all_platforms() -> _Tables:
    return _tables(platforms.all_pasted())


_HEADING = re.compile(r"[=#*-]{2,}|[\w ./-]{2,60}:$|#\s")


def by_shape(text: str) -> list[str]:
    """The pieces, whose concatenation is the text; one piece where one output is all that there
    is."""
    lines = text.splitlines(keepends=True)
    starts, kind, braces, depth = list[int](), "", False, 0
    for number, line in enumerate(lines):
        here = _start(line) if depth == 0 else None
        if here is not None and here.kind != kind:
            starts.append(_with_heading(lines, number))
            kind, braces = here.kind, here.braces
        depth = max(0, depth + line.count("{") - line.count("}")) if braces else 0
    if len(starts) < 2:
        return _twice(lines) or [text]
    return ["".join(piece) for piece in _parted(lines, starts)]


def _parted(lines: list[str], starts: list[int]) -> list[list[str]]:
    """The lines as one stretch for each start; what stands above the first one belongs to it."""
    bounds = [0, *starts[1:], len(lines)]
    return [lines[start:end] for start, end in pairwise(bounds)]


def logged_apart(lines: list[str]) -> list[str]:
    """The answer to a command, and the lines of a log that somebody pasted below it without
    theirs."""
    logged = [number for number, line in enumerate(lines) if _is_logged(line)]
    if not logged:
        return ["".join(lines)]
    above, below = lines[: logged[0]], lines[logged[0] :]
    answered = any(_answers(line) for line in above[1:])
    nothing_else = all(map(_is_logged, _filled(below)))
    if answered and nothing_else:
        return ["".join(above), "".join(below)]
    return ["".join(lines)]


def _answers(line: str) -> bool:
    """Is it a line of an answer, rather than a blank one or what time it was?"""
    return bool(line.strip()) and not is_clock(line)


def _filled(lines: list[str]) -> Iterator[str]:
    return (line for line in lines if line.strip())


def _is_logged(line: str) -> bool:
    start = line[:900]
    return any(pattern.match(start) for pattern in _of_all_platforms().logged)


def _twice(lines: list[str]) -> list[str]:
    """The same answer again: all its parts, in their order, under numbers that moved. One piece for
    each time."""
    heads = list(map(_head, lines))
    first = next(filter(None, heads), "")
    if not first:
        return []
    starts = [number for number, head in enumerate(heads) if head == first]
    pieces = _parted(lines, starts)
    if len(pieces) > 1 and _same_parts(pieces) and _all_differ(pieces):
        return ["".join(piece) for piece in pieces]
    return []


def _same_parts(pieces: list[list[str]]) -> bool:
    """Do all of them have the same headings, in the same order?"""
    parts = {tuple(filter(None, map(_head, piece))) for piece in pieces}
    return len(parts) == 1


def _all_differ(pieces: list[list[str]]) -> bool:
    """Is there none that somebody only pasted twice?"""
    shown = {tuple(line.strip() for line in _filled(piece)) for piece in pieces}
    return len(shown) == len(pieces)


def _head(line: str) -> str:
    plain = line[:200].rstrip()
    for pattern in _of_all_platforms().parts:
        if found := pattern.match(plain):
            return found[1]
    return ""


def _start(line: str) -> Start | None:
    plain = line[:400].rstrip()
    for pattern, start in _of_all_platforms().starts:
        if pattern.match(plain):
            return start
    return None


def _with_heading(lines: list[str], number: int) -> int:
    """A heading that somebody wrote above an output belongs to it."""
    if number == 0:
        return number
    above = lines[number - 1]
    is_heading = _HEADING.match(above) is not None and not _start(above)
    return number - 1 if is_heading else number
