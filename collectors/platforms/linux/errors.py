"""How Linux says that it may not or cannot: in the error output of a command that failed or said
nothing else."""

from __future__ import annotations

import re

from collectors.model.answer import Output
from collectors.platforms.reading import text_of

_REFUSALS = (
    (re.compile(r"sudo: .*(password is required|terminal is required)"), "sudo wants a password"),
    (
        re.compile(r"(is not in the sudoers|not allowed to execute|may not run sudo)"),
        "sudo does not allow this command",
    ),
    (re.compile(r"sudo: .*not found|sudo: .*command not found"), "sudo could not find the command"),
    (re.compile(r"you must be root|must be run as root|need to be root", re.I), "root is needed"),
    (
        re.compile(r"Operation not permitted|EPERM", re.I),
        "the operation is not permitted to this user",
    ),
    (re.compile(r"You don't have permission", re.I), "this user may not do that"),
    (
        re.compile(r"Permission denied|Insufficient privileges", re.I),
        "permission was denied to this user",
    ),
)
_MISSING = re.compile(
    r"(?:^|: )(?:\d+: )?([\w./+-]+): (?:command )?not found|(\S+): No such file or directory$", re.M
)


def refusal(output: Output) -> str | None:
    """Did the device say that it may not or cannot? One sentence, or None."""
    if output.exit_status in (0, None) and output.stdout.strip():
        return None
    complaint = text_of(output.stderr)[-4000:]
    for pattern, sentence in _REFUSALS:
        if found := pattern.search(complaint):
            return f"{sentence}: {_line_at(complaint, found.start())}"
    return _missing(output, complaint)


def _line_at(text: str, place: int) -> str:
    """The line of the text in which that place lies."""
    start = text.rfind("\n", 0, place) + 1
    return text[start:].split("\n", 1)[0].strip()[:200]


def _missing(output: Output, complaint: str) -> str | None:
    found = _MISSING.search(complaint)
    not_run = output.exit_status in (126, 127)
    not_found = found is not None and "not found" in found.group()
    if not_run or not_found:
        tool = (found.group(1) or found.group(2)) if found else None
        return f"{tool or 'the command'} is not installed or not on this user's PATH"
    return None
