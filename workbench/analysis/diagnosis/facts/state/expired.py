"""A device that keeps state let the request pass and refuses its answer: did it know the session no
more?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from collectors.model.evidence import Evidence, Question, Status
from collectors.model.flow import Flow
from collectors.model.records import Packet, Session, SessionEvent
from workbench.analysis.case.findings import Hop
from workbench.analysis.device.hop_filtering import needs_state
from workbench.analysis.diagnosis.context import Scene
from workbench.analysis.diagnosis.facts.state.timers import Timer, timer
from workbench.analysis.diagnosis.facts.state.tracking import lost_at
from workbench.analysis.diagnosis.facts.stops.drop_reasons import Kind
from workbench.analysis.diagnosis.facts.stops.stops import Stop, stops
from workbench.analysis.diagnosis.handshake import Stage

_GRACE = 0.1  # seconds: timers of the kernel and clocks of captures round


@dataclass(frozen=True)
class Refused:
    """An answer that a device with state refuses after it sent its request on. Seconds; None = not
    measured."""

    stop: Stop
    hop: Hop
    flow: Flow  # as its request left the device
    timer: Timer | None
    # from the last packet of the session that passed to the answer that did not, at least
    waited: float | None
    # its own events, or a look at its table, say that the session was gone between the two
    gone: tuple[str, ...]
    kept: tuple[str, ...]  # a look found it afterwards, though answers are refused

    @property
    def outlived(self) -> bool:
        """Did the answer need longer than the device remembers?"""
        if self.timer is None or self.waited is None:
            return False
        return self.waited + _GRACE >= self.timer.seconds

    @property
    def shown(self) -> bool:
        """Is it seen that the session was gone when the answer came?"""
        return self.outlived or bool(self.gone)

    @property
    def by_rule(self) -> bool:
        """Is it seen that its rules refused the answer, which pass one of a session that they
        know?"""
        return self.stop.why(Kind.STATE) is not None

    @cached_property
    def evidence(self) -> tuple[str, ...]:
        """What shows request and answer there."""
        points = [self.stop.scene.sighting(self.hop.name, way) for way in (False, True)]
        return tuple(
            dict.fromkeys(i for point in points if point is not None for i in point.evidence)
        )


def refused_answers(scene: Scene) -> tuple[Refused, ...]:
    """Every device with state that sent requests on, and was seen to drop the answers for want of
    their session."""
    kept = vars(scene)
    if "_refused_answers" not in kept:
        kept["_refused_answers"] = tuple(_refused(scene))
    found: tuple[Refused, ...] = kept["_refused_answers"]
    return found


def of_its_session(stop: Stop) -> bool:
    """Is what this device drops an answer whose session it lost? Then no filter is to blame."""
    return any(one.stop is stop for one in refused_answers(stop.scene))


def _refused(scene: Scene) -> Iterator[Refused]:
    for stop in stops(scene):
        if _is_answer(scene, stop) and stop.hop is not None:
            found = _looked_at(scene, stop, stop.hop)
            if found.shown or (found.by_rule and not found.kept):
                yield found


def _is_answer(scene: Scene, stop: Stop) -> bool:
    """Of a session that began here, at a device that would pass it if it knew the session, and does
    not else."""
    if stop.drop is None or not stop.reverse or stop.stage is not Stage.ANSWER or stop.hop is None:
        return False
    if stop.device in (scene.client, scene.server) or scene.hop(stop.device, reverse=False) is None:
        return False
    return _sent_on(scene, stop.device) and needs_state(scene.case, stop.hop, reply=True) is True


def _sent_on(scene: Scene, device: str) -> bool:
    point = scene.sighting(device, reverse=False)
    return point is not None and bool(point.went_out)


def _looked_at(scene: Scene, stop: Stop, hop: Hop) -> Refused:
    lost = lost_at(scene, stop.device, reverse=True)
    pairs = [
        (before, one)
        for one in lost
        for before in (_last_before(scene, stop.device, one),)
        if before is not None
    ]
    flow = lost[0].flow.reversed() if lost and lost[0].flow else scene.flow
    waits = [one.time - before for before, one in pairs]
    gone = tuple(
        dict.fromkeys(
            i for before, one in pairs for i in _gone(scene, stop.device, flow, before, one.time)
        )
    )
    kept = tuple(i for one in lost for i in _kept(scene, stop.device, flow, one))
    return Refused(
        stop, hop, flow, timer(scene, stop.device, flow), min(waits, default=None), gone, kept
    )


def _last_before(scene: Scene, device: str, lost: Packet) -> float | None:
    """When did the last packet of the lost one's session leave the device?"""
    if lost.flow is None:
        return None
    sent, answered = scene.sighting(device, reverse=False), scene.sighting(device, reverse=True)
    passed = [one for point in (sent, answered) if point is not None for one in point.went_out]
    mine = (
        one.time
        for one in passed
        if one.flow in (lost.flow, lost.flow.reversed()) and one.time < lost.time
    )
    return max(mine, default=None)


def _gone(scene: Scene, device: str, flow: Flow, since: float, until: float) -> Iterator[str]:
    """Did its events tell of the end of the session between these moments, by its own clock?"""
    for item in scene.case.answers(device, Question.SESSION_EVENTS):
        ends = (
            event.time
            for event in item.of(SessionEvent)
            if event.event == "DESTROY" and _is(event.session, flow)
        )
        if any(then is not None and since < then < until for then in ends):
            yield item.id
    for item in _looks(scene, device):
        began = item.taken_at + item.clock_offset
        if (
            since < began
            and began + item.duration < until
            and not any(_is(one, flow) for one in item.of(Session))
        ):
            yield item.id


def _kept(scene: Scene, device: str, flow: Flow, lost: Packet) -> Iterator[str]:
    """Does a look of the second after the loss find the session, waiting for this answer all the
    time?"""
    for item in _looks(scene, device):
        soon = 0 <= item.taken_at + item.clock_offset - lost.time < 1.0
        if soon and any(_is(one, flow) and one.unreplied for one in item.of(Session)):
            yield item.id


def _looks(scene: Scene, device: str) -> Iterator[Evidence]:
    for item in scene.case.answers(device, Question.SESSIONS):
        if item.status is Status.ANSWERED and item.whole:
            yield item


def _is(session: Session, flow: Flow) -> bool:
    return flow in (session.original, session.reply.reversed())
