"""Words that devices chose (interfaces, tables, chains, values), fit for a command that a person
will paste."""

from __future__ import annotations

import re
import shlex

_NOT_NFT = re.compile(r"[^A-Za-z0-9_./-]")


def word(value: object) -> str:
    """One word for a shell, whatever is in it: as it is where it is plain, else quoted, on one
    line."""
    return shlex.quote("".join(c if c.isprintable() else "\ufffd" for c in str(value)))


def words(*values: object) -> str:
    """Several of them, one after the other."""
    return " ".join(map(word, values))


def nft_names(*values: object) -> str:
    """Names of tables and chains for nft, which joins its words and reads them again: what is no
    part of a name would be a command of its own, and is replaced."""
    return words(*(_NOT_NFT.sub("\ufffd", str(value)) for value in values))


def sysctl(key: str, value: object) -> str:
    """The command that gives a kernel setting a value."""
    return f"sysctl -w {word(f'{key}={value}')}"
