"""A scene as one self-contained SVG element, without script: for the postmortem, and for the page
until the drawing library is there."""

from __future__ import annotations

from math import cos, pi, sin

from workbench.report.figures.as_plotly import rounded
from workbench.report.figures.scene import Box, Line, Mark, Scene, Text
from workbench.report.figures.theme import MONO, SANS
from workbench.report.text import clean, markup

DASHES = {"solid": "", "dash": ' stroke-dasharray="6 5"', "dot": ' stroke-dasharray="1.5 4.5"'}
ANCHORS = {"left": "start", "center": "middle", "right": "end"}
CORNERS = {"triangle-up": (3, -90.0), "triangle-down": (3, 90.0), "triangle-left": (3, 180.0),
           "triangle-right": (3, 0.0), "hexagon": (6, -90.0), "diamond": (4, -90.0)}  # fmt: skip


def as_svg(scene: Scene) -> str:
    """The picture as text that can stand inside an HTML page or in a file of its own."""
    width, height = round(scene.width), round(scene.height)
    marks = sorted(scene.marks, key=lambda mark: mark.layer)
    parts = [
        *map(_box, scene.boxes),
        *map(_line, scene.lines),
        *map(_mark, marks),
        *map(_text, scene.texts),
    ]
    title = markup(clean(scene.title))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}"'
        f' height="{height}" role="img" aria-label="{title}"><title>{title}</title><rect'
        f' width="{width}" height="{height}" fill="{scene.ground}"/>{"".join(parts)}</svg>'
    )


def _box(box: Box) -> str:
    stroke = f' stroke="{box.stroke}" stroke-width="{box.stroke_width}"' if box.stroke else ""
    return f'<path d="{rounded(box)}" fill="{box.fill}"{stroke}/>'


def _line(line: Line) -> str:
    points = " ".join(f"{x:.1f},{y:.1f}" for x, y in line.points)
    look = f'stroke="{line.color}" stroke-width="{line.width}"{DASHES[line.dash]}'
    return f'<polyline points="{points}" fill="none" {look}/>'


def _mark(mark: Mark) -> str:
    look = f'fill="{mark.fill}" stroke="{mark.stroke}" stroke-width="{mark.stroke_width}"'
    if mark.key:
        look += f' data-key="{markup(clean(mark.key))}"'
    tip = f"<title>{markup(chr(10).join(mark.hover))}</title>" if mark.hover else ""
    r = mark.size / 2
    if mark.shape == "circle":
        return f'<circle cx="{mark.x:.1f}" cy="{mark.y:.1f}" r="{r}" {look}>{tip}</circle>'
    if mark.shape == "ring":
        look = f'fill="none" stroke="{mark.stroke}" stroke-width="2"'
        return f'<circle cx="{mark.x:.1f}" cy="{mark.y:.1f}" r="{r}" {look}>{tip}</circle>'
    return f'<polygon points="{_outline(mark)}" {look}>{tip}</polygon>'


def _outline(mark: Mark) -> str:
    return " ".join(f"{mark.x + x:.1f},{mark.y + y:.1f}" for x, y in _corners(mark))


def _corners(mark: Mark) -> list[tuple[float, float]]:
    r = mark.size / 2
    if mark.shape == "square":
        return [(-r, -r), (r, -r), (r, r), (-r, r)]
    if mark.shape == "cross":
        arm = r * 0.42
        return [(-r, -r + arm), (-r + arm, -r), (0, -arm), (r - arm, -r), (r, -r + arm), (arm, 0), (r, r - arm),
                (r - arm, r), (0, arm), (-r + arm, r), (-r, r - arm), (-arm, 0)]  # fmt: skip
    if mark.shape == "star":
        spokes = ((i * pi / 5 - pi / 2, r if i % 2 == 0 else r * 0.45) for i in range(10))
        return [(cos(angle) * reach, sin(angle) * reach) for angle, reach in spokes]
    count, start = CORNERS[mark.shape]
    reach = r * (1.3 if mark.shape == "diamond" else 1.15)
    return [
        (cos(a) * reach, sin(a) * reach)
        for a in ((start + i * 360 / count) * pi / 180 for i in range(count))
    ]


def _text(text: Text) -> str:
    family = markup(MONO if text.mono else SANS)
    spans = "".join(_run(run.text, run.bold, run.italic, run.color) for run in text.runs)
    return (
        f'<text x="{text.x:.1f}" y="{text.y + text.size * 0.36:.1f}" font-family="{family}"'
        f' font-size="{text.size}" fill="{text.color}" text-anchor="{ANCHORS[text.anchor]}"'
        f' xml:space="preserve">{spans}</text>'
    )


def _run(text: str, bold: bool, italic: bool, color: str | None) -> str:
    weight = ' font-weight="bold"' if bold else ""
    slant = ' font-style="italic"' if italic else ""
    look = f'{weight}{slant} fill="{color}"' if color else weight + slant
    return f"<tspan{look}>{markup(text)}</tspan>"
