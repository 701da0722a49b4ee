"""Why it looks random: one cell per source port, one bar per way, prediction beside measurement."""

from __future__ import annotations

from typing import Any

from workbench.report.figures.as_plotly import as_plotly
from workbench.report.figures.scene import Scene, TextRun
from workbench.report.figures.theme import Theme, theme_named
from workbench.report.text import fit, wrap

SHADES = 4


def spread_figure(spread: dict[str, Any], theme: str = "dark", width: int = 1232) -> dict[str, Any]:
    """The spread in plotly's schema."""
    return as_plotly(spread_scene(spread, theme, width))


def spread_scene(spread: dict[str, Any], theme: str = "dark", width: int = 1232) -> Scene:
    """The spread as shapes."""
    look = theme_named(theme)
    scene = Scene(width, 0, look.page, "Which source ports take which way")
    y = _headline(scene, look, spread)
    y = _cells(scene, look, spread, y + 12)
    for way in spread["ways"]:
        y = _way(scene, look, spread, way, y + 14)
    scene.height = y + 14
    return scene


def color_of(look: Theme, way: dict[str, Any]) -> str:
    """Red fails, green works, grey cannot be known."""
    return {True: look.danger, False: look.good, None: look.faint}[way["fails"]]


def _headline(scene: Scene, look: Theme, spread: dict[str, Any]) -> float:
    """What was predicted above what was measured; a measured share with its 95 % interval as a line
    across the end."""
    predicted, measured = spread["predicted"], spread["measured"]
    y = _bar(
        scene, look, "predicted to fail", predicted, f"of {predicted['whole']} source ports", 24.0
    )
    if not measured:
        return y
    words = (
        f"of {measured['whole']} attempts, 95 %: {measured['low']:.0%} to {measured['high']:.0%}"
    )
    y = _bar(scene, look, "measured to fail", measured, words, y)
    low, high = (_along(scene, measured[end]) for end in ("low", "high"))
    scene.line((low, y - 26), (high, y - 26), color=look.text, width=2)
    for x in (low, high):
        scene.line((x, y - 32), (x, y - 20), color=look.text, width=2)
    return y


def _along(scene: Scene, share: float) -> float:
    """Where a share ends on the bars."""
    left, right = (160.0, scene.width - 290.0) if scene.width >= 640 else (16.0, scene.width - 16.0)
    return left + (right - left) * share


def _bar(scene: Scene, look: Theme, words: str, share: dict[str, Any], of: str, y: float) -> float:
    """A share as a bar; returns the line below it, 26 lower."""
    wide = scene.width >= 640
    scene.text(16, y, words, 12.5, look.text, bold=True)
    spread = f"{share['value']:.0%} {of}"
    scene.text(_along(scene, 1) + 14 if wide else 16, y if wide else y + 16, spread, 12, look.muted)
    at = y if wide else y + 34
    scene.box(_along(scene, 0), at - 7, _along(scene, 1), at + 7, look.stripe, radius=3)
    end = max(_along(scene, 0) + 3, _along(scene, share["value"]))
    scene.box(_along(scene, 0), at - 7, end, at + 7, look.danger, radius=3)
    return at + 26


def _cells(scene: Scene, look: Theme, spread: dict[str, Any], top: float) -> float:
    columns = max(12, min(48, int((scene.width - 32) // 18)))
    size = (scene.width - 32) / columns
    tall = min(size, 18)
    y = top
    for index, (port, number) in enumerate(spread["cells"]):
        x, y = 16 + (index % columns) * size, top + (index // columns) * tall
        way = spread["ways"][number]
        own = port == spread["own"]
        more = {"stroke": look.text, "stroke_width": 2} if own else {}
        scene.box(x + 1, y + 1, x + size - 1, y + tall - 1, color_of(look, way), radius=2, **more)
        if way["fails"]:  # not by colour alone
            scene.text(x + size / 2, y + tall / 2, "✖", 9, look.on_danger, "center")
        tip = (f"source port {port}", _route(way), _disposition(way))
        scene.mark(
            x + size / 2,
            y + tall / 2,
            "square",
            6,
            color_of(look, way),
            color_of(look, way),
            hover=tip,
        )
    own = (
        ", framed: the flow's own"
        if any(port == spread["own"] for port, _ in spread["cells"])
        else ""
    )
    words = f"each cell is one source port, in order{own}; ✖ fails"
    scene.text(16, y + tall + 12, fit(words, scene.width - 32, 11), 11, look.muted, italic=True)
    return y + tall + 22


def _way(scene: Scene, look: Theme, spread: dict[str, Any], way: dict[str, Any], y: float) -> float:
    share = way["count"] / max(1, spread["predicted"]["whole"])
    scene.box(16, y, 16 + (scene.width - 32), y + 6, look.stripe, radius=3)
    scene.box(16, y, 16 + max(6, (scene.width - 32) * share), y + 6, color_of(look, way), radius=3)
    sign = {True: "✖ fails", False: "✔ works", None: "? cannot be known"}[way["fails"]]
    room = scene.width - 32
    head = (
        TextRun(
            f"{share:.0%} {sign}",
            bold=True,
            color=color_of(look, way) if way["fails"] is not None else look.muted,
        ),
    )
    scene.text(16, y + 20, head, 12, look.text)
    scene.text(150, y + 20, fit(_route(way), room - 140, 12), 12, look.text)
    if not way["because"]:
        return y + 30
    lines = wrap(way["because"], room - 140, 11, 3)
    for index, line in enumerate(lines):
        scene.text(150, y + 37 + 15 * index, line, 11, look.muted)
    return y + 31 + 15 * len(lines)


def _route(way: dict[str, Any]) -> str:
    legs = [f"{device} → {following}" for device, _, following in way["legs"]]
    return ", ".join(legs) or " → ".join(way["forward"])


def _disposition(way: dict[str, Any]) -> str:
    return {True: f"fails: {way['because']}", False: "works", None: "cannot be known"}[way["fails"]]
