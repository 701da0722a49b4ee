"""May exactly these bytes be sent to a device? Two fences: what the catalogue would build, and what
the platform's grammar knows to only read.

`refusal(exact, platform, query)` rebuilds the command from the typed query and compares byte by
byte. The second fence, which `refusal(exact, platform)` is alone: printable, bounded, and made of
programs that the platform lists with the reason why they may be run.
"""

from __future__ import annotations

import re

from collectors.model.evidence import Query
from collectors.model.grammar import Grammar, Program, Unclear, Words
from collectors.model.platform import Platform

LONGEST = 100_000  # bytes; a shell takes 128 kB in one word


class Forbidden(ValueError):
    """These bytes must not be sent; the text is one sentence that says why."""


def check(exact: bytes, platform: Platform, query: Query | None = None) -> None:
    """Raise Forbidden unless these bytes may be sent."""
    why = refusal(exact, platform, query)
    if why:
        raise Forbidden(why)


def refusal(exact: bytes, platform: Platform, query: Query | None = None) -> str | None:
    """Why these bytes must not be sent, in one sentence; None = they may."""
    if not exact.strip():
        return "it is empty"
    if len(exact) > LONGEST:
        return f"it is longer than {LONGEST} bytes"
    strange = next((byte for byte in exact if not 32 <= byte < 127), None)
    if strange is not None:
        return f"it holds the byte 0x{strange:02x}, which is not printable ASCII"
    strange_to_catalogue = _not_of_the_catalogue(exact, query, platform) if query else None
    return strange_to_catalogue or _not_reading(exact.decode("ascii"), platform.grammar)


def _not_of_the_catalogue(exact: bytes, query: Query, platform: Platform) -> str | None:
    """The first fence: the bytes are what this platform's file builds for this very question."""
    answer = platform.answers.get(query.question)
    built = answer.command(query.params) if answer else None
    if answer is None or built is None:
        return f"{platform.name} has no command for {query.question.value}"
    allowed = {built.encode()}
    if answer.privileged and platform.login.elevation:
        allowed.add(f"{platform.login.elevation.prefix} {built}".encode())
    if exact in allowed:
        return None
    return f"it is not the command of {platform.name} for {query.question.value}"


def _not_reading(text: str, grammar: Grammar) -> str | None:
    """The second fence: every command that the device would run is one that reads."""
    try:
        script = grammar.read(text)
    except Unclear as unclear:
        return f"it cannot be judged: {unclear}"
    whys = [_opens(name, grammar) for name in script.files]
    whys += [_judged(words, grammar, script.functions) for words in script.commands]
    whys += [rule(script) for rule in grammar.rules]
    return next(filter(None, whys), None)


def _opens(name: str, grammar: Grammar) -> str | None:
    """Why this file must not be written or read."""
    if grammar.opened and re.fullmatch(grammar.opened, name):
        return None
    return f"it redirects to or from {name[:60]!r}"


def _judged(words: Words, grammar: Grammar, functions: set[str]) -> str | None:
    """Why this one command must not be run."""
    name = words[0]
    if name in functions:
        return None
    program = grammar.programs.get(name)
    if program is None:
        return f"{name[:60]!r} is not a command that only reads"
    reads = program.reads is None or program.reads(words)
    if reads and _runs_what_reads(words, program, grammar):
        return None
    return f"{' '.join(words)[:80]!r} may do more than read"


def _runs_what_reads(words: Words, program: Program, grammar: Grammar) -> bool:
    """Does the command behind it, where it runs one, only read?"""
    if program.inner is None:
        return True
    inner = program.inner(words)
    if inner is None:
        return True
    return bool(inner) and _judged(inner, grammar, set()) is None
