"""Which question does a pasted or uploaded output answer, and on which platform? The listed platforms
tell."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
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
    """What all platforms bring, in the order in which it is tried."""

    commands: tuple[tuple[TypedCommand, Platform], ...]
    shapeless: tuple[tuple[TypedCommand, Platform], ...]
    shapes: tuple[tuple[Shape, Platform], ...]
    files: tuple[tuple[bytes, Found], ...]


@lru_cache(maxsize=8)
def _tables(listed: tuple[Platform, ...]) -> _Tables:
    """Commands of one system's own before those that several have; shapes by what they look
    like."""
    commands = [
        (command, platform)
        for platform in sorted(listed, key=lambda one: one.pasted.shared_commands)
        for command in platform.pasted.commands
    ]
    shapes = [(shape, platform) for platform in listed for shape in platform.pasted.shapes]
    return _Tables(
        commands=tuple(one for one in commands if not one[0].only_shapeless),
        shapeless=tuple(one for one in commands if one[0].only_shapeless),
        shapes=tuple(sorted(shapes, key=lambda one: one[0].look)),
        files=tuple(
            (magic, (question, platform.name))
            for platform in listed
            for magic, question in platform.pasted.files
        ),
    )


def command_line(text: str) -> str | None:
    """The command that was pasted along with its output, without its prompt and wrappers; None
    where there is none."""
    found = typed_command(text)
    return found.command.text if found else None


def typed_command(text: str) -> Typed | None:
    """What was typed above this output, on whose prompt."""
    lines = without_escapes(text[:LONGEST]).splitlines()[:5]
    return next((line for line in typed_lines(lines).values() if line.typed), None)


def without_prompts(text: str) -> str:
    """The output alone: lines that begin with a prompt are what a person typed."""
    lines = without_escapes(text).splitlines()
    asked = typed_lines(lines)
    return "\n".join(line for number, line in enumerate(lines) if number not in asked)


def outputs(text: str) -> list[str]:
    """A terminal's text as one piece for each command that was typed; without prompts, by what
    outputs look like."""
    lines = text.splitlines(keepends=True)
    shown = [without_escapes(line) for line in lines]
    starts = [number for number, line in typed_lines(shown).items() if line.typed]
    if not starts:
        return by_shape(text)
    bounds = [*dict.fromkeys((0, *starts)), len(lines)]
    pieces = [part for start, end in pairwise(bounds) for part in logged_apart(lines[start:end])]
    return [piece for piece in pieces if piece.strip()]


def recognise_output(pasted: str | bytes) -> Found | None:
    """Which question does this output answer, on which platform? None = it is unknown."""
    tables = _tables(platforms.PLATFORMS)
    if isinstance(pasted, bytes):
        for magic, found in tables.files:
            if pasted.startswith(magic):
                return found
        pasted = pasted.decode("utf-8", "replace")
    typed = command_line(pasted)
    named = _first(tables.commands, typed, re.match) if typed else None
    body = without_prompts(pasted[: 20 * LONGEST])[: 5 * LONGEST].lstrip("\n")
    if named:
        return _of_its_system(named, body, tables)
    answered = _first(tables.shapes, body, _in_a_line) or (
        _first(tables.shapeless, typed, re.match) if typed else None
    )
    return (answered[0], answered[1].name) if answered else None


def _of_its_system(named: tuple[Question, Platform], body: str, tables: _Tables) -> Found:
    """The command tells the question; where several systems have it, the output tells which of them
    answered."""
    question, platform = named
    others = (
        one
        for one in tables.shapes
        if one[0].question is question and one[1] is not platform and one[0].look.differs_by_system
    )
    answered = _first(others, body, _in_a_line) if platform.pasted.shared_commands else None
    return question, (answered or named)[1].name


def _in_a_line(pattern: str, text: str) -> re.Match[str] | None:
    return re.search(pattern, text, re.M)


def named_by_command(pasted: str) -> bool:
    """Does the typed command say what this is, rather than the looks of the output?"""
    typed = command_line(pasted)
    tables = _tables(platforms.PLATFORMS)
    return typed is None or any(
        _first(table, typed, re.match) is not None for table in (tables.commands, tables.shapeless)
    )


def _first(
    table: Iterable[tuple[Shape | TypedCommand, Platform]],
    text: str,
    matches: Callable[[str, str], re.Match[str] | None],
) -> tuple[Question, Platform] | None:
    return next(
        ((one.question, platform) for one, platform in table if matches(one.pattern, text)), None
    )
