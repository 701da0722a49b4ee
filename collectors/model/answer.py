"""How a question is answered: the command that is sent, what came back, and what a parser made of
it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from collectors.model.evidence import QueryParams
from collectors.model.records import Record


class Unparsed(ValueError):
    """A line that the parser does not know. The text of the exception is the line."""


@dataclass(frozen=True, slots=True)
class ParseResult:
    """What a parser made of an output: records, and the lines it could not read (never silently
    dropped)."""

    records: tuple[Record, ...] = ()
    unread: tuple[str, ...] = ()
    refused: str | None = None  # the device said that it may not or cannot: one sentence
    cut: bool = False  # the output ends before its own end: there is more that is not here
    # of the lines it could not read: those that cannot belong to the answer, as the platform knows
    harmless: tuple[str, ...] = ()
    all_versions: bool = False  # it was asked about IPv4 and IPv6


@dataclass(frozen=True, slots=True)
class Output:
    """The raw answer of a device to one command."""

    stdout: bytes
    stderr: bytes = b""
    exit_status: int | None = 0
    cut: bool = False  # it was cut at a limit of ours


def no_line(line: str) -> bool:
    """Nothing is known of lines that cannot be read: each may belong to the answer."""
    return False


@dataclass(frozen=True, slots=True)
class Answer:
    """How one platform answers one question.

    `command` builds the exact text from typed fields; it returns None when the question makes no
    sense here.
    `parse` reads the output; `about` tells it what was asked. Parsers are pure: no clock, no log,
    no settings.
    """

    command: Callable[[QueryParams], str | None]
    parse: Callable[[Output, QueryParams], ParseResult]
    privileged: bool = False  # wants root: sent as the platform's `login.elevation` says
    probe: bool = False  # sends packets of its own into the network
    timeout: float = 15.0  # seconds, on top of about.seconds
    limit: int = 4_000_000  # bytes of output kept
    # an error is itself an answer to this question: the parser says what is a refusal
    errors_are_answers: bool = False
    # of a line that could not be read: can it not belong to the answer (a heading, a remark)?
    harmless: Callable[[str], bool] = no_line
    # does the command ask about IPv4 and IPv6? Else what is not there may not have been asked for
    all_versions: bool = False
