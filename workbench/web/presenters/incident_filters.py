"""The filters of the list of incidents: each is a part of the query, added or taken out by a link."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlencode

from workbench.incidents.models import Incident
from workbench.incidents.search.query_text import (
    KEYS,
    Part,
    parts,
    value_of,
    with_value,
    without,
)

TIMES = (("24h", "24 hours"), ("7d", "7 days"), ("30d", "30 days"))
SHOWN = ("state", "severity")  # their values are toggles of their own
SORTED = {
    "newest": "newest first",
    "oldest": "oldest first",
    "state": "open first",
    "severity": "worst first",
    "title": "by title",
}


@dataclass(frozen=True, slots=True)
class Choice:
    """One filter: the link that adds it, or takes it out where it is chosen."""

    label: str
    query: str  # the part of the address after its `?`
    chosen: bool


@dataclass(frozen=True, slots=True)
class Group:
    """Filters of one kind."""

    title: str
    choices: tuple[Choice, ...]


def address(text: str, sort: str = "", **more: str) -> str:
    """The part of an address that says a query and its order."""
    order = sort if sort != "newest" else ""
    given = {"q": text, "sort": order, **more}
    return urlencode({name: value for name, value in given.items() if value})


def groups(text: str, sort: str, me: str) -> tuple[Group, ...]:
    """The filters that everybody needs."""
    severities = [(str(one), f"SEV {one}") for one in Incident.Severity.values]
    return (
        Group("State", _toggles(text, sort, "state", [(s, s) for s in Incident.State.values])),
        Group("Severity", _toggles(text, sort, "severity", severities)),
        Group("Person", (_only(text, sort, "by", me, "mine"),)),
        Group("Opened", tuple(_only(text, sort, "since", code, says) for code, says in TIMES)),
    )


def _toggles(
    text: str, sort: str, key: str, values: Iterable[tuple[str, str]]
) -> tuple[Choice, ...]:
    """Values of which several may be chosen."""
    chosen = [one for one in value_of(text, key).split(",") if one]
    return tuple(_toggle(text, sort, key, value, says, chosen) for value, says in values)


def _toggle(text: str, sort: str, key: str, value: str, says: str, chosen: list[str]) -> Choice:
    is_chosen = value in chosen
    left = [one for one in chosen if one != value] if is_chosen else [*chosen, value]
    return Choice(says, address(with_value(text, key, ",".join(left)), sort), is_chosen)


def _only(text: str, sort: str, key: str, value: str, says: str) -> Choice:
    """A value beside which no other of its key makes sense."""
    is_chosen = value_of(text, key) == value
    return Choice(says, address(with_value(text, key, "" if is_chosen else value), sort), is_chosen)


def others(text: str, sort: str, me: str) -> list[Choice]:
    """What else the query asks for, each with the link that takes it out."""
    drawn = {("by", me), *(("since", code) for code, _ in TIMES)}
    rest = [one for one in parts(text) if one.key in KEYS and one.key not in SHOWN]
    return [_removal(text, sort, one) for one in rest if (one.key, one.value) not in drawn]


def _removal(text: str, sort: str, one: Part) -> Choice:
    return Choice(str(one), address(without(text, one), sort), True)
