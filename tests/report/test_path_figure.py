"""The picture of both paths: valid for plotly, readable at every length, deaf to hostile names."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.report.samples import Picture, hop, long, picture, side, three
from workbench.report.figures.as_svg import as_svg
from workbench.report.figures.path_figure import path_figure, path_scene
from workbench.report.figures.scene import Text
from workbench.report.text import wide

ALL = {"three": three(), "eight": long(8), "sixteen": long(16), "thirty": long(30)}
WIDTHS = [320, 390, 792, 1232, 1600]


def texts(figure: dict[str, Any]) -> list[str]:
    """Every text in a figure."""
    found: list[str] = figure["data"][-1]["text"]
    return found


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("theme", ["dark", "light"])
def test_plotly_takes_it(name: str, theme: str) -> None:
    go = pytest.importorskip("plotly.graph_objects")
    figure = path_figure(ALL[name], theme, 1232)
    go.Figure(figure)
    json.dumps(figure)


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("width", WIDTHS)
def test_everything_stands_inside(name: str, width: int) -> None:
    scene = path_scene(ALL[name], "dark", width)
    assert scene.marks and scene.texts
    for mark in scene.marks:
        assert 0 <= mark.x <= scene.width
        assert 0 <= mark.y <= scene.height
    for text in scene.texts:
        assert 0 <= text.y <= scene.height


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("width", WIDTHS)
def test_two_sizes_of_text_are_enough(name: str, width: int) -> None:
    assert len({text.size for text in path_scene(ALL[name], "dark", width).texts}) == 2


def span(text: Text) -> tuple[float, float, float, float]:
    """About where a text stands: left, right, top, bottom."""
    taken = sum(wide(run.text, text.size, bold=run.bold, mono=text.mono) for run in text.runs)
    left = text.x - {"left": 0, "center": taken / 2, "right": taken}[text.anchor]
    return left, left + taken, text.y - text.size * 0.45, text.y + text.size * 0.45


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("width", WIDTHS)
def test_no_text_lies_on_another(name: str, width: int) -> None:
    found = [(span(text), text) for text in path_scene(ALL[name], "dark", width).texts]
    for index, ((left, right, top, bottom), text) in enumerate(found):
        for other, beside in found[index + 1 :]:
            apart = right <= other[0] or other[1] <= left or bottom <= other[2] or other[3] <= top
            assert apart, (text.runs, beside.runs)


def test_the_drop_is_told_where_it_is() -> None:
    scene = path_scene(three(), "dark", 1232)
    cross = next(mark for mark in scene.marks if mark.shape == "cross" and mark.layer == 3)
    guilty = next(mark for mark in scene.marks if mark.key == "fwB")
    assert cross.x == guilty.x
    # replies run upwards: the cross is on the edge that leaves
    assert guilty.y - 50 < cross.y < guilty.y
    assert any(run.text == "✖ DROPPED HERE" for text in scene.texts for run in text.runs)


def test_only_a_shared_box_has_a_band_across() -> None:
    def widest(figure: Picture) -> float:
        scene = path_scene(figure, "dark", 1232)
        return max(box.x1 - box.x0 for box in scene.boxes if box.fill == "#2b2540")

    assert widest(three()) < 600
    assert widest(long(8)) > 1100


def test_split_and_meeting_point_are_named() -> None:
    shown = texts(path_figure(three(), "dark", 1232))
    assert any("split after" in text for text in shown)
    assert any("the client" in text for text in shown)
    assert not any("split after" in text for text in texts(path_figure(long(8), "dark", 1232)))


def test_half_known_sides_are_not_called_split() -> None:
    growing = picture(
        side([hop("app01", end=True), hop("r1"), hop("fwA")], None, "", complete=False),
        side([hop("db01", end=True), hop("r4")], None, "", complete=False),
    )
    assert not any("split" in text for text in texts(path_figure(growing, "dark", 1232)))


def test_nothing_known_is_a_picture_too() -> None:
    empty = picture(side([], None, "", complete=False), side([], None, "", complete=False))
    assert any("asking the devices" in text for text in texts(path_figure(empty, "dark", 390)))


def test_traces_keep_their_names_while_the_picture_grows() -> None:
    full = {trace["uid"] for trace in path_figure(three(), "dark", 1232)["data"]}
    assert {"marks-0", "marks-1", "marks-2", "texts"} <= full


@pytest.mark.parametrize("name", ALL)
def test_no_text_is_empty(name: str) -> None:
    """plotly loses a text that takes the place of an empty one when it draws again."""
    for width in WIDTHS:
        shown = texts(path_figure(ALL[name], "dark", width))
        assert shown and all(text.strip() for text in shown)


HOSTILE = '<b>x</b><a href="javascript:alert(1)">y</a>&lt;i&gt;<br>\x1b[31m\u202e'


def test_a_name_is_never_markup() -> None:
    figure = path_figure(_named(HOSTILE), "dark", 1232)
    shown = [*texts(figure), *figure["data"][-2]["hovertext"]]
    assert any("&lt;b&gt;x" in text for text in shown), "the name is drawn"
    for text in shown:
        assert "<a" not in text
        assert "<b>x" not in text
        assert "\x1b" not in text
        assert "\u202e" not in text


def _named(name: str) -> Picture:
    middle = hop(
        name,
        name,
        drop=name,
        translation=name,
        decided=name,
        boundary="firewall",
        iif=name,
        oif=name,
    )
    ends = hop(name, end=True), hop(name, end=True)
    drawn = picture(
        side([ends[0], middle, ends[1]], False, name), side([ends[1], middle, ends[0]], False, name)
    )
    drawn["client"] = {"name": name, "endpoint": name}
    return drawn


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=120), st.sampled_from(WIDTHS))
def test_any_name_can_be_drawn(name: str, width: int) -> None:
    scene = path_scene(_named(name), "light", width)
    ET.fromstring(as_svg(scene))
    json.dumps(path_figure(_named(name), "dark", width)).encode()


@pytest.mark.parametrize("name", ALL)
def test_the_svg_is_wellformed_and_without_script(name: str) -> None:
    svg = as_svg(path_scene(ALL[name], "light", 1120))
    ET.fromstring(svg)
    assert "<script" not in svg
    assert "http" not in svg.replace("http://www.w3.org/2000/svg", "")


def test_what_cannot_be_asked_is_not_accused() -> None:
    """Beyond the last device that can be asked the packet is lost, no more is known."""
    middle = hop(
        "100.64.9.9", managed=False, basis="unknown", drop="6 SYN left r1 and never reached r2"
    )
    other = hop("100.64.8.8", managed=False, basis="unknown", reached=False)
    ends = hop("app01", end=True), hop("db01", end=True)
    described = picture(
        side([ends[0], middle, ends[1]], False, ""), side([ends[1], other, ends[0]], None, "")
    )
    shown = " ".join(texts(path_figure(described, "dark", 1232)))
    assert "LOST FROM HERE ON" in shown
    assert "DROPPED" not in shown
    assert "cannot be known" in shown


@pytest.mark.parametrize(
    ("lost_after", "head"), [(True, "✖ LOST AFTER HERE "), (False, "✖ ENDS HERE ")]
)
def test_the_bar_of_an_end_says_whether_the_packet_left_it(lost_after: bool, head: str) -> None:
    drop = "2 SYN-ACK packets left db01 on eth1 and never reached r4"
    server = hop("db01", end=True, drop=drop, lost_after=lost_after)
    reverse = side([server, hop("r4", reached=False), hop("app01", end=True)], False, "")
    described = picture(side([hop("app01", end=True), hop("db01", end=True)], True, ""), reverse)
    scene = path_scene(described, "dark", 1232)
    heads = {run.text for text in scene.texts for run in text.runs if run.bold and "✖" in run.text}
    assert heads == {head}
    handle = next(mark for mark in scene.marks if mark.key == "db01")
    # an end that sent the packet on is not painted as the place where it dies
    assert (handle.fill != handle.stroke) is lost_after


def test_a_packet_that_dies_at_the_end_of_its_way_has_a_cross_there() -> None:
    server = hop("db01", end=True, drop="SYN: arrived twice at db01 and was not answered")
    forward = side([hop("app01", end=True), hop("r1"), server], False, "SYN not answered by db01")
    described = picture(forward, side([hop("db01", end=True), hop("app01", end=True)], None, ""))
    scene = path_scene(described, "dark", 1232)
    cross = next(mark for mark in scene.marks if mark.shape == "cross" and mark.layer == 3)
    router = next(mark for mark in scene.marks if mark.key == "r1")
    handle = next(mark for mark in scene.marks if mark.key == "db01")
    assert cross.x == router.x and router.y < cross.y < handle.y
