"""Ladder, spread, counters and timeline: valid for plotly, inside their frame, deaf to hostile
names."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from tests.web import story
from workbench.report.figures.as_plotly import as_plotly
from workbench.report.figures.as_svg import as_svg
from workbench.report.figures.counters_figure import moves_scene
from workbench.report.figures.ladder_figure import ladder_scene, says
from workbench.report.figures.scene import Scene
from workbench.report.figures.spread_figure import spread_scene
from workbench.report.figures.timeline_figure import timeline_scene
from workbench.report.figures.timeline_rows import SIZE, TimelineMark
from workbench.report.picture.ladder import describe_ladder
from workbench.report.text import wide

MORE = re.compile(r"^and (\d+) more$")
EVIL = "<b>x</b><a href='javascript:1'>y</a>\x1b[31m\u202e"


def ladder(name: str = "fw-b") -> dict[str, Any]:
    described = describe_ladder(story.findings())
    assert described is not None
    renamed: dict[str, Any] = json.loads(json.dumps(described).replace('"fw-b"', json.dumps(name)))
    return renamed


def moves(name: str = "fw-b") -> list[dict[str, Any]]:
    rows = [("drop", 1, 9), ("rule", 1200, None), ("counter", 7, None)]
    return [
        {
            "device": name,
            "what": f"{name} {kind}",
            "after": after,
            "rose": rose,
            "kind": kind,
            "evidence": "e1",
        }
        for kind, rose, after in rows
    ]


def spread(name: str = "fw-b") -> dict[str, Any]:
    legs = [["r1", False, name], ["r2", True, "fw-a"]]
    ways = [
        {
            "forward": ["a"],
            "reverse": ["b"],
            "count": 120,
            "fails": fails,
            "because": name,
            "legs": legs,
            "sample": [1],
        }
        for fails in (True, False, None)
    ]
    share = {"part": 120, "whole": 360, "value": 1 / 3, "low": 0.28, "high": 0.38}
    cells = [[32768 + i, i % 3] for i in range(240)]
    picture = {
        "ways": ways,
        "cells": cells,
        "own": 32770,
        "predicted": share,
        "measured": share,
        "agreement": None,
    }
    return picture | {"trusted": True, "working_port": 1, "culprit": None, "evidence": []}


def moments(name: str = "fw-b") -> list[TimelineMark]:
    start = datetime(2026, 11, 22, 2, 13, tzinfo=UTC)
    lanes = ["State", "People", "Runs", "Verdicts"] * 5
    return [
        TimelineMark(
            lane,
            start + timedelta(seconds=17 * i),
            name,
            "bad",
            start + timedelta(seconds=17 * i + 9),
        )
        for i, lane in enumerate(lanes)
    ]


SCENES: dict[str, Callable[[str, str, int], Scene]] = {
    "ladder": lambda name, theme, width: ladder_scene(ladder(name), theme, width),
    "moves": lambda name, theme, width: moves_scene(moves(name), theme, width),
    "spread": lambda name, theme, width: spread_scene(spread(name), theme, width),
    "timeline": lambda name, theme, width: timeline_scene(moments(name), theme, width),
}


@pytest.mark.parametrize("which", SCENES)
@pytest.mark.parametrize("theme", ["dark", "light"])
def test_plotly_takes_it(which: str, theme: str) -> None:
    go = pytest.importorskip("plotly.graph_objects")
    go.Figure(as_plotly(SCENES[which]("fw-b", theme, 1232)))


@pytest.mark.parametrize("which", SCENES)
@pytest.mark.parametrize("width", [320, 390, 800, 1600])
def test_everything_stands_inside(which: str, width: int) -> None:
    scene = SCENES[which]("fw-b", "dark", width)
    assert scene.marks and scene.texts
    for x, y in [*((m.x, m.y) for m in scene.marks), *((t.x, t.y) for t in scene.texts)]:
        assert 0 <= x <= scene.width
        assert 0 <= y <= scene.height


@pytest.mark.parametrize("which", SCENES)
def test_a_name_is_never_markup(which: str) -> None:
    scene = SCENES[which](EVIL, "light", 900)
    ET.fromstring(as_svg(scene))
    drawn = as_plotly(scene)
    shown = [
        text
        for trace in drawn["data"]
        for text in [*trace.get("text", []), *trace.get("hovertext", [])]
    ]
    assert any("&lt;b&gt;x" in text for text in shown), "the name is drawn"
    for text in shown:
        assert "<a" not in text
        assert "\x1b" not in text
        assert "\u202e" not in text


def test_the_ladder_tells_who_saw_it_last_and_who_never_did() -> None:
    described = ladder()
    names = [point["device"] for point in described["points"]]
    assert names == ["app01", "r1", "fw-a", "fw-b", "r3", "db01"]
    first, second = described["rows"][:2]
    assert (first["label"], says(first, names)) == ("SYN", "never crossed fw-b")
    assert (second["label"], says(second, names)) == ("SYN-ACK", "✖ last seen at fw-b")
    assert [row["again"] for row in described["rows"] if row["label"] == "SYN"] == [0, 1, 2]


def test_clocks_that_differ_do_not_tear_a_packet_apart() -> None:
    replies = [row for row in ladder()["rows"] if row["label"] == "SYN-ACK"]
    assert replies
    # fw-b's clock is 1.25 s ahead
    assert all(set(row["seen"]) == {"db01", "r3", "fw-b"} for row in replies)


def words(scene: Scene) -> str:
    return " | ".join("".join(run.text for run in text.runs) for text in scene.texts)


@pytest.mark.parametrize("width", [320, 390, 1232])
@pytest.mark.parametrize("points", [2, 3, 6, 16])
def test_names_over_a_ladder_are_whole_inside_and_apart(points: int, width: int) -> None:
    names = [f"router-dc{n}-edge" for n in range(points)]
    described = {
        "points": [{"device": name, "on": "", "boundary": None} for name in names],
        "rows": [],
        "left_out": 0,
    }
    drawn = [
        (t, "".join(run.text for run in t.runs))
        for t in ladder_scene(described, "dark", width).texts
    ]
    placed = sorted(
        (t.y, t.x, wide(name, 12.5, bold=True) / 2, name)
        for t, name in drawn
        if name.endswith("edge")
    )
    assert len(placed) >= 2 and (points * 120 > width or len(placed) == points)
    for _, x, half, _ in placed:
        assert half <= x <= width - half
    for (y, x, half, _), (low, right, other, _) in pairwise(placed):
        assert y != low or x + half < right - other


def test_counters_are_told_before_and_after() -> None:
    drawn = words(moves_scene(moves(), "dark", 1232))
    assert "+1   8 → 9" in drawn and "+7" in drawn


def test_a_measured_share_stands_below_the_predicted_one_with_its_interval() -> None:
    scene = spread_scene(spread(), "dark", 1232)
    assert "33% of 360 source ports" in words(scene) and "95 %: 28% to 38%" in words(scene)
    whisker = [line for line in scene.lines if line.points[0][1] == line.points[1][1]]
    assert len(whisker) == 1
    unmeasured = {**spread(), "measured": None}
    assert "measured" not in words(spread_scene(unmeasured, "dark", 1232))


def test_without_a_capture_there_is_no_ladder() -> None:
    assert describe_ladder(story.findings(seen=False)) is None


def busy(count: int) -> list[TimelineMark]:
    """Six hours of an incident with so many notes, some runs, and things that lasted."""
    start = datetime(2026, 11, 22, 0, 0, tzinfo=UTC)
    notes = [
        TimelineMark(
            "People", start + timedelta(seconds=21600 * i / count), f"note number {i}", "note"
        )
        for i in range(count)
    ]
    runs = [
        TimelineMark("Runs", at, f"run {i} done", "good", at + timedelta(minutes=40))
        for i, at in enumerate(start + timedelta(hours=h) for h in range(6))
    ]
    return [*notes, *runs]


@pytest.mark.parametrize("width", [360, 1232])
@pytest.mark.parametrize("count", [1, 40, 2000])
def test_a_timeline_stays_readable_with_many_events(count: int, width: int) -> None:
    scene = timeline_scene(busy(count), "light", width)
    assert len(scene.marks) <= 2 * width / 14
    shown = sum(int(match[1]) for mark in scene.marks if (match := MORE.search(mark.hover[-1])))
    named = sum(len(m.hover) - bool(MORE.search(m.hover[-1])) for m in scene.marks)
    assert shown + named == count + 6


@pytest.mark.parametrize("width", [360, 800, 1600])
@pytest.mark.parametrize("count", [1, 12, 40, 400])
def test_a_label_stands_under_no_bar_symbol_or_other_label(count: int, width: int) -> None:
    scene = timeline_scene(busy(count), "dark", width)
    labels = [text for text in scene.texts if text.size == SIZE]
    assert labels
    spans = [(t.x, t.x + wide(t.runs[0].text, SIZE), t.y) for t in labels]
    bars = [(box.x0, box.x1, (box.y0 + box.y1) / 2) for box in scene.boxes if box.radius]
    symbols = [(mark.x - 5, mark.x + 5, mark.y) for mark in scene.marks]
    for index, span in enumerate(spans):
        for other in (*bars, *symbols, *spans[index + 1 :]):
            apart = span[1] <= other[0] or other[1] <= span[0] or abs(span[2] - other[2]) > 8
            assert apart, (labels[index].runs[0].text, span, other)


def test_lanes_in_which_nothing_happened_are_left_out() -> None:
    scene = timeline_scene(busy(3), "dark", 800)
    assert [text.runs[0].text for text in scene.texts if text.runs[0].bold] == ["People", "Runs"]


def test_the_axis_of_several_days_names_them() -> None:
    start = datetime(2026, 11, 22, 22, 0, tzinfo=UTC)
    marks = [TimelineMark("People", start + timedelta(hours=20 * i), "note") for i in range(4)]
    ticks = [text.runs[0].text for text in timeline_scene(marks, "dark", 900).texts if text.mono]
    assert {"23 Nov", "24 Nov", "25 Nov"} <= set(ticks)
