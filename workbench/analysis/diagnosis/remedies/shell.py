"""Words that devices chose (interfaces, tables, chains, values), fit for a command that a person
will paste."""

from __future__ import annotations

import shlex


def word(value: object) -> str:
    """One word for a shell, whatever is in it: as it is where it is plain, else quoted, on one
    line."""
    return shlex.quote("".join(c if c.isprintable() else "\ufffd" for c in str(value)))
