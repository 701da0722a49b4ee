"""The picture of both paths: forward down the left, reverse up the right, where they part, where
the packet dies."""

from __future__ import annotations

from typing import Any

from workbench.report.figures.as_plotly import as_plotly
from workbench.report.figures.path_frame import bands, blocks, header, legend, notes, rungs
from workbench.report.figures.path_levels import only_here
from workbench.report.figures.path_rows import Grid, grid, pairs, rows
from workbench.report.figures.path_side import SideDrawing
from workbench.report.figures.scene import Scene, TextRun
from workbench.report.figures.theme import Theme, theme_named
from workbench.report.picture.picture import End, HopView, Picture, Side, load
from workbench.report.text import fit


def path_figure(
    picture: dict[str, Any],
    theme: str = "dark",
    width: int = 1232,
    beside: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """The picture in plotly's schema, for a page of that width."""
    return as_plotly(path_scene(picture, theme, width, beside))


def path_scene(
    picture: dict[str, Any],
    theme: str = "dark",
    width: int = 1232,
    beside: dict[str, Any] | None = None,
) -> Scene:
    """The picture as shapes, for plotly and for SVG. `beside` = the picture of another run, with
    whose rows its own stand level; hops that only one of them has are marked."""
    drawn, other = load(picture), load(beside) if beside else None
    most = max(len(pairs(one)) for one in (drawn, other) if one is not None)
    measures = grid(max(320, min(width, 1600)), most)
    return _draw(drawn, measures, theme_named(theme), other)


def _draw(picture: Picture, measures: Grid, theme: Theme, other: Picture | None) -> Scene:
    scene = Scene(measures.width, 0, theme.page, f"Forward and reverse path of {picture.flow}")
    top = header(scene, picture, measures, theme)
    upper = _bar(scene, "CLIENT", picture, top, measures, theme, other)
    placed, end = rows(picture, measures, upper + _head_room(measures), other)
    floor = (end if placed else upper + 90) + _foot_room(measures)
    scene.box(measures.margin, upper, measures.width - measures.margin, floor, theme.panel)
    lower = _bar(scene, "SERVER", picture, floor, measures, theme, other)
    bands(scene, placed, measures, theme)
    blocks(scene, placed, picture, measures, theme)
    rungs(scene, placed, measures, theme)
    sides = ((picture.forward, False), (picture.reverse, True))
    alone = only_here(picture, other)
    for (side, right), marked in zip(sides, alone, strict=True):
        SideDrawing(scene, measures, theme, side, right, placed, upper, floor, marked).draw()
    notes(scene, placed, picture, measures, theme, upper)
    scene.height = legend(scene, lower, measures, theme, compared=other is not None)
    return scene


def _head_room(measures: Grid) -> float:
    return 20 if measures.kind == "wide" else 12


def _foot_room(measures: Grid) -> float:
    return 10 if measures.compact else 22


def _at_ends(picture: Picture, client: bool) -> list[tuple[Side, HopView | None]]:
    """What each direction knows about one end: where it leaves and where it arrives."""
    forward, reverse = (0, -1) if client else (-1, 0)
    return [
        (picture.forward, _end(picture.forward, forward)),
        (picture.reverse, _end(picture.reverse, reverse)),
    ]


def _end(side: Side, index: int) -> HopView | None:
    """The hop at which a direction begins (0), or ends (-1) where it is known to its end."""
    known = index == 0 or side.complete
    if not side.hops or not known:
        return None
    hop = side.hops[index]
    return hop if hop.end else None


def _look(hop: HopView, tip: tuple[str, ...]) -> dict[str, Any]:
    return {"stroke_width": 2.5, "key": hop.key, "hover": tip, "layer": 2}


def _troubles(picture: Picture | None, client: bool) -> list[HopView]:
    """Where packets end, or are stopped, at one end."""
    hops = [hop for _, hop in _at_ends(picture, client)] if picture is not None else []
    return [hop for hop in hops if hop is not None and (hop.drop is not None or hop.suspect)]


def _bar(
    scene: Scene,
    role: str,
    picture: Picture,
    top: float,
    measures: Grid,
    theme: Theme,
    other: Picture | None,
) -> float:
    client = role == "CLIENT"
    end: End = picture.client if client else picture.server
    hops = _at_ends(picture, client)
    known = [hop for _, hop in hops if hop is not None]
    troubles = _troubles(picture, client)
    bottom = top + 34 + (24 if troubles or _troubles(other, client) else 0)
    edge = theme.danger if troubles else theme.muted
    outline = {"stroke": edge, "stroke_width": 1.5, "radius": 6}
    scene.box(
        measures.margin, top, measures.width - measures.margin, bottom, theme.stripe, **outline
    )
    who = fit(end.name or "not in the inventory", measures.width * 0.4, measures.name_size)
    what = (
        TextRun(f"{role}  ", bold=True),
        TextRun(who, bold=bool(end.name), italic=not end.name),
        TextRun(f"  {end.endpoint}"),
    )
    scene.text(measures.middle, top + 17, what, measures.name_size, theme.text, "center")
    _handle(scene, role, known, top + 17, measures, theme)
    _counts(scene, hops, client, top + 17, measures, theme)
    if troubles:
        _trouble(scene, troubles[0], top + 44, measures, theme)
    return bottom


def _handle(
    scene: Scene, role: str, known: list[HopView], y: float, measures: Grid, theme: Theme
) -> None:
    """A small symbol on the bar, so that the ends can be asked about like any hop."""
    if not known:
        return
    bad = any(hop.drop is not None and not hop.lost_after for hop in known)
    x = measures.margin + (16 if measures.kind != "phone" else 12)
    tip = (f"{role.lower()} {known[0].name}", "choose it to see what was asked and answered")
    color = theme.danger if bad else theme.muted
    scene.mark(x, y, "circle", 12, color if bad else theme.page, color, **_look(known[0], tip))


def _counts(
    scene: Scene,
    hops: list[tuple[Side, HopView | None]],
    client: bool,
    y: float,
    measures: Grid,
    theme: Theme,
) -> None:
    if measures.kind != "wide":
        return
    for (_, hop), right in zip(hops, (False, True), strict=True):
        if hop is None:
            continue
        leaves = right != client
        count = hop.went_out if leaves else hop.came_in
        if count is None:
            continue
        text = f"{'sent' if leaves else 'received'} {count}"
        x = measures.width - measures.margin - 14 if right else measures.margin + 34
        color = theme.danger if count == 0 else theme.muted
        scene.text(x, y, text, measures.small_size, color, "right" if right else "left", mono=True)


def _trouble_head(hop: HopView) -> str:
    """What became of the packets at that end, in bold."""
    if hop.drop is None:
        return "✖ FAULTY, as the verdict says"
    return f"✖ {hop.ending.upper()} " if hop.lost_after else "✖ ENDS HERE "


def _trouble(scene: Scene, hop: HopView, y: float, measures: Grid, theme: Theme) -> None:
    head = _trouble_head(hop)
    room = measures.width - 2 * measures.margin - 30
    text = fit(hop.drop or "", room - 130, measures.small_size)
    runs = (TextRun(head, bold=True), TextRun(text))
    scene.text(measures.middle, y, runs, measures.small_size, theme.danger, "center")
