"""What PowerShell prints: lists of `Name : value`, and tables whose titles are underlined."""

from __future__ import annotations

import re
from collections.abc import Iterator

Object = dict[str, str]
_FIELD = re.compile(r"(?P<name>[A-Za-z][\w ().%-]{0,40}?)\s*: ?(?P<value>.*)")
_RULER = re.compile(r"\s*-+(?:\s+-+)*\s*")


def objects(lines: list[str]) -> Iterator[Object]:
    """Every object of a list or a table; a name that comes again begins the next one of a list."""
    rulers = [at for at, line in enumerate(lines) if at and _RULER.fullmatch(line)]
    if rulers:
        yield from _rows(lines[rulers[0] - 1], lines[rulers[0]], lines[rulers[0] + 1 :])
        return
    current: Object = {}
    last = ""
    for line in lines:
        found = _FIELD.fullmatch(line)
        if found:
            last = found["name"].strip()
            if last in current:
                yield current
                current = {}
            current[last] = found["value"].strip()
        elif line[:1].isspace() and last:
            current[last] = f"{current[last]} {line.strip()}".strip()
    if current:
        yield current


def _rows(titles: str, ruler: str, lines: list[str]) -> Iterator[Object]:
    """Cells by the columns that the ruler marks where they are aligned, else one word each."""
    names = titles.split()
    starts = [found.start() for found in re.finditer(r"-+", ruler)]
    for line in lines:
        words = line.split()
        if len(words) == len(names):
            yield dict(zip(names, words, strict=True))
        elif len(starts) == len(names):
            ends = [*starts[1:], len(line)]
            yield {n: line[s:e].strip() for n, s, e in zip(names, starts, ends, strict=True)}
