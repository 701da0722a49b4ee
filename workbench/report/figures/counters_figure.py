"""Counters before and after: per device, what rose while the flow was attempted, and by how
much."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from workbench.report.figures.as_plotly import as_plotly
from workbench.report.figures.scene import Scene
from workbench.report.figures.theme import Theme, theme_named
from workbench.report.text import fit

ROW = 26


def moves_figure(
    moves: list[dict[str, Any]], theme: str = "dark", width: int = 1232
) -> dict[str, Any]:
    """The deltas in plotly's schema."""
    return as_plotly(moves_scene(moves, theme, width))


def moves_scene(moves: list[dict[str, Any]], theme: str = "dark", width: int = 1232) -> Scene:
    """The deltas as shapes."""
    look = theme_named(theme)
    scene = Scene(width, 0, look.page, "What rose between the two samples")
    wide = width >= 700
    y, most = 26.0, max((row["rose"] for row in moves), default=1)
    left = 150 if wide else 14
    for device, rows in groupby(moves, key=lambda row: str(row["device"])):
        held = list(rows)
        y = _device(scene, look, device, y, left, wide)
        for row in held:
            y = _move(scene, look, row, y, left, most)
        y += 10
    scene.height = y
    return scene


def before_after(row: dict[str, Any]) -> str:
    """`11 → 19`, where it is known."""
    return "" if row["after"] is None else f"{row['after'] - row['rose']} → {row['after']}"


def _device(scene: Scene, look: Theme, device: str, y: float, left: float, wide: bool) -> float:
    scene.line((14, y - 14), (scene.width - 14, y - 14), color=look.line, width=1)
    scene.text(14, y + 2, fit(device, 128, 12.5, bold=True), 12.5, look.text, bold=True)
    return y if wide else y + ROW


def _move(
    scene: Scene, look: Theme, row: dict[str, Any], y: float, left: float, most: int
) -> float:
    """One row; on a narrow page its bar stands below its words. Returns where the next one
    begins."""
    wide = scene.width >= 700
    room = scene.width - left - 20
    color = (
        look.danger
        if row["kind"] == "drop"
        else look.state
        if row["kind"] == "rule"
        else look.forward
    )
    # one packet beside a thousand still shows
    bar = room * (0.2 if wide else 0.5) * (row["rose"] / most) ** 0.5
    start = left + room * 0.7 if wide else left
    words = fit(row["what"], room * (0.68 if wide else 1), 11.5)
    scene.text(left, y + 2, words, 11.5, look.danger if row["kind"] == "drop" else look.text)
    at = y if wide else y + 18
    scene.box(start, at - 5, start + max(3, bar), at + 9, color, radius=2)
    change = f"+{row['rose']}   {before_after(row)}"
    scene.text(start + max(3, bar) + 7, at + 2, change, 11, look.muted, mono=True)
    tip = (row["device"], row["what"], f"rose by {row['rose']}", before_after(row))
    scene.mark(start + 3, at + 2, "circle", 5, color, color, key=row["device"], hover=tip, layer=2)
    return at + ROW
