"""One side of the path picture: its line, arrows, symbols, labels and branches."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from workbench.report.figures.path_rows import Cell, Grid, Row, travel
from workbench.report.figures.path_words import (
    counts,
    emphasis,
    hover,
    seen_coming,
    seen_leaving,
    vanishes,
)
from workbench.report.figures.scene import Anchor, Dash, Scene, Shape
from workbench.report.figures.theme import Theme
from workbench.report.picture.picture import BOUNDARY_TAGS, HopView, Side
from workbench.report.text import fit, wide

SHAPES: dict[str | None, tuple[Shape, float]] = {
    "firewall": ("square", 25),
    "nat": ("diamond", 33),
    "load_balancer": ("hexagon", 29),
    "ids": ("square", 25),
    None: ("circle", 18),
}

CROSS_REACH: dict[str | None, float] = {"firewall": 28, "ids": 28, "nat": 34, "load_balancer": 31}


@dataclass(frozen=True)
class SideDrawing:
    """Draws one direction into the scene."""

    scene: Scene
    grid: Grid
    theme: Theme
    side: Side
    right: bool
    placed: list[Row]
    upper: float
    floor: float
    marked: frozenset[str] = frozenset()  # hops, by key, that are marked as not in another picture

    @property
    def x(self) -> float:
        """Where this side's line runs."""
        return self.grid.spine(self.right)

    @property
    def color(self) -> str:
        """The colour of this direction."""
        return self.theme.reverse if self.right else self.theme.forward

    @property
    def outward(self) -> int:
        """+1 where labels stand to the right of the line, -1 to the left."""
        return 1 if self.right else -1

    @property
    def anchor(self) -> Anchor:
        """How labels hold on to the line."""
        return "left" if self.right else "right"

    def draw(self) -> None:
        """The whole side."""
        stops = travel(self.placed, self.side, self.right)
        self._edges(stops)
        for row in self.placed:
            cell = row.right if self.right else row.left
            if cell:
                self._symbol(cell.hop, row.y)
                self._labels(cell, row)
        self._alternates(stops)

    def _edges(self, stops: list[tuple[float, Cell | None]]) -> None:
        start, finish = (self.floor, self.upper) if self.right else (self.upper, self.floor)
        known = [(y, cell.hop) for y, cell in stops if cell]
        first, last = (self._end(0), self._end(-1)) if self.side.hops else (None, None)
        points: list[tuple[float, HopView | None]] = [(start, first), *known]
        for (y0, before), (y1, after) in pairwise(points):
            self._edge(y0, y1, before, after)
        self._last_edge(points[-1], finish, last)

    def _end(self, index: int) -> HopView | None:
        hop = self.side.hops[index]
        return hop if hop.end else None

    def _last_edge(
        self, origin: tuple[float, HopView | None], finish: float, last: HopView | None
    ) -> None:
        if self.side.complete:
            self._edge(origin[0], finish, origin[1], last)
            if _ends_at(last):
                self._cross(finish, origin[0], 12)
        elif self.side.hops:
            self._unfinished(origin[0], finish, origin[1])
        else:
            self._line(origin[0], finish, self.theme.line, "dot")

    def _edge(self, y0: float, y1: float, before: HopView | None, after: HopView | None) -> None:
        color, dash = self._look(before, after)
        self._line(y0, y1, color, dash)
        if before is not None and before.drop is not None:
            self._cross(y0, y1, 9 if before.end else CROSS_REACH.get(before.boundary, 25))
        self._arrows(y0, y1, color)

    def _look(self, before: HopView | None, after: HopView | None) -> tuple[str, Dash]:
        if _ends_at(before) or _unreached(before) or _unreached(after):
            return self.theme.faint, "dot"
        seen = seen_leaving(before) and seen_coming(after)
        return self.color, "solid" if seen else "dash"

    def _line(self, y0: float, y1: float, color: str, dash: Dash) -> None:
        self.scene.line(
            (self.x, y0), (self.x, y1), color=color, width=1.6 if dash == "dot" else 4, dash=dash
        )

    def _cross(self, y0: float, y1: float, reach: float = 25) -> None:
        y = y0 + reach * (1 if y1 > y0 else -1)
        self.scene.mark(
            self.x, y, "cross", 23, self.theme.danger, self.theme.panel, stroke_width=2, layer=3
        )

    def _arrows(self, y0: float, y1: float, color: str) -> None:
        """One arrow in every row that the line passes, at the row's edge, where no symbol
        stands."""
        down = y1 > y0
        low, high = min(y0, y1), max(y0, y1)
        edges = (
            [row.top for row in self.placed] + [self.placed[-1].top + self.placed[-1].height]
            if self.placed
            else []
        )
        for y in edges or [(y0 + y1) / 2]:
            if low + 14 < y < high - 6 or (low < y < high and high - low < 34):
                shape: Shape = "triangle-down" if down else "triangle-up"
                self.scene.mark(
                    self.x, y, shape, 10, color, self.theme.panel, stroke_width=1, layer=1
                )

    def _unfinished(self, y0: float, finish: float, hop: HopView | None) -> None:
        color = self.theme.danger if self.side.ok is False else self.theme.faint
        self._line(y0, finish, self.theme.faint, "dot")
        dropped = _ends_at(hop)
        explained = dropped or (hop is not None and hop.suspect)
        if self.side.ok is False and not dropped:
            self._cross(y0, finish)
        if self.side.disposition and not explained:
            y = y0 + (34 if finish > y0 else -34)
            text = fit(self.side.disposition, self.grid.label, self.grid.small_size)
            self.scene.text(
                self._label_x, y, text, self.grid.small_size, color, self.anchor, italic=True
            )

    @property
    def _label_x(self) -> float:
        return self.x + self.outward * self.grid.gap

    def _symbol(self, hop: HopView, y: float) -> None:
        shape, size = SHAPES.get(hop.boundary, SHAPES[None])
        size *= 0.92 if self.grid.kind == "phone" else 1
        fill, stroke = self._paint(hop)
        if hop.key in self.marked:
            ring = size + (9 if self.grid.kind == "phone" else 16)
            ground, line = self.theme.split_ground, self.theme.split
            self.scene.mark(self.x, y, "circle", ring, ground, line, stroke_width=2, layer=1)
        more = {"stroke_width": 2.8, "key": hop.key, "hover": hover(hop), "layer": 2}
        self.scene.mark(self.x, y, shape, size, fill, stroke, **more)
        tag = BOUNDARY_TAGS.get(hop.boundary or "", "" if hop.managed else "?")
        if tag:
            ink = self.theme.on_danger if fill == self.theme.danger else stroke
            self.scene.text(self.x, y, tag, self.grid.small_size, ink, "center", bold=True)

    def _paint(self, hop: HopView) -> tuple[str, str]:
        if hop.drop is not None and not hop.lost_after:
            return self.theme.danger, self.theme.danger
        if hop.suspect:
            return self.theme.danger_ground, self.theme.danger
        if hop.boundary:
            return self.theme.page, self.theme.state if hop.reached else self.theme.faint
        known = hop.reached and hop.managed
        return self.theme.page, self.color if known else self.theme.faint

    def _labels(self, cell: Cell, row: Row) -> None:
        hop, grid, theme = cell.hop, self.grid, self.theme
        expected = not hop.reached
        ink = (
            theme.danger
            if vanishes(hop) or hop.suspect
            else theme.muted
            if expected
            else theme.text
        )
        plain = expected or not hop.managed
        if grid.compact:
            self._columns(hop, row.y, ink, plain)
        else:
            name = fit(hop.name, grid.label, grid.name_size, bold=True)
            self.scene.text(
                self._label_x,
                row.y - 8,
                name,
                grid.name_size,
                ink,
                self.anchor,
                bold=not plain,
                italic=plain,
            )
            self._second_line(hop, row.y + 9)
            self._outer(hop, row.y)
        self._below(cell, row)

    def _columns(self, hop: HopView, y: float, ink: str, plain: bool) -> None:
        """Past ten rows: everything on one line, in columns."""
        out, grid = self.outward, self.grid
        name = fit(hop.name, 122, grid.name_size, bold=True)
        self.scene.text(
            self._label_x, y, name, grid.name_size, ink, self.anchor, bold=not plain, italic=plain
        )
        room = grid.width / 2 - grid.half - grid.gap - grid.margin
        if room > 327:
            small, ink = grid.small_size, self.theme.muted
            where = fit("" if hop.address == hop.name else hop.address, 112, small, mono=True)
            x = self._label_x + out * 130
            self.scene.text(x, y, where, small, ink, self.anchor, mono=True)
        if room > 390:
            self._rtt(hop, y, self._label_x + out * 250)
        edge = grid.width - grid.margin - 10 if self.right else grid.margin + 10
        self._seen(hop, y, edge, "right" if self.right else "left")

    def _second_line(self, hop: HopView, y: float) -> None:
        grid = self.grid
        address = "" if hop.address == hop.name else hop.address
        seen = [part for part in self._seen_at(hop) if part]
        shown = "  ".join(filter(None, (address, *seen)))
        if seen and wide(shown, grid.small_size) > grid.label:
            shown = "  ".join(seen)  # what was seen tells more than the address
        text = fit(shown, grid.label, grid.small_size)
        ink = self.theme.danger if grid.kind != "wide" and vanishes(hop) else self.theme.muted
        self.scene.text(self._label_x, y, text, grid.small_size, ink, self.anchor)

    def _seen_at(self, hop: HopView) -> Iterator[str]:
        """What stands beside the address: interfaces where there is room, else counts."""
        if self.grid.kind == "wide":
            yield _interfaces(hop)
            return
        yield counts(hop)
        if self.grid.kind == "phone" and hop.alternates:
            yield f"+{len(hop.alternates)} branch"

    def _outer(self, hop: HopView, y: float) -> None:
        """What was seen and measured here, at the outer edge."""
        if self.grid.kind != "wide":
            return
        edge = self.grid.width - self.grid.margin if self.right else self.grid.margin
        x = edge - self.outward * 150
        both = hop.rtt_ms is not None and hop.came_in is not None
        self._rtt(hop, y - (8 if both else 0), x)
        self._seen(hop, y + (9 if both else 0), x)
        if not hop.reached and hop.came_in is None and hop.rtt_ms is None:
            small, ink = self.grid.small_size, self.theme.muted
            self.scene.text(x, y, "expected", small, ink, self.anchor, italic=True)

    def _rtt(self, hop: HopView, y: float, x: float) -> None:
        if hop.rtt_ms is None:
            return
        self.scene.text(
            x,
            y,
            f"{hop.rtt_ms:.{1 if hop.rtt_ms >= 1 else 2}f} ms",
            self.grid.small_size,
            self.theme.muted,
            self.anchor,
            mono=True,
        )
        if not self.grid.compact:
            near = x + self.outward * 78
            far = near + self.outward * max(2.0, 56 * hop.rtt_ms / self._slowest)
            self.scene.box(
                min(near, far), y - 3.5, max(near, far), y + 3.5, self.theme.line, radius=1
            )

    @property
    def _slowest(self) -> float:
        return max((hop.rtt_ms for hop in self.side.hops if hop.rtt_ms), default=1.0)

    def _seen(self, hop: HopView, y: float, x: float, anchor: Anchor | None = None) -> None:
        if hop.came_in is not None:
            ink = self.theme.danger if vanishes(hop) else self.theme.muted
            size, side = self.grid.small_size, anchor or self.anchor
            self.scene.text(x, y, counts(hop), size, ink, side, mono=True)

    def _below(self, cell: Cell, row: Row) -> None:
        y = row.y + self.grid.row / 2 + 7
        for kind in ("translation", "tunnel", "drop", "suspect"):
            lines = [line for what, line in cell.below if what == kind]
            if lines and kind in ("translation", "tunnel"):
                ink = self.theme.state if kind == "translation" else self.theme.muted
                for line in lines:
                    size, mono = self.grid.small_size, kind == "translation"
                    self.scene.text(self._label_x, y, line, size, ink, self.anchor, mono=mono)
                    y += 16
                y += 6
            elif lines:
                y = self._boxed(lines, y)

    def _boxed(self, lines: list[str], y: float) -> float:
        size = self.grid.small_size
        room = max(wide(line, size, bold=index == 0) for index, line in enumerate(lines)) + 14
        near = self._label_x - self.outward * 3
        far = near + self.outward * room
        self.scene.box(
            min(near, far), y - 12, max(near, far), y + len(lines) * 16 - 4, self.theme.danger_ground,
            stroke=self.theme.danger, stroke_width=1.2, radius=4,
        )  # fmt: skip
        left = min(near, far) + 7
        for index, line in enumerate(lines):
            self.scene.text(left, y + index * 16, emphasis(line), size, self.theme.danger)
        return y + len(lines) * 16

    def _alternates(self, stops: list[tuple[float, Cell | None]]) -> None:
        """Branches of equal cost that this flow does not take: a thin dotted way round, on the
        gutter's side."""
        if self.grid.kind == "phone":
            return
        finish = self.upper if self.right else self.floor
        ys = [y for y, _ in stops]
        for index, (y, cell) in enumerate(stops):
            if cell and cell.hop.alternates:
                beyond = ys[index + 1] if index + 1 < len(ys) else (y + finish) / 2
                after = ys[index + 2] if index + 2 < len(ys) else finish
                self._branch(cell.hop, y, beyond, after)

    def _branch(self, hop: HopView, y: float, beyond: float, after: float) -> None:
        x = self.x - self.outward * 32
        self.scene.line(
            (self.x, y), (x, beyond), (self.x, after), color=self.color, width=1.2, dash="dot"
        )
        tip = (f"{hop.name} could also send it to", *hop.alternates)
        more = {"stroke_width": 1.2, "hover": tip, "layer": 2}
        self.scene.mark(x, beyond, "circle", 23, self.theme.panel, self.color, **more)
        more_ways = f"+{len(hop.alternates)}"
        self.scene.text(x, beyond, more_ways, self.grid.small_size, self.color, "center")


def _interfaces(hop: HopView) -> str:
    if hop.iif and hop.oif:
        return f"{hop.iif}→{hop.oif}"
    if hop.iif:
        return f"in {hop.iif}"
    return f"out {hop.oif}" if hop.oif else ""


def _ends_at(hop: HopView | None) -> bool:
    """Do the packets end there?"""
    return hop is not None and hop.drop is not None


def _unreached(hop: HopView | None) -> bool:
    return hop is not None and not hop.reached
