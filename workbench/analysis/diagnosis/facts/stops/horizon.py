"""Where is a packet last seen, and where is it missed, with places between that cannot be asked?"""

from __future__ import annotations

from dataclasses import dataclass, replace

from collectors.model.evidence import Question
from collectors.model.records import Reach, Trace
from workbench.analysis.captures.capture_filters import leaves_out
from workbench.analysis.case.findings import Findings
from workbench.analysis.case.verdict import Drop
from workbench.analysis.diagnosis.context import Scene
from workbench.analysis.diagnosis.handshake import Stage


@dataclass(frozen=True, slots=True)
class Horizon:
    """Sent by `last`, never seen by `missed`; `hidden` lie between. missed None = nobody beyond
    watched."""

    last: str
    hidden: tuple[str, ...]
    missed: str | None
    reverse: bool
    evidence: tuple[str, ...] = ()


def horizon(scene: Scene) -> Horizon | None:
    """Behind which visible device do packets vanish into places that cannot be asked?"""
    return _of(scene, False) or _of(scene, True)


def _of(scene: Scene, reverse: bool) -> Horizon | None:
    names = scene.findings.path(reverse).names
    sent = [
        i
        for i, name in enumerate(names)
        if (s := scene.sighting(name, reverse)) is not None and s.went_out
    ]
    if not sent:
        return None
    last = sent[-1]
    watched = (
        i for i in range(last + 1, len(names)) if scene.sighting(names[i], reverse) is not None
    )
    missed = next(watched, None)
    if missed is not None and scene.saw(names[missed], reverse):
        return None
    hidden = tuple(
        n
        for n in names[last + 1 : missed]
        if n in scene.unreached or scene.sighting(n, reverse) is None
    )
    if not hidden or (missed is None and not _unanswered(scene, names[last], reverse)):
        return None
    there = scene.sighting(names[last], reverse)
    return Horizon(
        names[last],
        hidden,
        names[missed] if missed is not None else None,
        reverse,
        there.evidence if there else (),
    )


def _unanswered(scene: Scene, device: str, reverse: bool) -> bool:
    """Would an answer have been seen there, and none came? Who answers was asked: its client says
    what it lacks."""
    lacks = not reverse or any(one.loss is not None and one.loss.reverse for one in scene.attempts)
    back = scene.sighting(device, not reverse)
    hidden = leaves_out(scene.case, device, scene.flow if reverse else scene.flow.reversed())
    return lacks and not hidden and (back is None or not back.came_in)


def heard_beyond(scene: Scene, found: Horizon) -> bool:
    """Does the other end answer pings or traces, where nobody watched beyond? Then the way carries
    at least those."""
    path = scene.findings.path(found.reverse)
    if found.missed is not None or not path.hops:
        return False
    target = path.hops[-1].flow_out.dst
    for device in scene.case.inventory.devices:
        pings = scene.case.all_records(device.name, Question.PING, Reach)
        traces = scene.case.all_records(device.name, Question.TRACE, Trace)
        if any(reach.ok and reach.target == target for reach, _ in pings):
            return device.name == found.last
        if any(
            reply.reached and reply.address == target
            for trace, _ in traces
            for reply in trace.replies
        ):
            return device.name == found.last
    return False


def bracketed(scene: Scene) -> Drop | None:
    """A drop that no capture saw, but that can be in one device only: its neighbours on the way
    both watched."""
    found = horizon(scene)
    if found is None or found.missed is None or len(found.hidden) != 1:
        return None
    if not scene.case.reached(found.hidden[0]) or scene.drops(found.reverse):
        return None
    stage = Stage.ANSWER if found.reverse else Stage.OPENING
    where = f"{found.last} sent it there, and {found.missed} never got it"
    return Drop(
        found.hidden[0], None, stage.word(scene.flow.protocol), where, found.reverse, found.evidence
    )


def scene_of(findings: Findings) -> Scene:
    """The scene of these findings, made once; a drop between two captures counts as located."""
    kept: Scene | None = vars(findings).get("_scene")
    if kept is None:
        kept = _with_bracket(Scene(findings))
        vars(findings)["_scene"] = kept
    return kept


def _with_bracket(scene: Scene) -> Scene:
    drop = bracketed(scene)
    if drop is None:
        return scene
    known = scene.findings
    return Scene(replace(known, drop=known.drop or drop, drops=(*known.drops, drop)))
