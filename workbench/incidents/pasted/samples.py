"""Of what is counted, which paste is the sample before the attempt, and which the one after?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from collectors.model.evidence import Evidence, Question
from collectors.model.questions import traits
from workbench.incidents.pasted.joining import joined, joins, times


def sampled(evidence: Iterable[Evidence]) -> tuple[Evidence, ...]:
    """Parts of one answer are joined; of what is counted, the first paste is the sample before, the
    last one after."""
    items = tuple(evidence)
    found: dict[int, Evidence] = {}
    for question, pastes in _by_place(items):
        groups = times(pastes)
        whole = joined(groups)
        twice = traits(question).counted and len(groups) > 1
        found |= _with_samples(groups, whole) if twice else whole
    return tuple(found.get(id(item), item) for item in items)


def _by_place(items: Iterable[Evidence]) -> Iterator[tuple[Question, list[Evidence]]]:
    """What may come in parts: the pastes of one device that answer one question."""
    found: dict[tuple[str, Question], list[Evidence]] = {}
    for item in items:
        if joins(item):
            found.setdefault((item.device, item.question), []).append(item)
    for (_, question), pastes in found.items():
        yield question, pastes


def _with_samples(groups: list[list[Evidence]], whole: dict[int, Evidence]) -> dict[int, Evidence]:
    first, *later = groups
    found = {id(item): _as_sample(whole[id(item)], "before") for item in first}
    for group in later:
        found |= {id(item): _as_sample(whole[id(item)], "after") for item in group}
    return found


def _as_sample(item: Evidence, sample: str) -> Evidence:
    return replace(item, query=replace(item.query, params=replace(item.params, sample=sample)))
