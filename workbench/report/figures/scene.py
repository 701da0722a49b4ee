"""A picture as a list of shapes at computed places, 1 unit = 1 px, y downwards; plotly and SVG both
draw it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from workbench.report.text import clean

Dash = Literal["solid", "dash", "dot"]
Anchor = Literal["left", "center", "right"]
Shape = Literal["circle", "square", "diamond", "hexagon", "triangle-up", "triangle-down", "triangle-left",
                "triangle-right", "cross", "star", "ring"]  # fmt: skip
Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class TextRun:
    """A piece of text in one style; `color` None = that of the whole text."""

    text: str
    bold: bool = False
    italic: bool = False
    color: str | None = None


@dataclass(frozen=True, slots=True)
class Text:
    """One line of text, centred vertically on y."""

    x: float
    y: float
    runs: tuple[TextRun, ...]
    size: float
    color: str
    anchor: Anchor = "left"
    mono: bool = False


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle behind everything else."""

    x0: float
    y0: float
    x1: float
    y1: float
    fill: str
    stroke: str | None = None
    stroke_width: float = 0
    radius: float = 0


@dataclass(frozen=True, slots=True)
class Line:
    """A line through points."""

    points: tuple[Point, ...]
    color: str
    width: float
    dash: Dash = "solid"


@dataclass(frozen=True, slots=True)
class Mark:
    """A symbol. One with a `key` can be chosen: the page then shows what is known about it."""

    x: float
    y: float
    shape: Shape
    size: float
    fill: str
    stroke: str
    stroke_width: float = 0
    key: str = ""
    hover: tuple[str, ...] = ()
    layer: int = 0  # higher is drawn later


@dataclass
class Scene:
    """Collects shapes while a picture is laid out."""

    width: float
    height: float
    ground: str
    title: str
    boxes: list[Box] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)
    texts: list[Text] = field(default_factory=list)

    def box(self, x0: float, y0: float, x1: float, y1: float, fill: str, **more: Any) -> None:
        """Put a rectangle behind."""
        self.boxes.append(Box(x0, y0, x1, y1, fill, **more))

    def line(self, *points: Point, color: str, width: float = 1, dash: Dash = "solid") -> None:
        """Draw a line."""
        self.lines.append(Line(points, color, width, dash))

    def mark(
        self, x: float, y: float, shape: Shape, size: float, fill: str, stroke: str, **more: Any
    ) -> None:
        """Set a symbol."""
        more["hover"] = tuple(clean(line) for line in more.get("hover", ()))
        self.marks.append(Mark(x, y, shape, size, fill, stroke, **more))

    def text(
        self,
        x: float,
        y: float,
        what: str | tuple[TextRun, ...],
        size: float,
        color: str,
        anchor: Anchor = "left",
        *,
        mono: bool = False,
        bold: bool = False,
        italic: bool = False,
    ) -> None:
        """Write one line; whatever is written is cleaned first.

        A line without text is left out: plotly would lose the next text that takes its place when
        it draws again.
        """
        runs = (TextRun(what, bold, italic),) if isinstance(what, str) else what
        safe = tuple(TextRun(clean(run.text), run.bold, run.italic, run.color) for run in runs)
        if any(run.text.strip() for run in safe):
            self.texts.append(Text(x, y, safe, size, color, anchor, mono))
