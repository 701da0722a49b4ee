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
from workbench.analysis.diagnosis.context import Context
from workbench.analysis.diagnosis.facts.state.timers import Timer, timer
from workbench.analysis.diagnosis.facts.state.tracking import lost_at
from workbench.analysis.diagnosis.facts.stops.drop_points import DropPoint, drop_points
from workbench.analysis.diagnosis.facts.stops.drop_reasons import DropReason
from workbench.analysis.diagnosis.handshake import HandshakeStep

_GRACE = 0.1  # seconds: timers of the kernel and clocks of captures round


@dataclass(frozen=True)
class RefusedAnswer:
    """An answer that a device with state refuses after it sent its request on. Seconds; None = not
    measured."""

    point: DropPoint
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
        return self.point.why(DropReason.STATE) is not None

    @cached_property
    def evidence(self) -> tuple[str, ...]:
        """What shows request and answer there."""
        points = [self.point.context.observation(self.hop.name, way) for way in (False, True)]
        return tuple(
            dict.fromkeys(i for point in points if point is not None for i in point.evidence)
        )


def refused_answers(context: Context) -> tuple[RefusedAnswer, ...]:
    """Every device with state that sent requests on, and was seen to drop the answers for lack of
    their session."""
    kept = vars(context)
    if "_refused_answers" not in kept:
        kept["_refused_answers"] = tuple(_refused(context))
    found: tuple[RefusedAnswer, ...] = kept["_refused_answers"]
    return found


def of_its_session(point: DropPoint) -> bool:
    """Is what this device drops an answer whose session it lost? Then no filter is the cause."""
    return any(one.point is point for one in refused_answers(point.context))


def _refused(context: Context) -> Iterator[RefusedAnswer]:
    for point in drop_points(context):
        if _is_answer(context, point) and point.hop is not None:
            found = _looked_at(context, point, point.hop)
            if found.shown or (found.by_rule and not found.kept):
                yield found


def _is_answer(context: Context, point: DropPoint) -> bool:
    """Of a session that began here, at a device that would pass it if it knew the session, and does
    not else."""
    if (
        point.drop is None
        or not point.reverse
        or point.step is not HandshakeStep.ANSWER
        or point.hop is None
    ):
        return False
    if (
        point.device in (context.client, context.server)
        or context.hop(point.device, reverse=False) is None
    ):
        return False
    return (
        _sent_on(context, point.device) and needs_state(context.case, point.hop, reply=True) is True
    )


def _sent_on(context: Context, device: str) -> bool:
    point = context.observation(device, reverse=False)
    return point is not None and bool(point.went_out)


def _looked_at(context: Context, point: DropPoint, hop: Hop) -> RefusedAnswer:
    lost = lost_at(context, point.device, reverse=True)
    pairs = [
        (before, one)
        for one in lost
        for before in (_last_before(context, point.device, one),)
        if before is not None
    ]
    flow = lost[0].flow.reversed() if lost and lost[0].flow else context.flow
    waits = [one.time - before for before, one in pairs]
    gone = tuple(
        dict.fromkeys(
            i for before, one in pairs for i in _gone(context, point.device, flow, before, one.time)
        )
    )
    kept = tuple(i for one in lost for i in _kept(context, point.device, flow, one))
    return RefusedAnswer(
        point, hop, flow, timer(context, point.device, flow), min(waits, default=None), gone, kept
    )


def _last_before(context: Context, device: str, lost: Packet) -> float | None:
    """When did the last packet of the lost one's session leave the device?"""
    if lost.flow is None:
        return None
    sent, answered = (
        context.observation(device, reverse=False),
        context.observation(device, reverse=True),
    )
    passed = [one for point in (sent, answered) if point is not None for one in point.went_out]
    mine = (
        one.time
        for one in passed
        if one.flow in (lost.flow, lost.flow.reversed()) and one.time < lost.time
    )
    return max(mine, default=None)


def _gone(context: Context, device: str, flow: Flow, since: float, until: float) -> Iterator[str]:
    """Did its events tell of the end of the session between these moments, by its own clock?"""
    for item in context.case.answers(device, Question.SESSION_EVENTS):
        ends = (
            event.time
            for event in item.of(SessionEvent)
            if event.event == "DESTROY" and _is(event.session, flow)
        )
        if any(then is not None and since < then < until for then in ends):
            yield item.id
    for item in _looks(context, device):
        began = item.taken_at + item.clock_offset
        if (
            since < began
            and began + item.duration < until
            and not any(_is(one, flow) for one in item.of(Session))
        ):
            yield item.id


def _kept(context: Context, device: str, flow: Flow, lost: Packet) -> Iterator[str]:
    """Does a look of the second after the loss find the session, waiting for this answer all the
    time?"""
    for item in _looks(context, device):
        soon = 0 <= item.taken_at + item.clock_offset - lost.time < 1.0
        if soon and any(_is(one, flow) and one.unreplied for one in item.of(Session)):
            yield item.id


def _looks(context: Context, device: str) -> Iterator[Evidence]:
    for item in context.case.answers(device, Question.SESSIONS):
        if item.status is Status.ANSWERED and item.whole:
            yield item


def _is(session: Session, flow: Flow) -> bool:
    return flow in (session.original, session.reply.reversed())
