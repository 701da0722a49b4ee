"""Who is named, and which direction, where the place of the loss is out of sight."""

from __future__ import annotations

from workbench.analysis.case.verdict import Direction
from workbench.analysis.diagnosis.context import Scene
from workbench.analysis.diagnosis.facts.state.unreplied import unreplied
from workbench.analysis.diagnosis.facts.stops.departed import dead_link
from workbench.analysis.diagnosis.facts.stops.gaps import gap
from workbench.analysis.diagnosis.facts.stops.horizon import heard_beyond, horizon
from workbench.analysis.diagnosis.hypotheses.unknown_beyond_visibility import (
    half_open_sockets,
    missed_by_captures,
)
from workbench.analysis.diagnosis.hypotheses.unknown_beyond_visibility.hidden_devices import (
    hidden_suspect,
    only_suspect,
)
from workbench.analysis.diagnosis.hypotheses.unknown_beyond_visibility.server_application import (
    application,
)


def suspected(scene: Scene) -> str | None:
    """Who is named is the one that the summary and the drop name; nobody where nothing was seen to
    fail."""
    silent, sent = application(scene), unreplied(scene)
    if gap(scene) is not None or silent is not None:
        return silent.server if silent is not None else None
    if sent is not None:
        return sent.name
    drop, found = scene.findings.drop, horizon(scene)
    if drop is not None and (not scene.case.reached(drop.node) or dead_link(scene)):
        return drop.node
    if found is None:
        return only_suspect(scene)
    return None if heard_beyond(scene, found) else hidden_suspect(scene, found)


def direction(scene: Scene) -> Direction | None:
    """Which direction fails, as far as packets, sockets or attempts show?"""
    if gap(scene) is not None:
        return missed_by_captures.direction(scene)
    if application(scene) is not None:
        return Direction.REVERSE
    return _of_a_drop(scene) or _by_the_server(scene)


def _of_a_drop(scene: Scene) -> Direction | None:
    seen = scene.findings.drop or horizon(scene)
    if seen is None:
        return None
    return Direction.REVERSE if seen.reverse else Direction.FORWARD


def _by_the_server(scene: Scene) -> Direction | None:
    """Did it get the packets? Where nobody watched it, its sockets tell."""
    got = scene.saw(scene.server, reverse=False) if scene.server else None
    if scene.server and scene.saw(scene.server, reverse=True):
        told = any(one.loss is not None for one in scene.attempts)
        return _by_loss(scene) if told else Direction.REVERSE
    if got is False:
        return Direction.FORWARD
    return half_open_sockets.direction(scene) or _by_loss(scene)


def _by_loss(scene: Scene) -> Direction | None:
    """What do the packets of a connection that fails show by themselves?"""
    ways = {one.loss.reverse for one in scene.attempts if one.loss is not None}
    if len(ways) != 1:
        return None
    return {True: Direction.REVERSE, False: Direction.FORWARD, None: None}[ways.pop()]
