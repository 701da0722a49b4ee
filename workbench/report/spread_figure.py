"""Why it looks random: one cell per source port, one bar per way, prediction beside measurement."""

from __future__ import annotations

from typing import Any

from workbench.report.as_plotly import as_plotly
from workbench.report.scene import Run, Scene
from workbench.report.text import fit, wrap
from workbench.report.theme import Theme, theme_named

SHADES = 4


def spread_figure(told: dict[str, Any], theme: str = "dark", width: int = 1232) -> dict[str, Any]:
    """The spread in plotly's schema."""
    return as_plotly(spread_scene(told, theme, width))


def spread_scene(told: dict[str, Any], theme: str = "dark", width: int = 1232) -> Scene:
    """The spread as shapes."""
    look = theme_named(theme)
    scene = Scene(width, 0, look.page, "Which source ports take which way")
    y = _headline(scene, look, told)
    y = _cells(scene, look, told, y + 12)
    for way in told["ways"]:
        y = _way(scene, look, told, way, y + 14)
    scene.height = y + 14
    return scene


def color_of(look: Theme, way: dict[str, Any]) -> str:
    """Red fails, green works, grey cannot be told."""
    return {True: look.danger, False: look.good, None: look.faint}[way["fails"]]


def _headline(scene: Scene, look: Theme, told: dict[str, Any]) -> float:
    predicted, measured = told["predicted"], told["measured"]
    runs = (
        Run(f"{predicted['value']:.0%}", bold=True),
        Run(f" of {predicted['whole']} source ports are predicted to fail"),
    )
    scene.text(16, 22, runs, 14, look.text)
    if not measured:
        return 34
    words = f"measured: {measured['part']} of {measured['whole']} attempts failed"
    lines = wrap(f"{words}, 95 % between {measured['low']:.0%} and {measured['high']:.0%}", scene.width - 32, 12)
    for index, line in enumerate(lines):
        scene.text(16, 44 + index * 16, line, 12, look.muted)
    return 40 + 16 * len(lines)


def _cells(scene: Scene, look: Theme, told: dict[str, Any], top: float) -> float:
    columns = max(12, min(48, int((scene.width - 32) // 18)))
    size = (scene.width - 32) / columns
    tall = min(size, 18)
    y = top
    for index, (port, number) in enumerate(told["cells"]):
        x, y = 16 + (index % columns) * size, top + (index // columns) * tall
        way = told["ways"][number]
        own = port == told["own"]
        more = {"stroke": look.text, "stroke_width": 2} if own else {}
        scene.box(x + 1, y + 1, x + size - 1, y + tall - 1, color_of(look, way), radius=2, **more)
        if way["fails"]:  # not by colour alone
            scene.text(x + size / 2, y + tall / 2, "✖", 9, look.on_danger, "center")
        tip = (f"source port {port}", _route(way), _fate(way))
        scene.mark(x + size / 2, y + tall / 2, "square", 6, color_of(look, way), color_of(look, way), hover=tip)
    scene.text(16, y + tall + 12, "each cell is one source port, in order", 11, look.muted, italic=True)
    return y + tall + 22


def _way(scene: Scene, look: Theme, told: dict[str, Any], way: dict[str, Any], y: float) -> float:
    share = way["count"] / max(1, told["predicted"]["whole"])
    scene.box(16, y, 16 + (scene.width - 32), y + 6, look.stripe, radius=3)
    scene.box(16, y, 16 + max(6, (scene.width - 32) * share), y + 6, color_of(look, way), radius=3)
    sign = {True: "✖ fails", False: "✔ works", None: "? cannot be told"}[way["fails"]]
    room = scene.width - 32
    head = (
        Run(f"{share:.0%} {sign}", bold=True, color=color_of(look, way) if way["fails"] is not None else look.muted),
    )
    scene.text(16, y + 20, head, 12, look.text)
    scene.text(150, y + 20, fit(_route(way), room - 140, 12), 12, look.text)
    if not way["because"]:
        return y + 30
    scene.text(150, y + 37, fit(way["because"], room - 140, 11), 11, look.muted)
    return y + 46


def _route(way: dict[str, Any]) -> str:
    legs = [f"{device} → {following}" for device, _, following in way["legs"]]
    return ", ".join(legs) or " → ".join(way["forward"])


def _fate(way: dict[str, Any]) -> str:
    return {True: f"fails: {way['because']}", False: "works", None: "cannot be told"}[way["fails"]]
