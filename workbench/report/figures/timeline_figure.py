"""The incident at a glance: what people said and changed, when runs looked, what they concluded,
along time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from workbench.report.figures.as_plotly import as_plotly
from workbench.report.figures.scene import Scene, Shape
from workbench.report.figures.theme import Theme, theme_named
from workbench.report.figures.timeline_rows import SIZE, PlacedMark, TimelineMark, placed

SHAPES: dict[str, Shape] = {
    "Alerts": "square",
    "Changes": "hexagon",
    "People": "circle",
    "State": "diamond",
    "Runs": "triangle-up",
    "Verdicts": "star",
}
LANES = tuple(SHAPES)
LANE = 46
TOP = 34
FIRST_ROW, NEXT_ROW = 14, 18  # px from the top of a lane, and from row to row
STEPS = (1, 5, 10, 30, 60, 300, 600, 1800, 3600, 7200, 21600, 43200, 86400, 604800)
MOST_NAMED = 6  # marks that a group names


def timeline_figure(
    moments: Sequence[TimelineMark], theme: str = "dark", width: int = 1232
) -> dict[str, Any]:
    """The timeline in plotly's schema."""
    return as_plotly(timeline_scene(moments, theme, width))


def timeline_scene(
    moments: Sequence[TimelineMark], theme: str = "dark", width: int = 1232
) -> Scene:
    """The timeline as shapes: a lane for each kind of thing that happened."""
    look = theme_named(theme)
    lanes = [lane for lane in LANES if any(mark.lane == lane for mark in moments)]
    scene = Scene(width, TOP + LANE * len(lanes) + 8, look.page, "Timeline of the incident")
    left = 110.0 if width >= 700 else 76.0
    for index, lane in enumerate(lanes):
        top = TOP + index * LANE
        scene.box(8, top, width - 8, top + LANE, look.panel if index % 2 else look.stripe)
        scene.text(16, top + LANE / 2, lane, 12, look.text, bold=True)
    if moments:
        begin, seconds = _span(moments)
        scale = (width - left - 60) / seconds
        _axis(scene, look, begin, seconds, left, scale)

        def place(at: datetime) -> float:
            return left + (at - begin).total_seconds() * scale

        for index, lane in enumerate(lanes):
            marks = [mark for mark in moments if mark.lane == lane]
            _lane(scene, look, marks, TOP + index * LANE, place)
    return scene


def _span(moments: Sequence[TimelineMark]) -> tuple[datetime, float]:
    begin = min(m.at for m in moments)
    end = max(m.until or m.at for m in moments)
    return begin, max(1.0, (end - begin).total_seconds())


def _axis(
    scene: Scene, look: Theme, begin: datetime, seconds: float, left: float, scale: float
) -> None:
    wanted = (scene.width - left) / 130
    step = next((s for s in STEPS if seconds / s <= wanted), STEPS[-1])
    offset = -(begin.timestamp() % step) % step
    while offset <= seconds:
        x = left + offset * scale
        scene.line((x, 28), (x, scene.height - 8), color=look.line, width=1)
        at = datetime.fromtimestamp(begin.timestamp() + offset, begin.tzinfo)
        scene.text(
            x,
            16,
            _tick(at, step, seconds),
            10.5,
            look.muted,
            "center",
            mono=True,
        )
        offset += step


def _tick(at: datetime, step: int, seconds: float) -> str:
    """A clock time; the date at midnight, where more than one day is shown."""
    if at.hour == at.minute == 0 and seconds > 86400:
        return f"{at:%d %b}"
    return f"{at:%H:%M:%S}" if step < 60 else f"{at:%H:%M}"


def _lane(
    scene: Scene,
    look: Theme,
    marks: Sequence[TimelineMark],
    top: float,
    place: Callable[[datetime], float],
) -> None:
    """Symbols, their stretches, and the labels for which there is room."""
    colors = {"good": look.good, "bad": look.danger, "open": look.split, "note": look.forward}
    for one in placed(marks, place, scene.width - 24):
        y = top + FIRST_ROW + one.row * NEXT_ROW
        color = colors.get(one.tone, look.muted)
        if one.end > one.x:
            scene.box(one.x, y - 3, max(one.x + 3, one.end), y + 3, color, radius=2)
        shape, many = SHAPES[one.marks[0].lane], len(one.marks) > 1
        scene.mark(
            *(one.x, y, shape, 13 if many else 11, color, scene.ground),
            stroke_width=1,
            hover=_tip(one),
            layer=2,
        )
        if one.label:
            label_y = top + FIRST_ROW + one.label_row * NEXT_ROW
            label_color = color if one.tone in colors else look.text
            scene.text(one.label_x, label_y, one.label, SIZE, label_color)


def _tip(one: PlacedMark) -> tuple[str, ...]:
    """When and what: of several, the first few."""
    named = tuple(f"{mark.at:%H:%M:%S} {mark.text}" for mark in one.marks[:MOST_NAMED])
    more = len(one.marks) - len(named)
    return (*named, f"and {more} more") if more else named
