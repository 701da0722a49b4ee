"""Several pastes of one device that answer one question: parts of one answer, or the answer twice,
before and after?

Parts are known by what they are about: routing tables, chains, interfaces, kinds of counters. Parts
of one answer hold different ones, or say the same of them; an output that says another thing of the
same one was taken at another time.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from dataclasses import replace
from itertools import chain
from typing import Any

from collectors.model.evidence import Evidence, Question, Status
from collectors.model.questions import traits
from collectors.model.records import (
    Counter,
    FilterChain,
    FilterRule,
    Interface,
    PolicyRule,
    Record,
    Route,
    Socket,
)
from collectors.model.tunnels import Peer, TunnelLink
from workbench.incidents.pasted import interface_lists

Part = Hashable


def _chain_of(record: FilterChain | FilterRule) -> Part:
    name = record.name if isinstance(record, FilterChain) else record.chain
    return (record.dialect, record.family, record.table, name)


_PART: dict[type, Callable[[Any], Part]] = {
    Route: lambda record: (record.table, record.destination.version),
    PolicyRule: lambda record: record.version,
    Interface: lambda record: record.name,
    Counter: lambda record: record.scope,
    Socket: lambda record: record.protocol,
    Peer: lambda record: record.interface,
    TunnelLink: lambda record: record.interface,
    FilterChain: _chain_of,
    FilterRule: _chain_of,
}


def times(items: Iterable[Evidence]) -> list[list[Evidence]]:
    """Pastes of one device that answer one question, by the time at which they were taken, as far
    as that shows."""
    found: list[list[Evidence]] = []
    for item in items:
        if not found or not _fits(item, found[-1]):
            found.append([])
        found[-1].append(item)
    return found


def _fits(item: Evidence, others: list[Evidence]) -> bool:
    """What is counted is a sample each time it is pasted; of all else, the same output again is
    the same."""
    if item.question is Question.INTERFACES:
        return interface_lists.agree(item, others)
    mine, theirs = _parts([item]), _parts(others)
    if traits(item.question).counted:
        return bool(mine) and mine.keys().isdisjoint(theirs)
    cut = item.truncated, all(one.truncated for one in others)
    both = mine.keys() & theirs.keys()
    return all(_agree(mine[part], theirs[part], *cut) for part in both)


def _agree(
    mine: frozenset[Record], theirs: frozenset[Record], mine_cut: bool, theirs_cut: bool
) -> bool:
    """Do two outputs show the same of one part, as far as each of them goes?"""
    if mine_cut and theirs_cut:
        return True
    if mine_cut:
        return mine <= theirs
    if theirs_cut:
        return theirs <= mine
    return mine == theirs


def _parts(items: Iterable[Evidence]) -> dict[Part, frozenset[Record]]:
    return {part: frozenset(records) for part, records in _in_parts(items).items()}


def _in_parts(items: Iterable[Evidence]) -> dict[Part, tuple[Record, ...]]:
    """Every record once, in the order in which they came."""
    found: dict[Part, dict[Record, None]] = {}
    for record in chain.from_iterable(item.records for item in items):
        found.setdefault(_part(record), {})[record] = None
    return {part: tuple(records) for part, records in found.items()}


def _part(record: Record) -> Part:
    part_of = _PART.get(type(record))
    return part_of(record) if part_of else None


def joined(groups: list[list[Evidence]]) -> dict[int, Evidence]:
    """Every paste with all that was pasted at its time, and what was pasted earlier of other
    parts; by its identity."""
    if groups and groups[0][0].question is Question.INTERFACES:
        return _links(groups)
    known: dict[Part, tuple[Record, ...]] = {}
    found: dict[int, Evidence] = {}
    for group in groups:
        earlier = {part: tuple(map(_uncounted, records)) for part, records in known.items()}
        known = earlier | _in_parts(group)
        records = tuple(chain.from_iterable(known.values()))
        found |= _each_with(group, records, cut=any(_cut(item, group) for item in group))
    return found


def _links(groups: list[list[Evidence]]) -> dict[int, Evidence]:
    listed: list[interface_lists.Listed] = []
    found: dict[int, Evidence] = {}
    for group in groups:
        for item in group:
            listed += interface_lists.listed(item)
        cut = any(item.truncated for item in group)
        found |= _each_with(group, interface_lists.merged(listed), cut=cut)
    return found


def _each_with(
    group: list[Evidence], records: tuple[Record, ...], *, cut: bool
) -> dict[int, Evidence]:
    return {id(item): replace(item, records=records, truncated=cut) for item in group}


def _cut(item: Evidence, group: list[Evidence]) -> bool:
    """Is it a part of the answer, and no other one of its time shows the whole of it?"""
    if not item.truncated or traits(item.question).counted:
        return item.truncated
    whole = _parts(one for one in group if not one.truncated)
    return not _parts([item]).keys() <= whole.keys()


def _uncounted(record: Record) -> Record:
    """What was pasted at an earlier time only: it still stands, but nobody counted it again."""
    if isinstance(record, FilterChain | FilterRule):
        return replace(record, packets=None, bytes=None)
    return record


def joins(item: Evidence) -> bool:
    """Is it an answer that may come in parts?"""
    known = traits(item.question)
    return (known.in_parts or known.counted) and item.status is Status.ANSWERED
