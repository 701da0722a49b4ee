"""Which question does a pasted or uploaded output answer, and on which platform? The listed platforms
tell."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from collectors import platforms
from collectors.model.evidence import Question
from collectors.model.pasted import Shape, TypedCommand
from collectors.model.platform import Platform
from collectors.paste.escapes import without_escapes
from collectors.paste.prompts import Typed, typed_lines
from collectors.paste.split import by_shape, logged_apart

LONGEST = 4000  # characters that are looked at for the command

Found = tuple[Question, str]  # the question, and the platform's name


@dataclass(frozen=True, slots=True)
class _Tables:
    """What is known of all platforms, in the order in which it is tried."""

    commands: tuple[tuple[TypedCommand, Platform], ...]
    shapeless: tuple[tuple[TypedCommand, Platform], ...]
    shapes: tuple[tuple[Shape, Platform], ...]
    files: tuple[tuple[bytes, Found], ...]


@lru_cache(maxsize=8)
def _tables(listed: tuple[Platform, ...]) -> _Tables:
    """Commands of one system's own before those that several have; shapes by what they look
    like."""
    commands = _commands(listed)
    shapes = [(shape, platform) for platform in listed for shape in platform.pasted.shapes]
    return _Tables(
        commands=tuple(one for one in commands if not one[0].only_shapeless),
        shapeless=tuple(one for one in commands if one[0].only_shapeless),
        shapes=tuple(sorted(shapes, key=lambda one: one[0].look)),
        files=tuple(_files(listed)),
    )


def _commands(listed: tuple[Platform, ...]) -> list[tuple[TypedCommand, Platform]]:
    own_first = sorted(listed, key=lambda one: one.pasted.shared_commands)
    return [(command, one) for one in own_first for command in one.pasted.commands]


def _files(listed: tuple[Platform, ...]) -> Iterator[tuple[bytes, Found]]:
    for platform in listed:
        for magic, question in platform.pasted.files:
            yield magic, (question, platform.name)


def command_line(text: str) -> str | None:
    """The command that was pasted along with its output, without its prompt and wrappers; None
    where there is none."""
    found = typed_command(text)
    return found.command.text if found else None


def typed_command(text: str) -> Typed | None:
    """What was typed above this output, on whose prompt."""
    lines = without_escapes(text[:LONGEST]).splitlines()[:5]
    for line in typed_lines(lines).values():
        if line.typed:
            return line
    return None


def without_prompts(text: str) -> str:
    """The output alone: lines that begin with a prompt are what a person typed."""
    lines = without_escapes(text).splitlines()
    asked = typed_lines(lines)
    return "\n".join(line for number, line in enumerate(lines) if number not in asked)


def outputs(text: str) -> list[str]:
    """A terminal's text as one piece for each command that was typed; without prompts, by what
    outputs look like."""
    lines = text.splitlines(keepends=True)
    shown = list(map(without_escapes, lines))
    starts = [number for number, line in typed_lines(shown).items() if line.typed]
    if not starts:
        return by_shape(text)
    bounds = [*dict.fromkeys((0, *starts)), len(lines)]
    pieces: list[str] = []
    for start, end in pairwise(bounds):
        pieces += logged_apart(lines[start:end])
    return [piece for piece in pieces if piece.strip()]


def recognise_output(pasted: str | bytes) -> Found | None:
    """Which question does this output answer, on which platform? None = it is unknown."""
    if isinstance(pasted, str):
        return _of_text(pasted)
    return _of_file(pasted) or _of_text(pasted.decode("utf-8", "replace"))


def _of_file(content: bytes) -> Found | None:
    for magic, found in _tables(platforms.PLATFORMS).files:
        if content.startswith(magic):
            return found
    return None


def _of_text(text: str) -> Found | None:
    tables = _tables(platforms.PLATFORMS)
    typed = command_line(text)
    named = _first(tables.commands, typed, re.match)
    body = without_prompts(text[: 20 * LONGEST])[: 5 * LONGEST].lstrip("\n")
    if named:
        return _of_its_system(named, body, tables)
    answered = _first(tables.shapes, body, _in_a_line)
    answered = answered or _first(tables.shapeless, typed, re.match)
    return (answered[0], answered[1].name) if answered else None


def _of_its_system(named: tuple[Question, Platform], body: str, tables: _Tables) -> Found:
    """The command tells the question; where several systems have it, the output tells which of them
    answered."""
    question, platform = named
    answered = None
    if platform.pasted.shared_commands:
        answered = _first(_of_others(named, tables.shapes), body, _in_a_line)
    return question, (answered or named)[1].name


def _of_others(
    named: tuple[Question, Platform], shapes: tuple[tuple[Shape, Platform], ...]
) -> Iterator[tuple[Shape, Platform]]:
    """How other systems answer the same question, where their answers look different."""
    question, platform = named
    for shape, other in shapes:
        same_question = shape.question is question and other is not platform
        if same_question and shape.look.differs_by_system:
            yield shape, other


def _in_a_line(pattern: str, text: str) -> re.Match[str] | None:
    return re.search(pattern, text, re.M)


def named_by_command(pasted: str) -> bool:
    """Does the typed command say what this is, rather than the looks of the output?"""
    typed = command_line(pasted)
    if typed is None:
        return True
    tables = _tables(platforms.PLATFORMS)
    commands = (*tables.commands, *tables.shapeless)
    return _first(commands, typed, re.match) is not None


def _first(
    table: Iterable[tuple[Shape | TypedCommand, Platform]],
    text: str | None,
    matches: Callable[[str, str], re.Match[str] | None],
) -> tuple[Question, Platform] | None:
    if not text:
        return None
    for one, platform in table:
        if matches(one.pattern, text):
            return one.question, platform
    return None
