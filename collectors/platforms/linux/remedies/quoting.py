"""Words that devices chose (interfaces, tables, chains, values), fit for a command that a person
will paste."""

from __future__ import annotations

import shlex


def word(value: object) -> str:
    """One word for a shell, whatever is in it: as it is where it is plain, else quoted, on one
    line."""
    return shlex.quote("".join(c if c.isprintable() else "\ufffd" for c in str(value)))


def words(*values: object) -> str:
    """Several of them, one after the other."""
    return " ".join(map(word, values))


def sysctl(key: str, value: object) -> str:
    """The command that gives a kernel setting a value."""
    return f"sysctl -w {word(f'{key}={value}')}"
