"""Which flow is this line about? Lines pasted from anywhere: captures, state tables, sockets,
firewall logs, notes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from collectors import platforms
from collectors.model.flow import BadFlow, Flow, NoPort
from collectors.paste.escapes import without_escapes
from collectors.paste.flows import (
    application_lines,
    captures,
    cisco_messages,
    fields,
    firewall_lines,
)
from collectors.platforms.flow_ends import Missing, addresses

LONGEST = 4000  # characters that are looked at
MOST_LINES = 50

# lines of systems that are no platform, and of tools that run on several
_OTHER_READERS: tuple[Callable[[str], Flow | None], ...] = (
    *captures.READERS,
    *firewall_lines.READERS,
    *cisco_messages.READERS,
    *application_lines.READERS,
    *fields.READERS,
    application_lines.anything,
)


def _readers() -> Iterator[Callable[[str], Flow | None]]:
    """Those of the platforms first: they know their own lines best."""
    for pasted in platforms.all_pasted():
        yield from pasted.flow_lines
    yield from _OTHER_READERS


def recognise(text: str) -> Flow:
    """The flow of the first line that tells one, from its client to its server. Raises BadFlow with
    a sentence."""
    lines = [line.strip() for line in without_escapes(text[:LONGEST]).splitlines() if line.strip()]
    if not lines:
        raise BadFlow("there is no text to read a flow from")
    try:
        return Flow.parse(lines[0])
    except BadFlow as first:
        problem = first
    missing: Missing | None = None
    for line in (*lines[:MOST_LINES], *_joined(lines)):
        try:
            if flow := of_line(line):
                return flow
        except Missing as why:
            missing = missing or why
    if missing is not None:
        raise missing
    if isinstance(problem, NoPort):
        raise problem
    raise BadFlow(_why_not(lines[0], str(problem)))


def _joined(lines: list[str]) -> list[str]:
    """An event that Windows writes over many lines, as one."""
    return [" ".join(lines[:MOST_LINES])] if len(lines) > 1 else []


def of_line(line: str) -> Flow | None:
    """The flow of this line, or None. Raises Missing where it is understood and something is not in
    it."""
    if flow := fields.document(line, of_line):
        return flow
    for reader in _readers():
        try:
            found = reader(line)
        except Missing:
            raise
        except (ValueError, KeyError, IndexError):  # BadFlow is a ValueError
            continue
        if found:
            return found
    return None


def _why_not(line: str, otherwise: str) -> str:
    found = list(addresses(line))
    if len(found) == 1:
        return (
            f"only one address ({found[0]}) is in this line; a flow needs the client's and the"
            " server's"
        )
    has_a_name = re.search(r"[A-Za-z0-9-]+\.[A-Za-z]{2,}(?::\d+)?\b", line)
    if has_a_name and not found:
        return "there is no IP address in this line; names are not looked up, write the addresses"
    return otherwise
