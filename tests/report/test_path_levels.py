"""Two runs beside each other: the same device stands at one height in both pictures, and what only one
of them has is marked."""

from __future__ import annotations

import pytest

from tests.report.samples import Picture, hop, picture, side
from workbench.report.figures.path_figure import path_scene
from workbench.report.figures.path_levels import Level, levels
from workbench.report.figures.path_rows import pairs
from workbench.report.figures.scene import Mark, Scene
from workbench.report.figures.theme import DARK
from workbench.report.picture.picture import load


def way(*names: str, dropped: str = "") -> list[Picture]:
    """Hops of one side, in the order of its packets; one of them drops."""
    drop = {"drop": "3 SYN-ACK packets came in and did not go out"}
    return [hop(name, **(drop if name == dropped else {})) for name in names]


def seen(forward: list[Picture], reverse: list[Picture]) -> Picture:
    lost = any("drop" in one for one in reverse)
    outcome = "SYN-ACK lost" if lost else "replies arrive"
    return picture(side(forward, True, "packets arrive"), side(reverse, not lost, outcome))


BEFORE = seen(way("r1", "fw-a", "r2"), way("r2", "fw-b", "r1", dropped="fw-b"))
AFTER = seen(way("r1", "fw-a", "r2"), way("r2", "fw-a", "r1"))
LONGER = seen(way("r1", "fw-a", "fw-c", "r2"), way("r2", "fw-a", "r1"))


def symbols(scene: Scene) -> dict[str, set[float]]:
    """At which heights does each device stand?"""
    found: dict[str, set[float]] = {}
    for mark in scene.marks:
        if mark.key:
            found.setdefault(mark.key, set()).add(mark.y)
    return found


def rings(scene: Scene) -> list[Mark]:
    return [mark for mark in scene.marks if mark.shape == "circle" and mark.stroke == DARK.split]


@pytest.mark.parametrize("width", [360, 600, 1232])
@pytest.mark.parametrize(("one", "other"), [(BEFORE, AFTER), (AFTER, LONGER), (BEFORE, LONGER)])
def test_the_same_device_stands_at_one_height(one: Picture, other: Picture, width: int) -> None:
    left, right = path_scene(one, "dark", width, other), path_scene(other, "dark", width, one)
    here, there = symbols(left), symbols(right)
    for device in ("r1", "fw-a", "r2"):
        assert here[device] & there[device], device
    assert left.height == right.height


def test_alone_each_picture_is_as_small_as_it_can_be() -> None:
    assert path_scene(AFTER, "dark", 600).height < path_scene(AFTER, "dark", 600, BEFORE).height


def test_what_only_one_run_has_is_ringed_on_its_side() -> None:
    before, after = path_scene(BEFORE, "dark", 600, AFTER), path_scene(AFTER, "dark", 600, BEFORE)
    for scene, device in ((before, "fw-b"), (after, "fw-a")):
        ringed, key = rings(scene)[:-1], rings(scene)[-1]
        place = [(mark.x, mark.y) for mark in scene.marks if mark.key == device]
        assert [(mark.x, mark.y) for mark in ringed] == place[-1:]
        assert key.y > max(mark.y for mark in ringed)  # the ring of the key
    assert not rings(path_scene(BEFORE, "dark", 600))


def test_a_row_that_one_picture_lacks_leaves_its_place_empty() -> None:
    mine, theirs = pairs(load(AFTER)), pairs(load(LONGER))
    assert levels(mine, theirs) == [Level(0, 0), Level(1, 1), Level(None, 2), Level(2, 3)]
