"""A scene in plotly's schema: a plain dict that `Plotly.react` draws, with the same traces in the
same order always."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from workbench.report.figures.scene import Box, Line, Mark, Scene, Text
from workbench.report.figures.theme import MONO, SANS
from workbench.report.text import clean, markup

SYMBOLS = {"hexagon": "hexagon2", "cross": "x", "ring": "circle-open"}
Figure = dict[str, Any]


def as_plotly(scene: Scene) -> Figure:
    """The figure, with axes that make one unit one pixel."""
    return {"data": _traces(scene), "layout": _layout(scene)}


def _layout(scene: Scene) -> Figure:
    axis = {
        "visible": False,
        "fixedrange": True,
        "showgrid": False,
        "zeroline": False,
        "autorange": False,
    }
    return {
        "width": round(scene.width),
        "height": round(scene.height),
        "margin": {"l": 0, "r": 0, "t": 0, "b": 0, "pad": 0},
        "autosize": False,
        "paper_bgcolor": scene.ground,
        "plot_bgcolor": scene.ground,
        "showlegend": False,
        "hovermode": "closest",
        "dragmode": False,
        "font": {"family": SANS},
        "xaxis": {**axis, "range": [0, scene.width]},
        "yaxis": {**axis, "range": [scene.height, 0]},
        "shapes": [_box(box) for box in scene.boxes],
        "uirevision": "fixed",
    }


def _box(box: Box) -> Figure:
    line = {"color": box.stroke or box.fill, "width": box.stroke_width}
    shape: Figure = {
        "layer": "below",
        "fillcolor": box.fill,
        "line": line,
        "xref": "x",
        "yref": "y",
    }
    if not box.radius:
        return {**shape, "type": "rect", "x0": box.x0, "y0": box.y0, "x1": box.x1, "y1": box.y1}
    return {**shape, "type": "path", "path": rounded(box)}


def rounded(box: Box) -> str:
    """The outline of a box with round corners, as an SVG path."""
    r, x0, y0, x1, y1 = (round(v, 1) for v in (box.radius, box.x0, box.y0, box.x1, box.y1))
    return (
        f"M{x0 + r},{y0}L{x1 - r},{y0}Q{x1},{y0} {x1},{y0 + r}L{x1},{y1 - r}Q{x1},{y1}"
        f" {x1 - r},{y1}L{x0 + r},{y1}Q{x0},{y1} {x0},{y1 - r}L{x0},{y0 + r}Q{x0},{y0}"
        f" {x0 + r},{y0}Z"
    )


def _traces(scene: Scene) -> list[Figure]:
    layers: dict[int, list[Mark]] = {0: [], 1: [], 2: []}
    for mark in scene.marks:
        layers.setdefault(mark.layer, []).append(mark)
    marks = [_marks(layers[layer], layer) for layer in sorted(layers)]
    return [*_lines(scene.lines), *marks, _texts(scene.texts)]


def _style(line: Line) -> tuple[str, float, str]:
    return (line.color, line.width, line.dash)


def _lines(lines: list[Line]) -> list[Figure]:
    ordered = sorted(lines, key=_style)
    return [_line_trace(style, list(group)) for style, group in groupby(ordered, key=_style)]


def _line_trace(style: tuple[str, float, str], group: list[Line]) -> Figure:
    x: list[float | None] = []
    y: list[float | None] = []
    for line in group:
        x += [*(round(px, 1) for px, _ in line.points), None]
        y += [*(round(py, 1) for _, py in line.points), None]
    color, width, dash = style
    look = {
        "color": color,
        "width": width,
        "dash": {"dash": "6px,5px", "dot": "1.5px,4.5px"}.get(dash, "solid"),
    }
    uid = f"line-{color[1:]}-{width * 10:.0f}-{dash}"  # plotly uses it in a selector
    return {
        "type": "scatter",
        "mode": "lines",
        "uid": uid,
        "x": x,
        "y": y,
        "line": look,
        "hoverinfo": "skip",
    }


def _marks(marks: list[Mark], layer: int) -> Figure:
    return {
        "type": "scatter",
        "mode": "markers",
        "uid": f"marks-{layer}",
        "x": [round(m.x, 1) for m in marks],
        "y": [round(m.y, 1) for m in marks],
        "customdata": [clean(m.key) for m in marks],
        "hovertext": ["<br>".join(markup(clean(line)) for line in m.hover) for m in marks],
        "hoverinfo": "text",
        "cliponaxis": False,
        "marker": {
            "symbol": [SYMBOLS.get(m.shape, m.shape) for m in marks],
            "size": [m.size for m in marks],
            "color": [m.fill if m.shape != "ring" else m.stroke for m in marks],
            "opacity": 1,
            "line": {"color": [m.stroke for m in marks], "width": [m.stroke_width for m in marks]},
        },
    }


def _texts(texts: list[Text]) -> Figure:
    side = {"left": "middle right", "right": "middle left", "center": "middle center"}
    return {
        "type": "scatter",
        "mode": "text",
        "uid": "texts",
        "x": [round(t.x, 1) for t in texts],
        "y": [round(t.y, 1) for t in texts],
        "text": [_pseudo_html(t) for t in texts],
        "textposition": [side[t.anchor] for t in texts],
        "textfont": {
            "size": [t.size for t in texts],
            "color": [t.color for t in texts],
            "family": [MONO if t.mono else SANS for t in texts],
        },
        "hoverinfo": "skip",
        "cliponaxis": False,
    }


def _pseudo_html(text: Text) -> str:
    parts = []
    for run in text.runs:
        part = markup(run.text)
        part = f"<b>{part}</b>" if run.bold else part
        part = f"<i>{part}</i>" if run.italic else part
        parts.append(f'<span style="color:{run.color}">{part}</span>' if run.color else part)
    return "".join(parts)
