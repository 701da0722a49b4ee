"""Several commands in one typed line (`ip -br a; ip route`): whose output ends where? Their own
parsers tell."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import dropwhile

from collectors.answering import reading_of
from collectors.model.answer import Output
from collectors.model.evidence import QueryParams
from collectors.paste.escapes import without_escapes
from collectors.paste.recognise import recognise_output, typed_command, without_prompts
from collectors.platforms import platform_named
from workbench.incidents.pasted.piece_text import NOTHING_TYPED

MOST = 12  # commands of one line
# a loop prints the same command's output again and again
_LOOP = re.compile(r"\b(?:do|done|while|for|then|fi)\b")
# `ssh gw 'ip -br a; ip route'`, `sh -c "ip rule && ip route"`
_QUOTED = re.compile(
    r"(?P<around>[^'\"]{1,200})(?P<quote>['\"])(?P<inner>[^'\"]{1,1000})(?P=quote)\s*"
)
_QUOTE = re.compile(r"['\"]")
_BETWEEN = re.compile(r"&&|;")
# what people print between: echo, date, lines of signs
_RULER = re.compile(r"\s*(?:[-=#*_.~+]{2,}.{0,60})?\s*")


def each_apart(text: bytes) -> tuple[bytes, ...]:
    """The piece as one for each command that was typed in its line; the piece itself where there is
    only one."""
    shown = without_escapes(text.decode("utf-8", "replace"))
    typed = typed_command(shown) or NOTHING_TYPED
    chain = _chain(typed.typed)
    if len(chain) < 2:
        return (text,)
    found = list(_with_outputs(chain, without_prompts(shown).splitlines()))
    only_the_first = [command for command, _ in found] == [chain[0]]
    if not found or only_the_first:
        return (text,)
    prompt = _prompt(shown, typed.typed)
    return tuple(f"{prompt}{command}\n{body}".encode() for command, body in found)


def _prompt(shown: str, typed: str) -> str:
    """What stands before the typed command in its line."""
    line = next(line for line in shown.splitlines() if typed in line)
    return line[: line.rindex(typed)]


def _chain(typed: str) -> tuple[str, ...]:
    """The commands of the line that answer a question, each with what is around all of them."""
    wrapped = _QUOTED.fullmatch(typed)
    if wrapped is None:
        return () if _QUOTE.search(typed) else tuple(_commands(typed))
    before, after = wrapped["around"] + wrapped["quote"], wrapped["quote"]
    return tuple(_commands(wrapped["inner"], before, after))


def _commands(line: str, before: str = "", after: str = "") -> Iterator[str]:
    if _LOOP.search(line):
        return
    for part in _BETWEEN.split(line)[:MOST]:
        command = f"{before}{part.strip()}{after}"
        if part.strip() and recognise_output(f"x$ {command}\n") is not None:
            yield command


def _with_outputs(chain: tuple[str, ...], lines: list[str]) -> Iterator[tuple[str, str]]:
    """Each command reads as far as it can; what it cannot read begins the output of the next
    one."""
    for number, command in enumerate(chain, 1):
        lines = list(dropwhile(_RULER.fullmatch, lines))
        is_last = number == len(chain)
        end = len(lines) if is_last else _end(command, lines)
        if end:
            yield command, "\n".join(lines[:end]) + "\n"
        lines = lines[end:]


def _end(command: str, lines: list[str]) -> int:
    """The number of the first line that the command's own parser cannot read."""
    question, name = recognise_output(f"x$ {command}\n") or (None, "")
    platform = platform_named(name)
    if question is None or platform is None or question not in platform.answers:
        return len(lines)
    output = Output("\n".join(lines).encode())
    unread = reading_of(platform, question, output, QueryParams()).unread
    strange = {line.strip() for line in unread}
    strange_lines = (at for at, line in enumerate(lines) if line.strip() in strange)
    return next(strange_lines, len(lines))
