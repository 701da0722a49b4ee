"""The rows of the path picture: which hops stand side by side, how high each row is, where the
sides part."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from workbench.report.figures.path_levels import levels
from workbench.report.picture.align import Pair, align
from workbench.report.picture.picture import HopView, Picture, Side
from workbench.report.text import wrap

COMPACT_BEYOND = 10


@dataclass(frozen=True, slots=True)
class Grid:
    """The measures of one width: where the two spines stand and how large things are."""

    width: float
    kind: str  # wide, narrow, phone
    compact: bool
    margin: float
    half: float  # from the middle to a spine
    block: float  # from the middle to the edge of the split block
    gap: float  # from a spine to its labels
    row: float
    name_size: float
    small_size: float
    label: float  # width for labels on one side

    @property
    def middle(self) -> float:
        """Where the gutter's middle is."""
        return self.width / 2

    def spine(self, right: bool) -> float:
        """Where the line of a side runs."""
        return self.middle + (self.half if right else -self.half)


@dataclass(frozen=True, slots=True)
class Cell:
    """One hop on one side, with its text already broken into lines."""

    hop: HopView
    below: tuple[tuple[str, str], ...]  # (kind, line): translation, tunnel, drop, suspect


@dataclass(frozen=True, slots=True)
class Row:
    """One row: a hop of either side or both."""

    left: Cell | None
    right: Cell | None
    top: float
    height: float
    y: float  # where the symbols stand
    same: bool


def grid(width: int, rows: int) -> Grid:
    """The measures for a picture of that width and that many rows."""
    compact = rows > COMPACT_BEYOND
    if width >= 900:
        label = width / 2 - 118 - 29 - 30 - (170 if not compact else 0)
        return Grid(width, "wide", compact, 18, 118, 58, 29, 36 if compact else 52, 13, 11.5, label)
    if width >= 560:
        return Grid(
            width,
            "narrow",
            False,
            18,
            100,
            50,
            29,
            44 if compact else 52,
            13,
            11.5,
            width / 2 - 100 - 29 - 22,
        )
    return Grid(
        width,
        "phone",
        False,
        8,
        34,
        25,
        19,
        42 if compact else 50,
        12.5,
        10.5,
        width / 2 - 34 - 19 - 12,
    )


def pairs(picture: Picture) -> list[Pair]:
    """The hops between the two ends, side by side, from the client down to the server."""
    forward = [hop for hop in picture.forward.hops if not hop.end]
    reverse = [hop for hop in reversed(picture.reverse.hops) if not hop.end]
    whole = picture.forward.complete and picture.reverse.complete
    return align(forward, reverse, whole=whole)


@dataclass(frozen=True, slots=True)
class _Unplaced:
    """A row with the room that it needs: above its symbols, and in all."""

    left: Cell | None
    right: Cell | None
    lift: float
    height: float
    same: bool


def rows(
    picture: Picture, measures: Grid, top: float, beside: Picture | None = None
) -> tuple[list[Row], float]:
    """Every row with its place, and where they end; level with the rows of another picture."""
    mine = [_unplaced(pair, measures) for pair in pairs(picture)]
    theirs = [_unplaced(pair, measures) for pair in pairs(beside)] if beside else mine
    placed: list[Row] = []
    for level in levels(pairs(picture), pairs(beside or picture)):
        row = mine[level.mine] if level.mine is not None else None
        other = theirs[level.theirs] if level.theirs is not None else None
        there = [one for one in (row, other) if one is not None]
        lift = max(one.lift for one in there)
        height = lift + max(one.height - one.lift for one in there)
        if row is not None:
            y = top + lift + measures.row / 2
            placed.append(Row(row.left, row.right, top, height, y, row.same))
        top += height
    return placed, top


def _unplaced(pair: Pair, measures: Grid) -> _Unplaced:
    left, right = pair
    cells = (_cell(left, measures), _cell(right, measures))
    # room for the cross above it
    lift = 16 if right is not None and right.drop is not None else 0
    height = max(_height(cell, measures) for cell in cells) + lift
    same = left is not None and right is not None and left.key == right.key and left.managed
    return _Unplaced(*cells, lift, height, same)


def _cell(hop: HopView | None, measures: Grid) -> Cell | None:
    if hop is None:
        return None
    room = measures.label + (0 if measures.compact or measures.kind != "wide" else 120)
    return Cell(hop, tuple(_below(hop, room, measures)))


def _below(hop: HopView, room: float, measures: Grid) -> list[tuple[str, str]]:
    most = {"wide": 2, "narrow": 4, "phone": 6}[measures.kind]
    lines: list[tuple[str, str]] = []
    if hop.translation and not measures.compact:
        lines += [
            ("translation", line)
            for line in wrap("⇄ " + hop.translation, room, measures.small_size, 3, mono=True)
        ]
    if hop.tunnel:
        lines += [("tunnel", line) for line in wrap(hop.tunnel, room, measures.small_size, 3)]
    if hop.drop is not None:
        lines += [("drop", line) for line in _drop_lines(hop, room - 12, measures, most)]
    elif hop.loses:
        lines += [
            ("suspect", line)
            for line in wrap(f"✖ LOSES SOME: {hop.loses}", room - 12, measures.small_size, most)
        ]
    elif hop.suspect:
        lines += [
            ("suspect", line)
            for line in wrap("✖ FAULTY, as the verdict says", room - 12, measures.small_size, most)
        ]
    return lines


def _drop_lines(hop: HopView, room: float, measures: Grid, most: int) -> tuple[str, ...]:
    head = f"✖ {hop.ending.upper()}"
    words = hop.drop or ""
    if measures.kind == "phone":
        head = head.replace("FROM HERE ON", "HERE").replace("AFTER HERE", "AFTER")
    if measures.kind == "wide":
        return wrap(f"{head} {words}", room, measures.small_size, most)
    return (head, *wrap(words, room, measures.small_size, most - 1))


def _height(cell: Cell | None, measures: Grid) -> float:
    if cell is None or not cell.below:
        return measures.row
    return (
        measures.row
        + len(cell.below) * 16
        + 14
        + (6 if len({kind for kind, _ in cell.below}) > 1 else 0)
    )


@dataclass(frozen=True, slots=True)
class Split:
    """A stretch where the two directions use different devices."""

    top: float
    bottom: float
    after: str
    again: str
    known: bool  # False = devices that cannot be asked stand here: they may be the same


def splits(placed: Sequence[Row], picture: Picture) -> list[Split]:
    """Where do the sides part, and where do they meet again?"""
    found: list[Split] = []
    run: list[Row] = []
    before = "the client"
    for row in [*placed, None]:
        if row is not None and not row.same:
            run.append(row)
            continue
        if run and not _open(run, placed, picture):
            found.append(
                Split(run[0].top, run[-1].top + run[-1].height, before, _name(row), _known(run))
            )
        run = []
        before = _name(row)
    return found


def _known(run: Sequence[Row]) -> bool:
    """Is any of these devices one that can be asked?"""
    cells = (cell for row in run for cell in (row.left, row.right))
    return any(cell is not None and cell.hop.managed for cell in cells)


def _name(row: Row | None) -> str:
    return row.left.hop.name if row is not None and row.left else "the server"


def _open(run: Sequence[Row], placed: Sequence[Row], picture: Picture) -> bool:
    """Is this stretch different only because one side is not known that far?"""
    open_rows = list[Row]()
    if not picture.forward.complete:
        below = _after_last([row.left is not None for row in placed])
        open_rows += placed[len(placed) - below :]
    if not picture.reverse.complete:
        above = _after_last([row.right is not None for row in reversed(placed)])
        open_rows += placed[:above]
    return any(row is one for row in run for one in open_rows)


def _after_last(known: Sequence[bool]) -> int:
    """How many places follow the last known one?"""
    return list(reversed(known)).index(True) if any(known) else len(known)


def travel(placed: Sequence[Row], side: Side, right: bool) -> list[tuple[float, Cell | None]]:
    """The rows of one side in the order in which packets pass them: (y, cell or None where nothing
    stands)."""
    if right:
        return [(row.y, row.right) for row in reversed(placed)]
    return [(row.y, row.left) for row in placed]
