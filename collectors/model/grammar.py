"""What may be sent to one kind of device: how a text falls into commands, and the programs that only
read."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

Words = tuple[str, ...]


class Unclear(ValueError):
    """A text of which it is unknown what it would run."""


@dataclass(slots=True)
class Script:
    """Everything that a device would run or open for a text: commands with their words, and files
    that it would redirect to or from."""

    commands: list[Words] = field(default_factory=list)
    files: list[str] = field(default_factory=list)
    functions: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Program:
    """A program that may be run, and why: what it reads, and what keeps it from changing
    anything."""

    reason: str
    # may it be run with these words (the first is its name)? None = with any
    reads: Callable[[Words], bool] | None = None
    # it runs another command, which is judged in its place; () = in a form that is not known
    inner: Callable[[Words], Words] | None = None


# what chains, redirects, quotes or substitutes on one system or another
_SPECIAL = re.compile(r"[;|&<>`$\"'\\(){}#]")


def one_line(text: str) -> Script:
    """A line of a network system: one command, its words between blanks. Raises Unclear."""
    special = _SPECIAL.search(text)
    if special:
        raise Unclear(f"it holds {special.group()!r}")
    return Script([tuple(text.split())])


@dataclass(frozen=True, slots=True, eq=False)
class Grammar:
    """What may be sent. An empty one lets nothing pass."""

    programs: Mapping[str, Program] = field(default_factory=dict)
    split: Callable[[str], Script] = one_line  # raises Unclear
    opened: str = ""  # a pattern: the files that may be redirected to or from
    # what must hold for the text as a whole: why it must not be sent, or None
    rules: tuple[Callable[[Script], str | None], ...] = ()
