"""How a command is written for a Linux shell: quoted, without surprises, and fit to follow `sudo -n
`."""

from __future__ import annotations

import shlex

_SBIN = "PATH=$PATH:/usr/sbin:/sbin"


def plain(command: str) -> str:
    """A command that needs no privilege: untranslated, and with sbin on PATH."""
    return f"LC_ALL=C {_SBIN} {command}"


def script(body: str) -> str:
    """Several commands as one simple command, fit for sudo."""
    if "'" in body or "\n" in body:
        raise ValueError("a script must be one line without single quotes")
    return f"sh -c 'export LC_ALL=C {_SBIN}; {body}'"


def word(value: object) -> str:
    """One value as one shell word. Values are typed fields; this is the second fence."""
    text = str(value)
    visible = all(33 <= ord(letter) <= 126 for letter in text)
    if not text or not visible or shlex.quote(text) != text:
        raise ValueError(f"{text[:40]!r} cannot be part of a command")
    return text


def seconds(value: float | None, default: float = 6.0) -> str:
    """A bounded duration for `timeout`."""
    wanted = default if value is None else value
    return f"{min(max(wanted, 0.5), 120.0):g}"
