"""The incident at a glance: what people said and changed, when runs looked, what they concluded,
along time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from workbench.report.figures.as_plotly import as_plotly
from workbench.report.figures.scene import Scene, Shape
from workbench.report.figures.theme import Theme, theme_named
from workbench.report.text import fit

LANES = ("People", "State", "Runs", "Verdicts")
SHAPES: dict[str, Shape] = {
    "People": "circle",
    "State": "diamond",
    "Runs": "triangle-up",
    "Verdicts": "star",
}
LANE = 46
STEPS = (1, 5, 10, 30, 60, 300, 600, 1800, 3600, 7200, 21600, 43200, 86400, 604800)


@dataclass(frozen=True, slots=True)
class TimelineMark:
    """One thing that happened; `until` makes it a stretch."""

    lane: str
    at: datetime
    text: str
    tone: str = "none"  # good, bad, open, note, none
    until: datetime | None = None


def timeline_figure(
    moments: Sequence[TimelineMark], theme: str = "dark", width: int = 1232
) -> dict[str, Any]:
    """The timeline in plotly's schema."""
    return as_plotly(timeline_scene(moments, theme, width))


def timeline_scene(
    moments: Sequence[TimelineMark], theme: str = "dark", width: int = 1232
) -> Scene:
    """The timeline as shapes."""
    look = theme_named(theme)
    scene = Scene(width, 34 + LANE * len(LANES) + 8, look.page, "Timeline of the incident")
    left = 110.0 if width >= 700 else 70.0
    for index, lane in enumerate(LANES):
        top = 34 + index * LANE
        scene.box(8, top, width - 8, top + LANE, look.panel if index % 2 else look.stripe)
        scene.text(16, top + LANE / 2, lane, 12, look.text, bold=True)
    if moments:
        begin, seconds = _span(moments)
        scale = (width - left - 60) / seconds
        _axis(scene, look, begin, seconds, left, scale)
        for lane in LANES:
            _lane(scene, look, [m for m in moments if m.lane == lane], begin, left, scale)
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
            at.strftime("%H:%M:%S" if step < 60 else "%H:%M"),
            10.5,
            look.muted,
            "center",
            mono=True,
        )
        offset += step


def _lane(
    scene: Scene,
    look: Theme,
    moments: Sequence[TimelineMark],
    begin: datetime,
    left: float,
    scale: float,
) -> None:
    """Labels stand right of their symbol, on two levels; one that finds no room is shown by its
    symbol alone."""
    top = 34 + LANES.index(moments[0].lane) * LANE if moments else 0
    colors = {"good": look.good, "bad": look.danger, "open": look.split, "note": look.forward}
    free = [0.0, 0.0]
    for moment in moments:
        x = left + (moment.at - begin).total_seconds() * scale
        level = 0 if free[0] <= x or free[0] <= free[1] else 1
        y = top + 14 + level * 18
        color = colors.get(moment.tone, look.muted)
        if moment.until:
            scene.box(
                x,
                y - 3,
                max(x + 3, left + (moment.until - begin).total_seconds() * scale),
                y + 3,
                color,
                radius=2,
            )
        tip = (moment.at.strftime("%H:%M:%S"), moment.text)
        scene.mark(
            x, y, SHAPES[moment.lane], 11, color, scene.ground, stroke_width=1, hover=tip, layer=2
        )
        room = scene.width - x - 24
        if free[level] <= x and room > 50:
            text = fit(moment.text, min(room, 260), 11)
            scene.text(x + 10, y, text, 11, color if moment.tone in colors else look.text)
            free[level] = x + 16 + min(room, 260, len(text) * 6.6)
