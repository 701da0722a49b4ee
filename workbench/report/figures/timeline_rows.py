"""Where in its lane does each mark of the timeline stand, and which are drawn as one?"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from workbench.report.text import fit, wide

NEAR = 14  # px; symbols that are nearer to each other are drawn as one
ROWS = 2  # of labels in a lane
SYMBOL = 10  # px from the middle of a symbol to its label
SHORTEST, LONGEST = 50, 260  # px of a label
SIZE = 11
_TONES = ("bad", "open", "good", "note", "none")  # the first of a group wins


@dataclass(frozen=True, slots=True)
class TimelineMark:
    """One thing that happened; `until` makes it a stretch."""

    lane: str
    at: datetime
    text: str
    tone: str = "none"  # good, bad, open, note, none
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class PlacedMark:
    """What is drawn at one place of a lane: one mark, or several that are too near to each other."""

    marks: tuple[TimelineMark, ...]
    x: float
    end: float  # of its stretch; x where it has none
    row: int = 0
    label: str = ""  # empty = there is no room for one
    label_x: float = 0.0
    label_row: int = 0

    @property
    def tone(self) -> str:
        """The tone that matters most of its marks."""
        tones = {mark.tone for mark in self.marks}
        return next((tone for tone in _TONES if tone in tones), "none")

    @property
    def text(self) -> str:
        """What its label says when there is room."""
        first = self.marks[0].text
        return first if len(self.marks) == 1 else f"{len(self.marks)} × {self._of_most(first)}"

    def _of_most(self, first: str) -> str:
        same = all(mark.text == first for mark in self.marks)
        return first if same else f"{first} …"


def placed(
    marks: Sequence[TimelineMark], place: Callable[[datetime], float], right: float
) -> list[PlacedMark]:
    """The marks of one lane, from left to right, each with a label where nothing else stands."""
    groups = _groups(sorted(marks, key=lambda mark: mark.at), place)
    return _with_labels(_in_rows(_of(group, place, right) for group in groups), right)


def _groups(
    marks: Iterable[TimelineMark], place: Callable[[datetime], float]
) -> Iterator[tuple[TimelineMark, ...]]:
    """Marks that lie within one symbol's width of the first of them; a stretch that is longer than
    that stands alone."""
    group: list[TimelineMark] = []
    for mark in marks:
        begins_here = group and place(mark.at) - place(group[0].at) < NEAR
        if group and not (begins_here and _short(mark, place) and _short(group[0], place)):
            yield tuple(group)
            group = []
        group.append(mark)
    if group:
        yield tuple(group)


def _short(mark: TimelineMark, place: Callable[[datetime], float]) -> bool:
    return mark.until is None or place(mark.until) - place(mark.at) < NEAR


def _of(
    marks: tuple[TimelineMark, ...], place: Callable[[datetime], float], right: float
) -> PlacedMark:
    ends = [place(mark.until) for mark in marks if mark.until]
    x = place(marks[0].at)
    return PlacedMark(marks, x, min(right, max([x, *ends])))


def _in_rows(groups: Iterable[PlacedMark]) -> list[PlacedMark]:
    """Each in the row that has been empty for longest."""
    ends = [0.0] * ROWS
    found = []
    for one in groups:
        row = min(range(ROWS), key=lambda number: ends[number])
        ends[row] = one.end
        found.append(replace(one, row=row))
    return found


def _with_labels(marks: list[PlacedMark], right: float) -> list[PlacedMark]:
    """A label stands behind its stretch and before what comes next in that row; else below or above
    its own symbol."""
    written = [0.0] * ROWS
    found = []
    for index, one in enumerate(marks):
        later = marks[index + 1 :]
        for row, x in ((one.row, one.end + SYMBOL), (1 - one.row, one.x)):
            room = _until_next(later, row, right) - x
            if room > SHORTEST and written[row] <= x and not _covered(marks[:index], row, x):
                one = _labelled(one, x, row, x + room)
                written[row] = x + wide(one.label, SIZE) + SYMBOL
                break
        found.append(one)
    return found


def _until_next(later: list[PlacedMark], row: int, right: float) -> float:
    """Where the next symbol of that row begins."""
    return next((other.x - SYMBOL for other in later if other.row == row), right)


def _covered(before: list[PlacedMark], row: int, x: float) -> bool:
    """Does a symbol or a stretch of that row reach so far?"""
    return any(other.end + SYMBOL > x for other in before if other.row == row)


def _labelled(one: PlacedMark, x: float, row: int, right: float) -> PlacedMark:
    return replace(
        one, label=fit(one.text, min(right - x, LONGEST), SIZE), label_x=x, label_row=row
    )
