"""Several pastes of one device that answer one question: parts of one answer, or the answer twice,
before and after?

Parts are known by what they are about: routing tables, chains, interfaces, kinds of counters. Parts
of one answer hold different ones, or say the same of them; what says another thing of the same one
was taken at another time.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from dataclasses import replace
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


def _chain(record: FilterChain | FilterRule) -> Part:
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
    FilterChain: _chain,
    FilterRule: _chain,
}


def times(items: Iterable[Evidence]) -> list[list[Evidence]]:
    """Pastes of one device that answer one question, by the time at which they were taken, as far
    as that shows."""
    found: list[list[Evidence]] = []
    for item in items:
        if found and _fits(item, found[-1]):
            found[-1].append(item)
        else:
            found.append([item])
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
    return all(_agree(mine[part], theirs[part], *cut) for part in mine.keys() & theirs.keys())


def _agree(
    mine: frozenset[Record], theirs: frozenset[Record], mine_cut: bool, theirs_cut: bool
) -> bool:
    """Do two tellings of one part say the same, as far as each of them tells?"""
    if mine_cut and theirs_cut:
        return True
    return mine <= theirs if mine_cut else theirs <= mine if theirs_cut else mine == theirs


def _parts(items: Iterable[Evidence]) -> dict[Part, frozenset[Record]]:
    found: dict[Part, set[Record]] = {}
    for item in items:
        for record in item.records:
            found.setdefault(_part(record), set()).add(record)
    return {part: frozenset(records) for part, records in found.items()}


def _part(record: Record) -> Part:
    tell = _PART.get(type(record))
    return tell(record) if tell else None


def joined(groups: list[list[Evidence]]) -> dict[int, Evidence]:
    """Every paste with all that was pasted at its time, and what was pasted earlier of other
    parts; by its identity."""
    if groups and groups[0][0].question is Question.INTERFACES:
        return _links(groups)
    known: dict[Part, tuple[Record, ...]] = {}
    found: dict[int, Evidence] = {}
    for group in groups:
        known = {part: tuple(map(_uncounted, told)) for part, told in known.items()} | _told(group)
        records = tuple(record for part in known.values() for record in part)
        cut = any(item.truncated and not _told_whole(item, group) for item in group)
        found.update((id(item), replace(item, records=records, truncated=cut)) for item in group)
    return found


def _links(groups: list[list[Evidence]]) -> dict[int, Evidence]:
    told: list[interface_lists.Listed] = []
    found: dict[int, Evidence] = {}
    for group in groups:
        told += [one for item in group for one in interface_lists.listed(item)]
        cut = any(item.truncated for item in group)
        records = interface_lists.merged(told)
        found.update((id(item), replace(item, records=records, truncated=cut)) for item in group)
    return found


def _told_whole(item: Evidence, group: list[Evidence]) -> bool:
    """Does another one of its time tell all of the parts of which this one picks some?"""
    whole = _parts([one for one in group if not one.truncated])
    return not traits(item.question).counted and _parts([item]).keys() <= whole.keys()


def _uncounted(record: Record) -> Record:
    """What was pasted at an earlier time only: it still stands, but nobody counted it again."""
    if isinstance(record, FilterChain | FilterRule):
        return replace(record, packets=None, bytes=None)
    return record


def _told(group: list[Evidence]) -> dict[Part, tuple[Record, ...]]:
    found: dict[Part, dict[Record, None]] = {}
    for item in group:
        for record in item.records:
            found.setdefault(_part(record), {})[record] = None
    return {part: tuple(records) for part, records in found.items()}


def joins(item: Evidence) -> bool:
    """Is it an answer that may come in parts?"""
    known = traits(item.question)
    return (known.in_parts or known.counted) and item.status is Status.ANSWERED
