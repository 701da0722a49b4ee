"""The programs that may be run on Linux with FRR: those of Linux, and the shell of its daemons."""

from __future__ import annotations

from dataclasses import replace

from collectors.model.grammar import Program, Words
from collectors.platforms.linux.programs import GRAMMAR as LINUX
from collectors.platforms.linux.programs import PROGRAMS


def _showing(words: Words) -> bool:
    asked = [words[at + 1] for at, word in enumerate(words[:-1]) if word == "-c"]
    return bool(asked) and all(text.startswith("show ") and "|" not in text for text in asked)


_VTYSH = Program("`show` prints what the daemons know; what configures them is refused", _showing)

GRAMMAR = replace(LINUX, programs={**PROGRAMS, "vtysh": _VTYSH})
