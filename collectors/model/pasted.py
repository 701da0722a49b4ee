"""How the text that people paste of one kind of device is recognised: its prompts, the commands typed
on it, its outputs.

Patterns are regular expressions over hostile text: bound every repetition.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum

from collectors.model.answer import ParseResult
from collectors.model.evidence import QueryParams, Question
from collectors.model.flow import Flow
from collectors.model.questions import traits


class Look(IntEnum):
    """What kind of text a shape recognises. All platforms' shapes are tried in this order, each
    kind in the order in which the platforms are listed."""

    OWN_WORDS = 1  # no other system writes so
    FRONT_ENDS = 2
    SOCKETS_WITH_TITLE = 3
    SOCKETS = 4
    ROUTES = 5
    INTERFACES = 6
    INTERFACE_COUNTERS = 7
    PROTOCOL_COUNTERS = 8
    NEIGHBOURS = 9
    NEIGHBOURS_WITH_TITLE = 10
    RULES_AND_SETS = 11  # filter rules, sessions, sets of next hops
    PROBES = 12  # and JSON, logs, lists of packets
    LINES = 13  # lines with little of their own: tried last

    @property
    def differs_by_system(self) -> bool:
        """Is it a table that several systems print under one command, each in its own way?"""
        return self <= Look.NEIGHBOURS_WITH_TITLE


@dataclass(frozen=True, slots=True)
class Shape:
    """A line (or the beginning of one) that only the answer to this question holds."""

    pattern: str  # searched from the beginning of each line
    question: Question
    look: Look = Look.OWN_WORDS


@dataclass(frozen=True, slots=True)
class TypedCommand:
    """A command that answers this question, as people type it (without sudo, pipes and paths)."""

    pattern: str  # matched from its first letter
    question: Question
    # its outputs are known by their shape; only where they have none does the command decide
    only_shapeless: bool = False


@dataclass(frozen=True, slots=True)
class Start:
    """What one kind of output begins with and no other: where several outputs stand in one text
    without prompts, a new one begins here."""

    pattern: str
    kind: str
    braces: bool = False  # it goes on until its braces are closed


@dataclass(frozen=True, slots=True)
class UnreadSystem:
    """Outputs of a system that no parser reads: named by these words of its own, never guessed
    at."""

    system: str
    signs: str


@dataclass(frozen=True, slots=True)
class PastedText:
    """What was pasted as the answer to one question of an incident about this flow."""

    question: Question
    flow: Flow
    command: str  # "" = nobody knows what was typed
    body: str  # without prompts and the typed line


def of_the_flow(text: PastedText) -> QueryParams:
    """The command names nothing: an answer about the flow itself is about this one, both ways."""
    if not traits(text.question).of_flow:
        return QueryParams()
    return QueryParams(flow=text.flow, flows=(text.flow, text.flow.reversed()))


def as_it_is(question: Question, reading: ParseResult, command: str) -> ParseResult:
    """The command adds nothing to what was read."""
    return reading


def never(command: str) -> bool:
    """No command asks for a part of its answer only."""
    return False


@dataclass(frozen=True, slots=True, eq=False)
class PastedForms:
    """All that tells what was pasted of one kind of device."""

    commands: tuple[TypedCommand, ...] = ()
    # other systems have commands of the same names: what the output looks like tells whose it is
    shared_commands: bool = False
    # systems that are not read yet print the same, so that their own words are looked for first
    imitated: bool = False
    shapes: tuple[Shape, ...] = ()
    files: tuple[tuple[bytes, Question], ...] = ()  # first bytes of files that are uploaded
    # beginnings of typed lines that no output looks like; the group `host` is the device's name
    prompts: tuple[str, ...] = ()
    # beginnings that an output could have too: they count before one of `cli_words` only
    weak_prompts: tuple[str, ...] = ()
    # alternatives: the first words of what people type on it. Of a shell, after a prompt and a
    # blank; of a network system, also without the blank, as in `r1#show`
    words: str = ""
    cli_words: str = ""
    starts: tuple[Start, ...] = ()
    # the names (group 1) of the parts of an answer that is read twice, to tell the second from the first
    parts: tuple[str, ...] = ()
    logged: tuple[str, ...] = ()  # lines of a log that people paste below another answer
    pagers: tuple[str, ...] = ()  # what its pager says while it waits for a key
    unread: tuple[UnreadSystem, ...] = ()
    # what the typed command adds to the reading: the table, the family, the interface
    placed: Callable[[Question, ParseResult, str], ParseResult] = as_it_is
    # which flow is a line of it about? The first reader that knows counts; one that understands the
    # line and misses something in it raises `Missing` of collectors/platforms/flow_ends.py
    flow_lines: tuple[Callable[[str], Flow | None], ...] = ()
    # does this command ask for some of the entries only?
    picks: Callable[[str], bool] = never
    # what exactly was asked: the direction, the interface, the address that command or output name
    asked: Callable[[PastedText], QueryParams] = of_the_flow
