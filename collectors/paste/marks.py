"""Marks in a pasted text that say: here stood more. A person left lines out, a pager waited, a key
ended it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum, auto
from functools import lru_cache

from collectors import platforms
from collectors.model.pasted import PastedForms

LONGEST = 200  # characters of a line that may be a mark

# ...   […]   (...)   # ... 40 more rules   ... and so on
_DOTS = r"(?:#\s?)?[\[(<{]?\s?(?:\.{3,8}|…)\s?[\])>}]?(?: ?\(?(?:\d{1,7} )?[A-Za-z, ]{0,50}\)?)?"
# [snip]   --snip--   <output omitted>   [120 lines removed]   --- 8< ---   (truncated)
_SAID = (
    r"[\[(<{=*~-]{1,10}\s?(?:(?:[\w,]+ ){0,4}"
    r"(?:snip(?:ped|pet)?|cut|omitted|truncated|removed|left out|skipped)(?: [\w,]+){0,4}"
    r"|[8%]<|>[8%])\s?[\])>}=*~-]{1,10}"
)
_OMITTED = re.compile(rf"\s*(?:{_DOTS}|{_SAID})\s*")
# what `date` prints: Mon Nov 30 03:27:12 UTC 2026   Mon 30 Nov 2026 03:27:12 AM CET
# 2026-11-30T03:27:12+00:00
_CLOCK = re.compile(
    r"\s*(?:[A-Z][a-z]{2},? (?:[A-Z][a-z]{2} +\d{1,2}|\d{1,2} [A-Z][a-z]{2})[\d: ]{8,20}"
    r"(?:[AP]M )?[A-Z+-][\w+-]{1,5}(?: \d{4})?"
    r"|\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d[\d.,]*(?:Z|[+-]\d\d:?\d\d)?)\s*"
)
# tcpdump -A, -nnXi eth0: what packets carry is printed, and dots stand for bytes that are no
# letters
_DUMPED = re.compile(
    r"\btcpdump\b[^\n|]{0,200}?\s-[a-zA-Z]{0,10}[AX]|^E\.[^\n]{0,3}\.[^\n]{0,5}@\.[^\n]{0,3}\.",
    re.M,
)
_BYTES = re.compile(r"\s*\.{3,8}(?:\S.{0,200})?\s*")
_ENDED = re.compile(r"\s*(?:\^C|Terminated|Killed|timeout: sending signal \w+ to .{1,60})\s*")


@dataclass(frozen=True, slots=True)
class Marked:
    """A text without its marks: the stretches between what was left out, and why it may not be
    all."""

    stretches: tuple[str, ...]
    paged: bool = False  # a pager still waited at its end
    ended: bool = False  # somebody ended the command

    @property
    def omitted(self) -> bool:
        """Did a person leave something out?"""
        return len(self.stretches) > 1

    @property
    def text(self) -> str:
        """All that is there."""
        return "".join(self.stretches)


class _Mark(Enum):
    """What a line says of the text around it."""

    OMITTED = auto()  # here stood more
    PAGER = auto()  # a pager waits for a key
    ENDED = auto()  # somebody ended the command
    CLOCK = auto()  # what time it was


@lru_cache(maxsize=8)
def _pager(pasted: tuple[PastedForms, ...]) -> re.Pattern[str]:
    """What any pager says while it waits for a key, on a line of its own."""
    said = "|".join(pager for one in pasted for pager in one.pagers)
    return re.compile(rf"\s*(?:{said})\s*", re.I)


def is_clock(line: str) -> bool:
    """Does the line say no more than what time it was?"""
    return len(line) < LONGEST and _CLOCK.fullmatch(line.rstrip("\r\n")) is not None


def marked(text: str) -> Marked:
    """What is left without the marks and clocks, and what they say."""
    dumped = _DUMPED.search(text[:20_000]) is not None
    stretches, paged, ended = [list[str]()], False, False
    for line in text.splitlines(keepends=True):
        mark = _mark_of(line, dumped)
        if mark is _Mark.OMITTED:
            stretches.append([])
        if mark is _Mark.ENDED:
            ended = True
        if mark is None:
            stretches[-1].append(line)
        if mark in (_Mark.OMITTED, _Mark.PAGER) or (mark is None and line.strip()):
            paged = mark is _Mark.PAGER
    return Marked(tuple(map("".join, stretches)), paged, ended)


def _mark_of(line: str, dumped: bool) -> _Mark | None:
    """Which mark is it? None = it is a line of an output."""
    plain = line.rstrip("\r\n")
    if not plain or len(line) >= LONGEST:
        return None
    bytes_shown = dumped and _BYTES.fullmatch(plain)
    if _OMITTED.fullmatch(plain) and not bytes_shown:
        return _Mark.OMITTED
    if _pager(platforms.all_pasted()).fullmatch(plain):
        return _Mark.PAGER
    if _ENDED.fullmatch(plain):
        return _Mark.ENDED
    return _Mark.CLOCK if _CLOCK.fullmatch(plain) else None
