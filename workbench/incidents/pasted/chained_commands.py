"""Several commands in one typed line (`ip -br a; ip route`): whose output ends where? Their own
parsers tell."""

from __future__ import annotations

import re
from collections.abc import Iterator

from collectors.answering import reading_of
from collectors.model.answer import Output
from collectors.model.evidence import QueryParams
from collectors.paste.escapes import without_escapes
from collectors.paste.recognise import recognise_output, typed_command, without_prompts
from collectors.platforms import platform_named

MOST = 12  # commands of one line
# a loop prints the same command's output again and again
_LOOP = re.compile(r"\b(?:do|done|while|for|then|fi)\b")
# `ssh gw 'ip -br a; ip route'`, `sh -c "ip rule && ip route"`
_QUOTED = re.compile(
    r"(?P<around>[^'\"]{1,200})(?P<quote>['\"])(?P<inner>[^'\"]{1,1000})(?P=quote)\s*"
)
# what people print between: echo, date, lines of signs
_RULER = re.compile(r"\s*(?:[-=#*_.~+]{2,}.{0,60})?\s*")


def each_apart(text: bytes) -> tuple[bytes, ...]:
    """The piece as one for each command that was typed in its line; the piece itself where there is
    only one."""
    shown = without_escapes(text.decode("utf-8", "replace"))
    typed = typed_command(shown)
    chain = _chain(typed.typed) if typed else ()
    if typed is None or len(chain) < 2:
        return (text,)
    first = next(line for line in shown.splitlines() if typed.typed in line)
    prompt = first[: first.rindex(typed.typed)]
    lines = without_prompts(shown).splitlines()
    told = list(_with_outputs(chain, lines))
    alone = len(told) == 1 and told[0][0] == chain[0]
    return (
        tuple(f"{prompt}{command}\n{body}".encode() for command, body in told)
        if told and not alone
        else (text,)
    )


def _chain(typed: str) -> tuple[str, ...]:
    """The commands of the line that answer a question, each with what is around all of them."""
    around = _QUOTED.fullmatch(typed)
    inner = around["inner"] if around else typed
    before, after = (around["around"] + around["quote"], around["quote"]) if around else ("", "")
    if _LOOP.search(inner) or (not around and re.search(r"['\"]", inner)):
        return ()
    commands = [part.strip() for part in re.split(r"&&|;", inner)[:MOST]]
    whole = [f"{before}{command}{after}" for command in commands if command]
    return tuple(command for command in whole if recognise_output(f"x$ {command}\n") is not None)


def _with_outputs(chain: tuple[str, ...], lines: list[str]) -> Iterator[tuple[str, str]]:
    """Each command reads as far as it can; what it cannot read begins the output of the next
    one."""
    for at, command in enumerate(chain):
        while lines and _RULER.fullmatch(lines[0]):
            lines = lines[1:]
        end = len(lines) if at == len(chain) - 1 else _end(command, lines)
        if end:
            yield command, "\n".join(lines[:end]) + "\n"
        lines = lines[end:]


def _end(command: str, lines: list[str]) -> int:
    found = recognise_output(f"x$ {command}\n")
    platform = platform_named(found[1]) if found else None
    if not found or platform is None or found[0] not in platform.answers:
        return len(lines)
    output = Output("\n".join(lines).encode())
    unread = reading_of(platform, found[0], output, QueryParams()).unread
    strange = {line.strip() for line in unread}
    return next(
        (number for number, line in enumerate(lines) if line.strip() in strange), len(lines)
    )
