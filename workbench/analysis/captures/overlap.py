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
            if of_one[0].flow is not None:
                self._of.setdefault(of_one[0].flow, []).extend(_answers_of(of_one))
        for every in self._of.values():
            every.sort()

    def to(self, packet: Packet) -> bool:
        """Was this packet acknowledged, or this datagram followed by one back in time?"""
        every = self._back(packet)
        if packet.seq is None:
            asked, longest = packet.time, self._patience
        else:
            asked, longest = packet.seq + max(1, packet.payload), NEAR
        first = bisect_left(every, asked)
        return first < len(every) and every[first] - asked <= longest

    def _back(self, packet: Packet) -> list[float]:
        """What came back on its connection, in order."""
        every = self._to.get(id(packet.flow))
        if every is None and packet.flow is not None:
            every = self._of.get(packet.flow.reversed())
        if every is None:
            every = []
        self._to[id(packet.flow)] = every
        return every


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
    late = _late(spans(case, device), waiting, patience)
    if late:
        return tuple(packet for packet in waiting if loosely(packet) in late)
    if _end_known(spans(case, device)) or not _too_short(waiting, every, patience):
        return ()
    return waiting


def _late(ran: tuple[Span, ...], waiting: Packets, patience: float) -> set[Print]:
    """The packets that were sent again, or whose time was over while a capture still ran."""
    found: set[Print] = set()
    for packet, repeated in zip(waiting, _again(waiting), strict=True):
        if repeated or _over(ran, packet, patience):
            found.add(loosely(packet))
    return found


def _end_known(ran: tuple[Span, ...]) -> bool:
    """Is it known of any of these captures when it ended?"""
    return any(one.end_known for one in ran)


def _over(ran: tuple[Span, ...], packet: Packet, patience: float) -> bool:
    while_it_ran = at(ran, packet.time)
    if while_it_ran is None:
        return False
    return packet.time + patience <= while_it_ran.until


def _again(packets: Packets) -> list[bool]:
    """Was the same packet sent once more, later than a network that duplicates it would have?"""
    marks = [loosely(packet) for packet in packets]
    newest = {mark: packet.time for mark, packet in zip(marks, packets, strict=True)}
    found = []
    for mark, packet in zip(marks, packets, strict=True):
        later = newest[mark] - packet.time
        found.append(packet.seq is not None and later >= SOONEST)
    return found


def _too_short(waiting: Packets, every: Packets, patience: float) -> bool:
    """Where nobody knows when a capture ended, and it is all over in a moment, only one last packet
    is in doubt."""
    if len(waiting) == 1 and len(every) > 1:
        return False
    if not every:
        return False
    times = [packet.time for packet in every]
    return max(times) - min(times) < patience


def expected(case: Case, points: Points, sent: Observation, got: Observation) -> Packets:
    """Of the packets that left one point, those whose arrival at the other its capture must have
    seen."""
    ran = spans(case, got.device)
    if not ran:
        return sent.went_out
    if _end_known(ran):
        return _by_clocks(case, sent, got, ran)
    return _by_packets(case, points, sent, got, ran)


def _by_clocks(case: Case, sent: Observation, got: Observation, ran: tuple[Span, ...]) -> Packets:
    """Both clocks were measured: from leaving until it has crossed the longest path, the other one
    must have run."""
    apart, longest = offset(case, got.device) - offset(case, sent.device), pace(case).one_way
    doubt = unsure(case, got.device) + unsure(case, sent.device)

    def held(packet: Packet) -> bool:
        moment = packet.time + apart
        return _held(ran, moment - doubt, moment + longest + doubt)

    return tuple(filter(held, sent.went_out))


def _held(ran: tuple[Span, ...], since: float, until: float) -> bool:
    return any(one.since <= since and until <= one.until for one in ran)


def _by_packets(
    case: Case, points: Points, sent: Observation, got: Observation, ran: tuple[Span, ...]
) -> Packets:
    """Pasted captures show their first packet, not when they were ended.

    What was answered had come there; what left before the first packet there, or just before the
    end, shows nothing.
    """
    later = _later(points, sent, got)
    if later is None:
        return sent.went_out
    since, until = min(one.since for one in ran), _in_doubt_from(case, sent)
    back = points.get((sent.device, not sent.reverse))
    answers = Answers(back.came_in if back else (), pace(case).patience)
    found = []
    for packet, again in zip(sent.went_out, _again(sent.went_out), strict=True):
        in_flight = packet.time > until and not again
        if in_flight or packet.time + later < since:
            continue
        if not answers.to(packet):
            found.append(packet)
    return tuple(found)


def _in_doubt_from(case: Case, sent: Observation) -> float:
    """From when on a packet that left may still have been on its way at the end; a moment's capture
    does not show it."""
    ran, longest = spans(case, sent.device), pace(case).one_way
    since = min((one.since for one in ran), default=0.0)
    until = max((one.until for one in ran), default=0.0)
    if until - since <= longest:
        return until
    return until - longest


def _later(points: Points, sent: Observation, got: Observation) -> float | None:
    """By how much more does the clock at the other point show when a packet comes there?"""
    forth = list(_travel_times(sent.went_out, got.came_in))
    if forth:
        return median(forth)
    left = points.get((got.device, not got.reverse))
    came = points.get((sent.device, not sent.reverse))
    if left is None or came is None:
        return None
    back = list(_travel_times(left.went_out, came.came_in))
    return -median(back) if back else None


def _travel_times(sent: Packets, got: Packets) -> Iterator[float]:
    left = _once(sent)
    for mark, moment in _once(got).items():
        if mark in left:
            yield moment - left[mark]


def _once(packets: Packets) -> dict[Print, float]:
    """When each packet was seen first; not what was sent again."""
    times: dict[Print, list[float]] = {}
    for packet in packets[:COMPARED]:
        times.setdefault(loosely(packet), []).append(packet.time)
    found = {}
    for mark, moments in times.items():
        if moments[-1] - moments[0] < SOONEST:
            found[mark] = moments[0]
    return found


def _answers_of(packets: list[Packet]) -> Iterator[float]:
    """What these packets acknowledge; of datagrams, when they came."""
    for packet in packets:
        if packet.seq is None:
            yield packet.time
        elif packet.ack is not None:
            yield packet.ack
