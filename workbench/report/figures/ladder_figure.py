"""The packet ladder: time runs down, packets run between the points; where they were seen, passed
by and lost."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from workbench.report.figures.as_plotly import as_plotly
from workbench.report.figures.scene import Anchor, Scene, TextRun
from workbench.report.figures.theme import Theme, theme_named
from workbench.report.picture.picture import BOUNDARY_TAGS
from workbench.report.text import fit, wide

ROW, GAP_ROW, TOP = 44, 30, 74
ROOMY = 84  # pixels between two points that leave room for every name
PAUSE = 0.3  # seconds after which a strip says how much later it is
Row = dict[str, Any]


@dataclass(frozen=True)
class LadderColumns:
    """Where the columns stand."""

    scene: Scene
    theme: Theme
    width: float
    places: dict[str, float]
    wide: bool

    def color(self, row: Row) -> str:
        """The colour of a packet's direction."""
        return self.theme.reverse if row["reverse"] else self.theme.forward


def ladder_figure(ladder: dict[str, Any], theme: str = "dark", width: int = 1232) -> dict[str, Any]:
    """The ladder in plotly's schema."""
    return as_plotly(ladder_scene(ladder, theme, width))


def ladder_scene(ladder: dict[str, Any], theme: str = "dark", width: int = 1232) -> Scene:
    """The ladder as shapes."""
    look = theme_named(theme)
    wide = width >= 760
    scene = Scene(width, 0, look.page, "Which point saw which packet")
    left, right = (130, width - 270) if wide else (34, width - 34)
    points = ladder["points"]
    step = (right - left) / max(1, len(points) - 1)
    frame = LadderColumns(
        scene, look, width, {p["device"]: left + step * i for i, p in enumerate(points)}, wide
    )
    bottom = _rows(frame, ladder["rows"])
    _columns(frame, points, bottom, step)
    if ladder["left_out"]:
        scene.text(
            width / 2,
            bottom + 16,
            f"… and {ladder['left_out']} more packets",
            11,
            look.muted,
            "center",
            italic=True,
        )
    scene.height = bottom + 34
    return scene


def _columns(
    frame: LadderColumns, points: list[dict[str, Any]], bottom: float, step: float
) -> None:
    look, scene = frame.theme, frame.scene
    for point in points:
        x = frame.places[point["device"]]
        if point["boundary"]:
            scene.box(x - 16, TOP - 14, x + 16, bottom, look.state_ground)
        scene.line(
            (x, TOP - 14),
            (x, bottom),
            color=look.state if point["boundary"] else look.faint,
            width=1.5,
        )
        if step > ROOMY:
            scene.text(x, 44, _on(point["on"]), 11, look.muted, "center")
    _names(frame, points, step)
    if frame.wide:
        scene.text(22, 34, "time", 11.5, look.muted, bold=True)
        scene.text(frame.width - 220, 34, "what it shows", 11.5, look.muted, bold=True)


def _names(frame: LadderColumns, points: list[dict[str, Any]], step: float) -> None:
    """Every name where there is room; else the ends and what keeps state first, on two levels,
    inside the picture."""
    taken: list[list[tuple[float, float]]] = [[], []]
    levels = (26.0,) if step > ROOMY else (22.0, 44.0)
    ends = (points[0], points[-1])
    for point in sorted(points, key=lambda one: (one not in ends, not one["boundary"])):
        tag = BOUNDARY_TAGS.get(point["boundary"] or "", "")
        name = point["device"] + (f" [{tag}]" if tag and frame.wide else "")
        name = fit(name, max(step - 8, 96), 12.5, bold=True)
        half = wide(name, 12.5, bold=True) / 2
        x = min(max(frame.places[point["device"]], half + 4), frame.width - half - 4)
        for level, y in enumerate(levels):
            if all(x + half < low or x - half > high for low, high in taken[level]):
                frame.scene.text(
                    x,
                    y,
                    name,
                    12.5,
                    frame.theme.state if tag else frame.theme.text,
                    "center",
                    bold=True,
                )
                taken[level].append((x - half - 4, x + half + 4))
                break


def _on(where: str) -> str:
    words = where.split()
    return "both paths" if len(words) == 2 else f"{words[0]} path" if words else "on neither path"


def _rows(frame: LadderColumns, rows: list[Row]) -> float:
    y, before = float(TOP + 8), None
    for row in rows:
        if before is not None and row["time"] - before > PAUSE:
            frame.scene.box(14, y - 4, frame.width - 14, y + 16, frame.theme.stripe, radius=4)
            words = f"⋮ {row['time'] - before:.2f} s later"
            frame.scene.text(22, y + 6, words, 11, frame.theme.muted)
            y += GAP_ROW
        _row(frame, row, y)
        y += ROW
        before = row["time"]
    return y


def _row(frame: LadderColumns, row: Row, y: float) -> None:
    start, finish = frame.places.get(row["first"]), frame.places.get(row["last"])
    if start is None or finish is None:
        return
    slope = 16.0

    def height(x: float) -> float:
        return y + 10 + (slope * abs(x - start) / abs(finish - start) if finish != start else 0)

    color = frame.color(row)
    dash = {"dash": "dash"} if row["again"] else {}
    frame.scene.line(
        (start, height(start)),
        (finish, height(finish)),
        color=color,
        width=2.4,
        **dash,  # type: ignore[arg-type]
    )
    _points_on(frame, row, start, finish, height)
    _end(frame, row, start, finish, height(finish))
    _words(frame, row, start, finish, y)


def _points_on(frame: LadderColumns, row: Row, start: float, finish: float, height: Any) -> None:
    low, high = min(start, finish), max(start, finish)
    for device, x in frame.places.items():
        if device in row["seen"]:
            tip = (f"{device} saw it at {row['seen'][device]:.6f} s",)
            color = frame.color(row)
            frame.scene.mark(
                x,
                height(x),
                "circle",
                8,
                color,
                frame.theme.page,
                stroke_width=1,
                key=device,
                hover=tip,
                layer=2,
            )
        elif low < x < high:
            tip = (f"{device} did not see it",)
            ring = {"stroke_width": 2, "key": device, "hover": tip, "layer": 2}
            frame.scene.mark(x, height(x), "ring", 12, frame.theme.page, frame.theme.danger, **ring)


def _end(frame: LadderColumns, row: Row, start: float, finish: float, y: float) -> None:
    if row["lost"]:
        tip = (f"{row['last']} is the last that saw it",)
        more = {"stroke_width": 2, "key": row["last"], "hover": tip, "layer": 3}
        frame.scene.mark(finish, y, "cross", 18, frame.theme.danger, frame.theme.page, **more)
    elif finish != start:
        right = finish > start
        shape = "triangle-right" if right else "triangle-left"
        x = finish + (-9 if right else 9)
        frame.scene.mark(
            x,
            y,
            shape,  # type: ignore[arg-type]
            11,
            frame.color(row),
            frame.theme.page,
            stroke_width=0.5,
            layer=2,
        )


def _words(frame: LadderColumns, row: Row, start: float, finish: float, y: float) -> None:
    look, scene = frame.theme, frame.scene
    again = TextRun(f"  again {row['again']}", italic=True) if row["again"] else TextRun("")
    detail = TextRun(f"  {row['detail']}") if frame.wide and not row["again"] else TextRun("")
    x, anchor = _label_place(frame, start, finish)
    scene.text(
        x, y + 6, (TextRun(row["label"], bold=True), detail, again), 11.5, frame.color(row), anchor
    )
    if frame.wide:
        scene.text(22, y + 18, f"{row['time']:.6f} s", 11, look.muted, mono=True)
        text = says(row, list(frame.places))
        scene.text(
            frame.width - 220,
            y + 18,
            fit(text, 205, 12),
            12,
            look.danger if row["lost"] else look.text,
        )


def _label_place(frame: LadderColumns, start: float, finish: float) -> tuple[float, Anchor]:
    """Between two points, as near to the packet's middle as that allows; beside it when only one
    point saw it."""
    if start == finish:
        return (start + 14, "left") if start < frame.width * 0.7 else (start - 14, "right")
    low, high = min(start, finish), max(start, finish)
    inside = sorted(x for x in frame.places.values() if low <= x <= high)
    gaps = [(a + b) / 2 for a, b in pairwise(inside)]
    return min(gaps, key=lambda x: abs(x - (low + high) / 2)), "center"


def says(row: Row, points: list[str]) -> str:
    """What one packet shows, in words; the table beside the figure uses the same."""
    if row["lost"]:
        again = ", again" if row["again"] else ""
        return f"✖ last seen at {row['last']}{again}"
    if len(row["seen"]) == 1:
        return f"only {row['first']} saw it"
    missed = [name for name in _between_its_ends(row, points) if name not in row["seen"]]
    return f"never crossed {', '.join(missed)}" if missed else f"reached {row['last']}"


def _between_its_ends(row: Row, points: list[str]) -> list[str]:
    """The capture points between the first and the last that saw it."""
    ends = sorted(points.index(name) for name in (row["first"], row["last"]) if name in points)
    return points[ends[0] + 1 : ends[-1]] if ends else []
