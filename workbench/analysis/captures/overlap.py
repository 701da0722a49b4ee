"""Which packets should a capture have shown, had nothing stopped them? Those in flight at its edges
it need not."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from statistics import median

from collectors.model.flow import Flow
from collectors.model.records import Packet
from workbench.analysis.captures.observations import Print, loosely
from workbench.analysis.captures.pace import pace
from workbench.analysis.captures.time_spans import Span, at, offset, spans, unsure
from workbench.analysis.case.case import Case
from workbench.analysis.case.findings import Observation

COMPARED = 500  # packets of one direction at one point
NEAR = 1 << 26  # bytes by which an acknowledgement may be ahead of what it acknowledges
SOONEST = 0.2  # seconds after which TCP sends something again, at least
Packets = tuple[Packet, ...]
Points = dict[tuple[str, bool], Observation]


class Answers:
    """What came back to a point, by the connections that it belongs to."""

    def __init__(self, packets: Packets, patience: float) -> None:
        self._patience = patience
        self._of: dict[Flow, list[float]] = {}
        # by the object: packets of a connection share their flow
        self._to: dict[int, list[float]] = {}
        for of_one in _by_flow(packets):
            flow = of_one[0].flow
            told = (packet.ack if packet.seq is not None else packet.time for packet in of_one)
            if flow is not None:
                self._of.setdefault(flow, []).extend(
                    moment for moment in told if moment is not None
                )
        for every in self._of.values():
            every.sort()

    def to(self, packet: Packet) -> bool:
        """Was this packet acknowledged, or this datagram followed by one back in time?"""
        every = self._to.get(id(packet.flow))
        if every is None:
            every = self._of.get(packet.flow.reversed(), []) if packet.flow is not None else []
            self._to[id(packet.flow)] = every
        tcp = packet.seq is not None
        asked = (packet.seq or 0) + max(1, packet.payload) if tcp else packet.time
        first = bisect_left(every, asked)
        return first < len(every) and every[first] - asked <= (NEAR if tcp else self._patience)


def _by_flow(packets: Packets) -> list[list[Packet]]:
    """Gathered by the object that is their flow, which is cheaper than by its value."""
    found: dict[int, list[Packet]] = {}
    for packet in packets:
        found.setdefault(id(packet.flow), []).append(packet)
    return list(found.values())


def overdue(case: Case, device: str, waiting: Packets, every: Packets, patience: float) -> Packets:
    """Of the packets that something should have followed at this device, those of which it would
    have come by now.

    every: all packets of the flow there. What was sent again is overdue: its sender has waited for
    it.
    """
    ran = spans(case, device)
    again = zip(waiting, _again(waiting), strict=True)
    late = {
        loosely(packet) for packet, repeated in again if repeated or _over(ran, packet, patience)
    }
    if late:
        return tuple(packet for packet in waiting if loosely(packet) in late)
    if any(one.told for one in ran):
        return ()
    return waiting if _too_short(waiting, every, patience) else ()


def _over(ran: tuple[Span, ...], packet: Packet, patience: float) -> bool:
    while_it_ran = at(ran, packet.time)
    return while_it_ran is not None and packet.time + patience <= while_it_ran.until


def _again(packets: Packets) -> list[bool]:
    """Was the same packet sent once more, later than a network that duplicates it would have?"""
    marks = [loosely(packet) for packet in packets]
    newest = {mark: packet.time for mark, packet in zip(marks, packets, strict=True)}
    told = zip(marks, packets, strict=True)
    return [
        packet.seq is not None and newest[mark] - packet.time >= SOONEST for mark, packet in told
    ]


def _too_short(waiting: Packets, every: Packets, patience: float) -> bool:
    """Where nobody knows when a capture ended, and it is all over in a moment, only one last packet
    is in doubt."""
    times = [packet.time for packet in every]
    alone = len(waiting) == 1 and len(every) > 1
    return bool(times) and max(times) - min(times) < patience and not alone


def expected(case: Case, points: Points, sent: Observation, got: Observation) -> Packets:
    """Of the packets that left one point, those whose arrival at the other its capture must have
    seen."""
    ran = spans(case, got.device)
    if not ran:
        return sent.went_out
    if any(one.told for one in ran):
        return _by_clocks(case, sent, got, ran)
    return _by_packets(case, points, sent, got, ran)


def _by_clocks(case: Case, sent: Observation, got: Observation, ran: tuple[Span, ...]) -> Packets:
    """Both clocks were measured: from leaving until it has crossed the longest way, the other one
    must have run."""
    apart, longest = offset(case, got.device) - offset(case, sent.device), pace(case).one_way
    doubt = unsure(case, got.device) + unsure(case, sent.device)
    return tuple(
        p
        for p in sent.went_out
        if _held(ran, p.time + apart - doubt, p.time + apart + longest + doubt)
    )


def _held(ran: tuple[Span, ...], since: float, until: float) -> bool:
    return any(one.since <= since and until <= one.until for one in ran)


def _by_packets(
    case: Case, points: Points, sent: Observation, got: Observation, ran: tuple[Span, ...]
) -> Packets:
    """Pasted captures show their first packet, not when they were ended.

    What was answered had come there; what left before the first packet there, or just before the
    end, tells nothing.
    """
    later = _later(points, sent, got)
    if later is None:
        return sent.went_out
    since, until = min(one.since for one in ran), _in_doubt_from(case, sent)
    back = points.get((sent.device, not sent.reverse))
    answers = Answers(back.came_in if back else (), pace(case).patience)
    left = zip(sent.went_out, _again(sent.went_out), strict=True)
    return tuple(
        packet
        for packet, again in left
        if packet.time + later >= since
        and (again or packet.time <= until)
        and not answers.to(packet)
    )


def _in_doubt_from(case: Case, sent: Observation) -> float:
    """From when on a packet that left may still have been on its way at the end; a moment's capture
    cannot tell."""
    ran, longest = spans(case, sent.device), pace(case).one_way
    since, until = (
        min((s.since for s in ran), default=0.0),
        max((s.until for s in ran), default=0.0),
    )
    return until - longest if until - since > longest else until


def _later(points: Points, sent: Observation, got: Observation) -> float | None:
    """By how much more does the clock at the other point show when a packet comes there?"""
    forth = list(_between(sent.went_out, got.came_in))
    if forth:
        return median(forth)
    other = points.get((got.device, not got.reverse)), points.get((sent.device, not sent.reverse))
    back = list(_between(other[0].went_out, other[1].came_in)) if other[0] and other[1] else []
    return -median(back) if back else None


def _between(sent: Packets, got: Packets) -> Iterator[float]:
    left = _once(sent)
    yield from (moment - left[mark] for mark, moment in _once(got).items() if mark in left)


def _once(packets: Packets) -> dict[Print, float]:
    found: dict[Print, list[float]] = {}
    for packet in packets[:COMPARED]:
        found.setdefault(loosely(packet), []).append(packet.time)
    return {
        mark: moments[0] for mark, moments in found.items() if moments[-1] - moments[0] < SOONEST
    }
