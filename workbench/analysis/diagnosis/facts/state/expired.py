"""A device that keeps state let the request pass and refuses its answer: did it know the session no
more?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from collectors.model.evidence import Evidence, Question
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
        found: dict[str, None] = {}
        for reverse in (False, True):
            point = self.point.context.observation(self.hop.name, reverse)
            found.update(dict.fromkeys(point.evidence if point is not None else ()))
        return tuple(found)


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
    if point.drop is None or point.hop is None:
        return False
    if not point.reverse or point.step is not HandshakeStep.ANSWER:
        return False
    if point.device in (context.client, context.server):
        return False
    if context.hop(point.device, reverse=False) is None or not _sent_on(context, point.device):
        return False
    return needs_state(context.case, point.hop, reply=True) is True


def _sent_on(context: Context, device: str) -> bool:
    point = context.observation(device, reverse=False)
    return point is not None and bool(point.went_out)


def _looked_at(context: Context, point: DropPoint, hop: Hop) -> RefusedAnswer:
    lost = lost_at(context, point.device, reverse=True)
    flow = lost[0].flow.reversed() if lost and lost[0].flow else context.flow
    waits: list[float] = []
    gone: dict[str, None] = {}
    kept: list[str] = []
    for one in lost:
        kept.extend(_kept(context, point.device, flow, one))
        before = _last_before(context, point.device, one)
        if before is None:
            continue
        waits.append(one.time - before)
        gone.update(dict.fromkeys(_gone(context, point.device, flow, before, one.time)))
    remembers = timer(context, point.device, flow)
    waited = min(waits, default=None)
    return RefusedAnswer(point, hop, flow, remembers, waited, tuple(gone), tuple(kept))


def _last_before(context: Context, device: str, lost: Packet) -> float | None:
    """When did the last packet of the lost one's session leave the device?"""
    if lost.flow is None:
        return None
    either = (lost.flow, lost.flow.reversed())
    times: list[float] = []
    for reverse in (False, True):
        point = context.observation(device, reverse)
        passed = point.went_out if point is not None else ()
        times.extend(one.time for one in passed if one.flow in either)
    return max((time for time in times if time < lost.time), default=None)


def _gone(context: Context, device: str, flow: Flow, since: float, until: float) -> Iterator[str]:
    """Did its events tell of the end of the session between these moments, by its own clock?"""
    for item in context.case.answers(device, Question.SESSION_EVENTS):
        if any(since < then < until for then in _ends(item, flow)):
            yield item.id
    for item in _looks(context, device):
        began = item.taken_at + item.clock_offset
        between = since < began and began + item.duration < until
        if between and not _held(item, flow):
            yield item.id


def _ends(item: Evidence, flow: Flow) -> Iterator[float]:
    """When did sessions of the flow end, by these events?"""
    for event in item.of(SessionEvent):
        if event.event != "DESTROY" or event.time is None:
            continue
        if _is(event.session, flow):
            yield event.time


def _held(item: Evidence, flow: Flow) -> list[Session]:
    return [one for one in item.of(Session) if _is(one, flow)]


def _kept(context: Context, device: str, flow: Flow, lost: Packet) -> Iterator[str]:
    """Does a look of the second after the loss find the session, waiting for this answer all the
    time?"""
    for item in _looks(context, device):
        after = item.taken_at + item.clock_offset - lost.time
        if not 0 <= after < 1.0:
            continue
        if any(one.unreplied for one in _held(item, flow)):
            yield item.id


def _looks(context: Context, device: str) -> Iterator[Evidence]:
    for item in context.case.usable(device, Question.SESSIONS):
        if item.whole:
            yield item


def _is(session: Session, flow: Flow) -> bool:
    return flow in (session.original, session.reply.reversed())
