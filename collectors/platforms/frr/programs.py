"""The programs that may be run on Linux with FRR: those of Linux, and the shell of its daemons."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

from collectors.model.grammar import Program, Words
from collectors.platforms.linux.programs import GRAMMAR as LINUX
from collectors.platforms.linux.programs import PROGRAMS


def _showing(words: Words) -> bool:
    asked = [text for option, text in pairwise(words) if option == "-c"]
    return bool(asked) and all(map(_only_shows, asked))


def _only_shows(text: str) -> bool:
    return text.startswith("show ") and "|" not in text


_VTYSH = Program("`show` prints what the daemons know; what configures them is refused", _showing)

GRAMMAR = replace(LINUX, programs={**PROGRAMS, "vtysh": _VTYSH})
