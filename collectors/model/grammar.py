"""What may be sent to one kind of device: how a text falls into commands, and the programs that only
read."""

from __future__ import annotations

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
    # of a network system: what its words may hold beyond the plain characters
    characters: str = ""


# what no known system takes for more than a part of a word: names, numbers, addresses, interfaces.
# All else means something somewhere: [...] runs a command, file=x writes one, ? asks for help
_PLAIN = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._:/- ")


def one_line(text: str, characters: str = "") -> Script:
    """A line of a network system: one command, its words between blanks. Raises Unclear on every
    character that is neither plain nor one of these."""
    for character in text:
        if character not in _PLAIN and character not in characters:
            raise Unclear(f"it holds {character!r}")
    return Script([tuple(text.split())])


@dataclass(frozen=True, slots=True, eq=False)
class Grammar:
    """What may be sent. An empty one lets nothing pass."""

    programs: Mapping[str, Program] = field(default_factory=dict)
    # how a text falls into commands; raises Unclear. None = it is one line of a network system
    split: Callable[[str], Script] | None = None
    opened: str = ""  # a pattern: the files that may be redirected to or from
    # what must hold for the text as a whole: why it must not be sent, or None
    rules: tuple[Callable[[Script], str | None], ...] = ()

    def read(self, text: str) -> Script:
        """Everything that the device would run for this text. Raises Unclear."""
        if self.split is not None:
            return self.split(text)
        program = self.programs.get(text.split(maxsplit=1)[0])
        return one_line(text, program.characters if program else "")
