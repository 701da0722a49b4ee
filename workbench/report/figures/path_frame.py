"""What belongs to both sides of the path picture: header, bands, rungs, split blocks, notes and the
key."""

from __future__ import annotations

from collections.abc import Sequence

from workbench.report.figures.path_rows import Grid, Row, splits
from workbench.report.figures.scene import Anchor, Dash, Scene, Shape, TextRun
from workbench.report.figures.theme import Theme
from workbench.report.picture.picture import Picture, Side
from workbench.report.text import fit, wide, wrap


def header(scene: Scene, picture: Picture, grid: Grid, theme: Theme) -> float:
    """Says which side is which and how each direction fares; returns where the picture begins."""
    if grid.kind == "wide":
        _one_line(scene, picture, grid, theme)
        return 46
    for side, right in ((picture.forward, False), (picture.reverse, True)):
        _stacked(scene, side, right, grid, theme)
    return 62 if grid.kind == "narrow" else 82


def _title(right: bool, theme: Theme, short: bool = False) -> TextRun:
    words = ("▲ REVERSE", "  server → client") if right else ("▼ FORWARD", "  client → server")
    return TextRun(
        words[0] if short else "".join(words),
        bold=True,
        color=theme.reverse if right else theme.forward,
    )


def _one_line(scene: Scene, picture: Picture, grid: Grid, theme: Theme) -> None:
    gap = TextRun("    ")
    left = (_outcome(picture.forward, theme), gap, _title(False, theme))
    right = (_title(True, theme), gap, _outcome(picture.reverse, theme))
    scene.text(grid.middle - 60, 24, left, grid.name_size, theme.text, "right")
    scene.text(grid.middle + 60, 24, right, grid.name_size, theme.text, "left")


def _stacked(scene: Scene, side: Side, right: bool, grid: Grid, theme: Theme) -> None:
    phone = grid.kind == "phone"
    x = (
        grid.spine(right) + (grid.gap if right else -grid.gap)
        if phone
        else grid.middle + (42 if right else -42)
    )
    anchor: Anchor = "left" if right else "right"
    scene.text(x, 20, (_title(right, theme, short=phone),), grid.name_size, theme.text, anchor)
    run = _outcome(side, theme)
    room = grid.label if phone else grid.middle - 60
    for index, line in enumerate(wrap(run.text, room, grid.small_size, 3 if phone else 1)):
        part = (TextRun(line, color=run.color),)
        scene.text(x, 40 + index * 15, part, grid.small_size, theme.text, anchor)


def _outcome(side: Side, theme: Theme) -> TextRun:
    sign = {True: "✔ ", False: "✖ ", None: ""}[side.ok]
    color = {True: theme.good, False: theme.danger, None: theme.muted}[side.ok]
    return TextRun(fit(sign + side.outcome, 330, 13), color=color)


def bands(scene: Scene, placed: Sequence[Row], grid: Grid, theme: Theme) -> None:
    """A band marks a device that keeps state; across both sides only when both directions cross
    it."""
    for row in placed:
        left = bool(row.left and row.left.hop.boundary)
        right = bool(row.right and row.right.hop.boundary)
        top, bottom = row.top + 1, row.top + row.height - 1
        edge, inner = grid.margin, grid.block + 3
        if left and right and row.same:
            scene.box(edge, top, grid.width - edge, bottom, theme.state_ground)
            continue
        if left:
            scene.box(edge, top, grid.middle - inner, bottom, theme.state_ground)
        if right:
            scene.box(grid.middle + inner, top, grid.width - edge, bottom, theme.state_ground)


def rungs(scene: Scene, placed: Sequence[Row], grid: Grid, theme: Theme) -> None:
    """A rung says: both directions cross this very device."""
    words = grid.kind != "phone" and not grid.compact
    hole = 41 if words else 9
    for row in placed:
        if row.same:
            for side in (-1, 1):
                ends = (
                    (grid.middle + side * (grid.half - 9), row.y),
                    (
                        grid.middle + side * hole,
                        row.y,
                    ),
                )
                scene.line(*ends, color=theme.faint, width=1.2)
            text = "same device" if words else "="
            scene.text(grid.middle, row.y, text, grid.small_size, theme.muted, "center")


def blocks(scene: Scene, placed: Sequence[Row], picture: Picture, grid: Grid, theme: Theme) -> None:
    """Where the directions use different devices: split after X, meet again at Y."""
    for split in splits(placed, picture):
        top, bottom = split.top + 3, split.bottom - 3
        x0, x1 = grid.middle - grid.block, grid.middle + grid.block
        scene.box(x0, top, x1, bottom, theme.split_ground if split.known else theme.stripe)
        for y in (top, bottom):
            scene.line(
                (x0, y),
                (x1, y),
                color=theme.split if split.known else theme.faint,
                width=2,
                dash="dash",
            )
        if not split.known:
            _words(scene, (top + bottom) / 2, _broken("cannot be known", grid), grid, theme)
            continue
        if bottom - top < 84:
            _words(scene, (top + bottom) / 2, _broken("not the same", grid), grid, theme)
            continue
        _words(
            scene, top + 15, (*_broken("split after", grid), split.after), grid, theme, first=True
        )
        _words(
            scene,
            bottom - 15,
            (*_broken("meet again at", grid), split.again),
            grid,
            theme,
            last=True,
        )


def _broken(words: str, grid: Grid) -> tuple[str, ...]:
    return tuple(words.split(" ")) if grid.kind == "phone" else (words,)


def _words(
    scene: Scene,
    y: float,
    lines: tuple[str, ...],
    grid: Grid,
    theme: Theme,
    *,
    first: bool = False,
    last: bool = False,
) -> None:
    """Lines of text in a block: downwards from y, upwards to y, or centred on it."""
    size, step = grid.small_size, 12 if grid.kind == "phone" else 15
    height = step * (len(lines) - 1)
    begin = y if first else y - height * (1 if last else 0.5)
    for index, line in enumerate(lines):
        bold = (first or last) and index == len(lines) - 1
        text = fit(line, grid.block * 2 - 6, size, bold=bold)
        scene.text(grid.middle, begin + index * step, text, size, theme.split, "center", bold=bold)


def notes(
    scene: Scene, placed: Sequence[Row], picture: Picture, grid: Grid, theme: Theme, upper: float
) -> None:
    """What to say while nothing, or only one side, is known."""
    nothing_known = not (placed or picture.forward.hops or picture.reverse.hops)
    if nothing_known:
        words = "asking the devices for the first hops …"
        scene.text(
            grid.middle, upper + 50, words, grid.name_size, theme.muted, "center", italic=True
        )
    if grid.kind == "wide" and not grid.compact:
        _column_heads(scene, picture, grid, theme, upper + 12)


def _column_heads(scene: Scene, picture: Picture, grid: Grid, theme: Theme, y: float) -> None:
    """What the numbers at the outer edges are."""
    edge = grid.margin + 12
    sides: tuple[tuple[Side, str, float, Anchor], ...] = (
        (picture.forward, "client", edge, "left"),
        (picture.reverse, "server", grid.width - edge, "right"),
    )
    for side, end, x, anchor in sides:
        measured = (
            [f"round trip from the {end}"]
            if any(hop.rtt_ms is not None for hop in side.hops)
            else []
        )
        counted = ["packets captured"] if any(hop.came_in is not None for hop in side.hops) else []
        words = ", ".join(measured + counted)
        scene.text(x, y, words, grid.small_size, theme.muted, anchor, italic=True)


KEY: tuple[tuple[str, Dash, str], ...] = (
    ("seen", "solid", "text"),
    ("as routing says", "dash", "text"),
    ("expected, not reached", "dot", "faint"),
)

SYMBOL_KEY: tuple[tuple[Shape, str], ...] = (
    ("square", "firewall, IDS"),
    ("diamond", "NAT"),
    ("hexagon", "load balancer"),
    ("cross", "drop"),
)


def legend(scene: Scene, top: float, grid: Grid, theme: Theme, *, compared: bool = False) -> float:
    """The key to lines and symbols; returns where the picture ends."""
    y, x = top + 24, grid.margin + 4
    for words, dash, color in KEY:
        x, y = _turn(x, y, 44 + wide(words, grid.small_size), grid)
        scene.line(
            (x, y),
            (x + 28, y),
            color=getattr(theme, color),
            width=1.6 if dash == "dot" else 3,
            dash=dash,
        )
        scene.text(x + 34, y, words, grid.small_size, theme.muted)
        x += 52 + wide(words, grid.small_size)
    for shape, words in SYMBOL_KEY:
        x, y = _turn(x, y, 22 + wide(words, grid.small_size), grid)
        danger = shape == "cross"
        fill, stroke = (theme.danger, theme.danger) if danger else (theme.page, theme.state)
        scene.mark(x + 8, y, shape, 12, fill, stroke, stroke_width=0 if danger else 2)
        scene.text(x + 19, y, words, grid.small_size, theme.muted)
        x += 36 + wide(words, grid.small_size)
    if compared:
        words = "only in this run"
        x, y = _turn(x, y, 22 + wide(words, grid.small_size), grid)
        scene.mark(x + 8, y, "circle", 14, theme.split_ground, theme.split, stroke_width=2)
        scene.text(x + 19, y, words, grid.small_size, theme.muted)
    return y + 22


def _turn(x: float, y: float, room: float, grid: Grid) -> tuple[float, float]:
    return (grid.margin + 4, y + 20) if x + room > grid.width - grid.margin else (x, y)
