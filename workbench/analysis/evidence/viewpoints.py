"""The places on a path where packets of one direction are seen, and what each surely saw of what
another one sent."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from math import inf

from collectors.model.records import Packet
from workbench.analysis.captures.observations import Print, fingerprint
from workbench.analysis.captures.pace import TimedLeg, leg, pace, passing
from workbench.analysis.captures.time_spans import Span, offset, spans, unsure
from workbench.analysis.case.case import Case
from workbench.analysis.case.findings import Hop, Observation, Trace
from workbench.analysis.evidence.packet_matching import named

MOST = 4000  # packets of one point that are followed
# seconds that a packet may come later than the slowest of those that were seen at both points
LATE = 0.1


@dataclass(frozen=True, slots=True)
class Viewpoint:
    """One place where packets of one direction are seen: as they come into a device, or as they
    leave it."""

    at: int  # which hop of the path
    hop: Hop
    leaving: bool
    packets: tuple[Packet, ...]
    observation: Observation

    @property
    def device(self) -> str:
        """The device whose capture it is."""
        return self.observation.device


def viewpoints(
    path: Trace, points: dict[tuple[str, bool], Observation], unknown: bool
) -> Iterator[Viewpoint]:
    """Ends do not pass packets on; where nothing but captures is known (`unknown`), the first and
    last may be none."""
    last = len(path.hops) - 1
    for at, hop in enumerate(path.hops):
        point = points.get((hop.device or "", path.reverse))
        if point is None:
            continue
        passes = unknown and bool(point.came_in) and bool(point.went_out)
        if at > 0 or passes:
            yield Viewpoint(at, hop, False, _once(point.came_in), point)
        if at < last or passes:
            yield Viewpoint(at, hop, True, _once(point.went_out), point)


def _once(packets: tuple[Packet, ...]) -> tuple[Packet, ...]:
    """One packet that several interfaces of a device show (a port and its bridge) is one packet."""
    in_order = sorted(packets, key=_moment)
    if len({packet.interface for packet in packets}) < 2:
        return tuple(in_order)
    first_on: dict[Print, str | None] = {}
    kept = []
    for packet in in_order:
        if first_on.setdefault(fingerprint(packet), packet.interface) == packet.interface:
            kept.append(packet)
    return tuple(kept)


def _moment(packet: Packet) -> float:
    return packet.time


def surely_watched(case: Case, view: Viewpoint, following: Viewpoint) -> list[Packet]:
    """The packets that would have passed the next point while its capture surely ran."""
    trip = _trip(case, view, following)
    if trip is None:
        return []
    running = spans(case, following.device)
    apart = _apart(case, view, following)

    def watched(packet: Packet) -> bool:
        then = packet.time + apart
        soonest, latest = then + trip.least - trip.unsure, then + _latest(trip)
        return any(one.since <= soonest and latest <= one.until for one in running)

    return list(islice(filter(watched, view.packets), MOST))


def _latest(trip: TimedLeg) -> float:
    """Seconds after which the slowest packet must have come."""
    return trip.most + trip.unsure + LATE


def _apart(case: Case, view: Viewpoint, other: Viewpoint) -> float:
    """How far is the other's clock ahead?"""
    return offset(case, other.device) - offset(case, view.device)


def _trip(case: Case, view: Viewpoint, following: Viewpoint) -> TimedLeg | None:
    """How long does a packet take from one to the other? None = no packet was seen at both."""
    if view.hop is following.hop:
        return TimedLeg(0.0, passing(view.observation), 0.0)
    return leg(case, view.observation, following.observation)


def seen_meanwhile(
    case: Case, sent: list[Packet], view: Viewpoint, later: Viewpoint
) -> list[Packet]:
    """What the later point saw from the time on in which the first of these packets was sent.

    Where more were sent than are followed, it ends when the last of these must have come. Of
    datagrams that all look alike only what can be one of these: others, that were sent when the
    next point did not surely watch, would stand in for those that are lost.
    """
    if not sent:
        return []
    doubt = unsure(case, view.device) + unsure(case, later.device)
    since = sent[0].time + _apart(case, view, later) - doubt
    expected = tuple(_expected(case, sent, view, later))
    until = inf
    if len(sent) == MOST:
        until = max((one.until for one in expected), default=inf)
    first = bisect_left(later.packets, since, key=_moment)
    last = bisect_right(later.packets, until, key=_moment)
    return [one for one in later.packets[first:last] if _may_be_sent(one, expected)]


def _may_be_sent(packet: Packet, expected: tuple[Span, ...]) -> bool:
    """Is it unlike all others, or did it come when one of those sent was expected?"""
    return named(packet) or any(one.holds(packet.time) for one in expected)


def _expected(case: Case, sent: list[Packet], view: Viewpoint, later: Viewpoint) -> Iterator[Span]:
    """When must the packets of each capture have come to the later point?"""
    trip = _trip(case, view, later) or _part_of_a_round_trip(case)
    apart = _apart(case, view, later)
    for running in spans(case, view.device):
        times = [packet.time + apart for packet in sent if running.holds(packet.time)]
        if times:
            since = min(times) + trip.least - trip.unsure
            yield Span(since, max(times) + _latest(trip))


def _part_of_a_round_trip(case: Case) -> TimedLeg:
    """No packet was distinguished from the others: no way between two points takes longer than
    there and back."""
    return TimedLeg(0.0, pace(case).round_trip or inf, 0.0)
