"""A query as text: which parts it has, and the same with one part more or less. What the parts mean
is said by `search.asked`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

LONGEST = 500  # characters of a query; what is longer is cut
KEYS = ("device", "address", "cause", "by", "state", "severity", "since", "until")
SHORT = {"sev": "severity"}  # what else a key may be called
PART = re.compile(r'(?:([a-z]{2,9}):)?(?:"([^"]*)"?|(\S+))')


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a query: words (the key is empty), or `key:value`."""

    key: str
    value: str
    quoted: bool = False

    def __str__(self) -> str:
        value = self.value.replace('"', "")
        shown = f'"{value}"' if self.quoted or " " in value else value
        return f"{self.key}:{shown}" if self.key else shown


def plain(text: str) -> str:
    """A query that is not too long, and that every database takes."""
    return text[:LONGEST].replace("\0", " ")


def parts(text: str) -> list[Part]:
    """The parts of a query, in order."""
    found = PART.findall(plain(text))
    return [
        Part(SHORT.get(key, key), quoted or bare, bool(quoted))
        for key, quoted, bare in found
        if key or quoted or bare
    ]


def written(kept: Iterable[Part]) -> str:
    """The query that has these parts."""
    return " ".join(str(part) for part in kept)[:LONGEST]


def value_of(text: str, key: str) -> str:
    """The last value of a key; empty = the query does not have it."""
    return next((part.value for part in reversed(parts(text)) if part.key == key), "")


def with_value(text: str, key: str, value: str) -> str:
    """The query with this value of a key and no other; an empty value takes the key out."""
    others = [part for part in parts(text) if part.key != key]
    return written([*others, Part(key, value)] if value else others)


def without(text: str, gone: Part) -> str:
    """The query without one part."""
    return written(part for part in parts(text) if part != gone)


def as_text(text: str, fields: Mapping[str, str]) -> str:
    """The one-field form of a query and the fields of a form."""
    given = ((key, plain(fields.get(key, "")).strip()) for key in KEYS)
    said = [str(Part(key, value)) for key, value in given if value.replace('"', "")]
    return " ".join(part for part in (text.strip(), *said) if part)[:LONGEST]
