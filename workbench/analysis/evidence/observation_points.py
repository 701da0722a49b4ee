"""From which point is the client's, or the server's, side of the flow seen best?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from collectors.model.evidence import Question
from collectors.model.records import Packet
from workbench.analysis.captures.capture_filters import leaves_out
from workbench.analysis.captures.time_spans import Span, spans
from workbench.analysis.case.case import Case
from workbench.analysis.case.findings import Hop, Observation, Trace, WatchedFrom

_Points = dict[tuple[str, bool], Observation]


@dataclass(frozen=True)
class ObservationPoint:
    """The point nearest to one end that both directions pass: what it saw of either."""

    device: str
    out: tuple[Packet, ...]  # of the forward direction
    back: tuple[Packet, ...]
    evidence: tuple[str, ...]
    end: bool = False  # it is the end of the flow itself
    clock: float = 0.0  # its clock minus ours
    ran: tuple[Span, ...] = ()

    @property
    def end_known(self) -> bool:
        """Is it known when its captures ended?"""
        return bool(self.ran) and all(one.end_known for one in self.ran)

    def shows_more_than(self, near: ObservationPoint) -> bool:
        """Is it not the same view twice? One tap is the nearest to both ends, and sees the same of
        both."""
        return self.device != near.device or (self.out, self.back) != (near.out, near.back)


def near_and_far(
    case: Case, forward: Trace, reverse: Trace, seen: tuple[Observation, ...]
) -> tuple[ObservationPoint | None, ObservationPoint | None]:
    """The points nearest to the client and to the server; None = nobody watched that side."""
    points = {(one.device, one.reverse): one for one in seen}
    near = _nearest(case, forward.hops, reverse, points, client=True)
    far = _nearest(case, forward.hops[::-1], reverse, points, client=False)
    if near is None:
        near = _one_direction(case, forward, seen)
    if near is None or far is None or not far.shows_more_than(near):
        return near, None
    return near, far


def watched_from(near: ObservationPoint, far: ObservationPoint | None) -> WatchedFrom:
    """From where are connections seen that these points show?"""
    if far is None or far.device == near.device:
        return WatchedFrom.ONE_POINT
    return WatchedFrom.BOTH_ENDS if near.end and far.end else WatchedFrom.TWO_POINTS


def _nearest(
    case: Case, hops: Iterable[Hop], reverse: Trace, points: _Points, *, client: bool
) -> ObservationPoint | None:
    """The end itself; where it was not watched, the first device that both directions pass before
    any translation."""
    for index, hop in enumerate(hops):
        at_end = index == 0
        translates = hop.flow_in != hop.flow_out
        one_way = hop.device is None or reverse.hop(hop.device) is None
        if not at_end and (one_way or translates):
            continue
        found = _point_at(case, hop, reverse, points, client=client, at_end=at_end)
        if found is not None or translates:
            return found
    return None


def _point_at(
    case: Case, hop: Hop, reverse: Trace, points: _Points, *, client: bool, at_end: bool
) -> ObservationPoint | None:
    device = hop.device
    if device is None:
        return None
    out, back = points.get((device, False)), points.get((device, True))
    if out is None or back is None:
        return None
    # at the client packets go out; at the devices after it they come in
    leaves = client == at_end
    return ObservationPoint(
        device,
        out.went_out if leaves else out.came_in,
        back.came_in if leaves else back.went_out,
        (*out.evidence, *back.evidence),
        at_end and _is_end(hop, reverse, client),
        _clock(case, device),
        spans(case, device),
    )


def _is_end(hop: Hop, reverse: Trace, client: bool) -> bool:
    """Does the reverse path end, or begin, there too?"""
    ends = reverse.hops[-1:] if client else reverse.hops[:1]
    return any(one.device == hop.device for one in ends)


def _clock(case: Case, device: str) -> float:
    item = case.answer(device, Question.CAPTURE)
    return item.clock_offset if item is not None else 0.0


def _one_direction(
    case: Case, forward: Trace, seen: tuple[Observation, ...]
) -> ObservationPoint | None:
    """A point that shows one direction only, by its filter, or as the other went before its
    capture: that it saw."""
    watched = {(one.device, one.reverse) for one in seen if one.came_in or one.went_out}
    for one in seen:
        saw_this = (one.device, one.reverse) in watched
        saw_other = (one.device, not one.reverse) in watched
        if saw_this and not saw_other and _other_is_hidden(case, forward, one):
            return _half_a_point(case, one)
    return None


def _half_a_point(case: Case, one: Observation) -> ObservationPoint:
    packets, ran = one.went_out or one.came_in, spans(case, one.device)
    if one.reverse:
        return ObservationPoint(one.device, (), packets, one.evidence, ran=ran)
    return ObservationPoint(one.device, packets, (), one.evidence, ran=ran)


def _other_is_hidden(case: Case, forward: Trace, one: Observation) -> bool:
    """Would its capture not show the other direction, even if packets passed?"""
    other = forward.flow if one.reverse else forward.flow.reversed()
    if leaves_out(case, one.device, other):
        return True
    return one.reverse and not any(ran.end_known for ran in spans(case, one.device))
