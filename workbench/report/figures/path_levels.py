"""Two pictures of the same flow beside each other: which rows of one stand level with which of the
other, and which hops only one of them has."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from workbench.report.picture.align import Pair
from workbench.report.picture.picture import Picture, Side


@dataclass(frozen=True, slots=True)
class Level:
    """One height of both pictures: the row of each that stands there, by its place; None = that
    picture has none."""

    mine: int | None
    theirs: int | None


def levels(mine: Sequence[Pair], theirs: Sequence[Pair]) -> list[Level]:
    """Which rows stand level? Rows of the same device do; between two such, one after the other."""
    found: list[Level] = []
    matched = SequenceMatcher(None, _names(mine), _names(theirs), autojunk=False)
    for _, start, end, begin, finish in matched.get_opcodes():
        found += _stretch(range(start, end), range(begin, finish))
    return found


def _stretch(mine: range, theirs: range) -> Iterator[Level]:
    for index in range(max(len(mine), len(theirs))):
        yield Level(
            mine[index] if index < len(mine) else None,
            theirs[index] if index < len(theirs) else None,
        )


def _names(pairs: Sequence[Pair]) -> list[str]:
    """By the device of the forward side, where there is one."""
    return [(left or right).key for left, right in pairs if left or right]  # type: ignore[union-attr]


def only_here(mine: Picture, theirs: Picture | None) -> tuple[frozenset[str], frozenset[str]]:
    """The hops, by key, that the other picture does not have on the same side: forward, reverse."""
    if theirs is None:
        return frozenset(), frozenset()
    return (
        _keys(mine.forward) - _keys(theirs.forward),
        _keys(mine.reverse) - _keys(theirs.reverse),
    )


def _keys(side: Side) -> frozenset[str]:
    return frozenset(hop.key for hop in side.hops)
